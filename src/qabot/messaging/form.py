"""Forms: questions, free of any platform.

A form is data. A workflow builds one (with the options and first values that fit the moment), an adapter draws it, and
`check` turns what came back into clean values or a sentence for each field.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from qabot.errors import IdentifierFound
from qabot.messaging.identifiers import check_text

Kind = Literal["text", "long-text", "choice", "choices", "date", "person", "tick", "number"]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: `value` is kept, `label` is shown."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    `kind` "person" has as its value the id of a person (as text); an adapter with a people picker of its own turns the
    picked account into that id. "tick" is a statement that must be ticked if `required`. Dates are ISO (2026-11-21).
    """

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    required: bool = True
    options: tuple[Option, ...] = ()
    max_length: int = 300
    earliest: date | None = None
    latest: date | None = None
    case_reference: str | None = None
    """A regular expression of the council's case references: what matches it is never taken for an identifier."""


@dataclass(frozen=True, slots=True)
class Form:
    """Questions in order. `token` is that of the notice or deadline it belongs to ("" for none)."""

    name: str
    title: str
    fields: tuple[Field, ...]
    intro: str = ""
    submit: str = "Send"
    token: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def check(form: Form, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Clean values by field name, and errors by field name.

    Dates come back as `date`, ticks as `bool`, people as int, and what was left out as None.
    """
    clean: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for item in form.fields:
        try:
            clean[item.name] = _clean(item, values.get(item.name))
        except (ValueError, IdentifierFound) as wrong:
            errors[item.name] = str(wrong)
    return clean, errors


def _clean(item: Field, value: Any) -> Any:
    if item.kind == "tick":
        ticked = value in (True, "true", "on", "yes", "1")
        if item.required and not ticked:
            raise ValueError("Tick this to go on.")
        return ticked
    if item.kind == "choices":
        return _chosen(item, value)
    given = str(value).strip() if value is not None else ""
    if not given:
        if item.required:
            raise ValueError(_missing(item))
        return None
    return _typed(item, given)


def _missing(item: Field) -> str:
    match item.kind:
        case "choice" | "person":
            return "Choose one."
        case "date":
            return "Give a date."
    return "Write an answer."


def _chosen(item: Field, value: Any) -> list[str]:
    given = [str(each) for each in (value if isinstance(value, list | tuple) else [value] if value else [])]
    known = {option.value for option in item.options}
    if not set(given) <= known:
        raise ValueError("Choose from the list.")
    if item.required and not given:
        raise ValueError("Choose at least one.")
    return given


def _typed(item: Field, given: str) -> Any:
    match item.kind:
        case "choice":
            if given not in {option.value for option in item.options}:
                raise ValueError("Choose from the list.")
            return given
        case "person":
            if not given.isdecimal():
                raise ValueError("Choose a person from the list.")
            return int(given)
        case "number":
            if not given.isdecimal():
                raise ValueError("Give a whole number.")
            return int(given)
        case "date":
            return _date(item, given)
    if len(given) > item.max_length:
        raise ValueError(f"Keep this to {item.max_length} characters: it has {len(given)}.")
    check_text(given, case_reference=item.case_reference)
    return given


def _date(item: Field, given: str) -> date:
    try:
        day = date.fromisoformat(given[:10])
    except ValueError as wrong:
        raise ValueError("Give a date such as 2026-11-21.") from wrong
    if item.earliest and day < item.earliest:
        raise ValueError(f"Give a date from {item.earliest.day} {item.earliest:%B %Y} on.")
    if item.latest and day > item.latest:
        raise ValueError(f"Give a date no later than {item.latest.day} {item.latest:%B %Y}.")
    return day
