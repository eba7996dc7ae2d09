"""What is wrong with a value, as a sentence that says what was expected."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from qabot.framework.quoting import quote
from qabot.framework.schema import Framework

_KINDS = {
    "string": "a text (in quotes if it looks like a number)",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "bool": "true or false",
    "date": "a day such as 2026-12-24",
    "time": 'a time of day in quotes, such as "09:00"',
    "tuple": "a list, such as [owner]",
    "list": "a list, such as [owner]",
    "dict": "keys with values",
    "model": "keys with values",
}
"""The beginning of an error's type -> what was expected."""

_PATTERNS = {
    "framework": "small letters, digits and hyphens, such as newham",
    "flag": "one or more of E, A, G and M, such as 'E, A'",
}
"""What a text of a certain form looks like, by its key; any other is a rule's id."""
_RULE_ID = "a rule's id: three letters, three letters and a number, or one such as OURS-ALT-1"


RENAMED: dict[tuple[str | int, ...], str] = {
    ("samples", "*", "minimum"): "least",
    ("samples", "*", "each"): "in-each",
    ("activities", "*", "cycle"): "every",
    ("activities", "*", "quota"): "do",
    ("activities", "*", "allocation"): "cases",
    ("activities", "*", "cases", "exclude"): "never",
    ("off",): "without",
}
"""Keys that have another name now, by their path; `*` is a council's own name."""
_MOVED: dict[tuple[str | int, ...], str] = {
    ("activities", "*", "parts"): (
        "judgements are questions now: write each under 'questions' with its 'scale', name them here under 'ask', and "
        "say which of them is the 'grade'"
    ),
    ("samples", "*", "percent"): "this key is called 'share' now, written such as 'share: 20%'",
    ("samples", "*", "period"): (
        "this is said by 'every' now: write 'every: month', and 'over: cycle' if each draw is of the cycle so far"
    ),
    ("samples", "*", "moderator"): "this key is called 'owes' now, with a list of roles, such as 'owes: [director]'",
    ("activities", "*", "scale"): "the scale stands with the question that is the 'grade' now; take it out here",
}
"""What became of keys whose meaning now stands in several others."""
_REWORDED = {"two-months": "2 months"}


def renamed(path: tuple[str | int, ...]) -> str:
    """What the key at a path is called now; "" if it was never called otherwise."""
    return RENAMED.get(_pattern(path), "")


def _pattern(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return (path[0], "*", *path[2:]) if path[1:] else path


def sentence(error: ErrorDetails, path: tuple[str | int, ...]) -> str:
    """What is wrong at `path`, in our own words."""
    given, context = error.get("input"), error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "this key is missing"
        case "extra_forbidden":
            if moved := _MOVED.get(_pattern(path)):
                return moved
            if now := renamed(path):
                value = f": write {now}: {_REWORDED.get(given, given)}" if isinstance(given, str) else ""
                return f"this key is called {now!r} now{value}"
            return _unknown(path)
        case "literal_error":
            return f"expected {context['expected']}, found {quote(given)}{_guess(given, str(context['expected']))}"
        case "string_pattern_mismatch":
            return f"expected {_PATTERNS.get(str(path[-1]), _RULE_ID)}, found {quote(given)}"
        case "value_error":
            return str(context["error"])
        case "string_too_short":
            return "expected a text, and this one is empty"
        case "string_too_long":
            return f"this text is too long: expected at most {context['max_length']:,} characters"
        case "too_short":
            return "expected at least one"
    return f"expected {_expected(error['type'], context)}, found {quote(given)}"


def keys_at(path: tuple[str | int, ...]) -> list[str]:
    """The keys that the schema knows at a path; empty where names are free or nothing is known."""
    kind: Any = Framework
    for part in path:
        kind = _member(kind, part)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return []
    return [each.alias or name for name, each in kind.model_fields.items()]


def _member(kind: Any, part: str | int) -> Any:
    """The type of a member; None where there is none."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = next((each for name, each in kind.model_fields.items() if part in {name, each.alias}), None)
        return _bare(field.annotation) if field else None
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return _bare(arguments[1])
    return _bare(arguments[0]) if get_origin(kind) is tuple else None


def _bare(kind: Any) -> Any:
    """A type without its "or None" and its annotations."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        members = [_bare(each) for each in get_args(kind) if each is not type(None)]
        # Of several kinds of values one has keys: only there can one be unknown.
        return next((each for each in members if isinstance(each, type) and issubclass(each, BaseModel)), members[0])
    return kind


def _unknown(path: tuple[str | int, ...]) -> str:
    known = keys_at(path[:-1])
    near = get_close_matches(str(path[-1]), known, 1)
    if near:
        return f"there is no such key; did you mean {near[0]!r}?"
    return f"there is no such key; expected one of {', '.join(known)}" if known else "there is no such key"


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "greater_than_equal":
        return f"{context['ge']} or more"
    if kind == "less_than_equal":
        return f"{context['le']} or less"
    return _KINDS.get(kind.split("_", maxsplit=1)[0], "another kind of value")


def _guess(given: Any, expected: str) -> str:
    known = [each.strip("' ") for each in expected.replace(" or ", ", ").split(",")]
    near = get_close_matches(str(given), known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""
