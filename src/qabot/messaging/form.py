"""Forms: questions, free of any platform.

A form is data. A workflow builds one (with the options and first values that fit the moment), an adapter draws it, and
`check` turns what came back into clean values or a sentence for each field.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from qabot.errors import IdentifierFound
from qabot.messaging.identifiers import Hit, check_text
from qabot.messaging.identifiers import find as find_identifiers
from qabot.messaging.letters import clean

Kind = Literal["text", "long-text", "choice", "choices", "date", "person", "tick", "number"]
TEXTS = ("text", "long-text")
"""The kinds of answers that people write in words of their own."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: `value` is kept, `label` is shown."""

    value: str
    label: str

    def __post_init__(self) -> None:
        _clean_texts(self, "value", "label")


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
    email: bool = False
    """Whether a text is somebody's e-mail address, and nothing else: elsewhere one is taken for an identifier."""

    def __post_init__(self) -> None:
        _clean_texts(self, "label", "hint")


@dataclass(frozen=True, slots=True)
class Form:
    """Questions in order. `token` is that of the notice or deadline it belongs to ("" for none).

    `back`: what leaves all as it is says, of a form that only asks whether a button was meant.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    intro: str = ""
    submit: str = "Send"
    token: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    back: str = ""

    def __post_init__(self) -> None:
        _clean_texts(self, "title", "intro", "submit", "back")
        object.__setattr__(self, "values", {name: clean_answer(value) for name, value in self.values.items()})
        object.__setattr__(self, "errors", {name: clean(text) for name, text in self.errors.items()})


def clean_answer(value: Any) -> Any:
    """What somebody gave, with nothing in it that cannot be seen; line ends are kept as "\\n"."""
    match value:
        case str():
            return clean(value, lines=True)
        case list() | tuple():
            return [clean_answer(each) for each in value]
    return value


def _clean_texts(made: object, *names: str) -> None:
    for name in names:
        object.__setattr__(made, name, clean(getattr(made, name), lines=name == "intro"))


_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DIGITS = 9
"""Of a number that somebody gives: more than that fits no column of every database."""


LOOK_ALIKE = "look-alike"
"""The field in which somebody says that what looks like an identifier is none."""
LOOK_ALIKES = {
    "place": "A room, a floor, a building or a work address",
    "number": "A number of a form, an order, an invoice or a version",
    "office": "A telephone number of the council or of another service",
    "count": "An amount, a count, a day or a time",
}
"""What it can be instead. A choice: a reason in words would be one more text that could hold the identifier."""


def check(form: Form, values: dict[str, Any], *, excused: bool = False) -> tuple[dict[str, Any], dict[str, str]]:
    """Clean values by field name, and errors by field name.

    Dates come back as `date`, ticks as `bool`, people as int, and what was left out as None. `excused`: somebody said
    what it is that looks like a postcode or a phone number, so that these are no errors.
    """
    clean: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for item in form.fields:
        try:
            clean[item.name] = _clean(item, values.get(item.name), excused=excused)
        except (ValueError, IdentifierFound) as wrong:
            errors[item.name] = str(wrong)
    return clean, errors


def identifiers(form: Form, values: dict[str, Any]) -> dict[str, tuple[Hit, ...]]:
    """What the identifier check finds in what was written, by field."""
    hits = {item.name: _hits(item, values.get(item.name)) for item in form.fields if item.kind in TEXTS}
    return {name: each for name, each in hits.items() if each}


def _hits(item: Field, value: Any) -> tuple[Hit, ...]:
    if not isinstance(value, str):
        return ()
    domains = _own_domain(item, value.strip())
    return find_identifiers(value, case_reference=item.case_reference, allowed_domains=domains)


def with_reference(form: Form, pattern: str) -> Form:
    """The form, each text of which takes the council's case references for what they are."""
    fields = (
        replace(item, case_reference=pattern) if item.kind in TEXTS and not item.case_reference else item
        for item in form.fields
    )
    return replace(form, fields=tuple(fields))


def asking_what_it_is(form: Form) -> Form:
    """The form with the question what it is that only looks like an identifier."""
    options = tuple(Option(*each) for each in LOOK_ALIKES.items())
    label, hint = "If it is no postcode or telephone number of a family: what is it?", "Otherwise take it out above"
    question = Field(LOOK_ALIKE, label, "choice", hint=hint, required=False, options=options)
    return replace(form, fields=(*(item for item in form.fields if item.name != LOOK_ALIKE), question))


def _clean(item: Field, value: Any, *, excused: bool) -> Any:
    if item.kind == "tick":
        ticked = value in (True, "true", "on", "yes", "1")
        if item.required and not ticked:
            raise ValueError("Tick this to go on.")
        return ticked
    if item.kind == "choices":
        return _chosen(item, value)
    given = clean(str(value), lines=item.kind == "long-text").strip() if value is not None else ""
    if not given:
        if item.required:
            raise ValueError(_missing(item))
        return None
    return _typed(item, given, excused=excused)


def _missing(item: Field) -> str:
    match item.kind:
        case "choice" | "person":
            return "Choose one."
        case "date":
            return "Give a date."
    return "Write an answer."


def _chosen(item: Field, value: Any) -> list[str]:
    given = [clean(str(each)) for each in (value if isinstance(value, list | tuple) else [value] if value else [])]
    known = {option.value for option in item.options}
    if not set(given) <= known:
        raise ValueError("Choose from the list.")
    if item.required and not given:
        raise ValueError("Choose at least one.")
    return given


def _typed(item: Field, given: str, *, excused: bool) -> Any:
    match item.kind:
        case "choice":
            if given not in {option.value for option in item.options}:
                raise ValueError("Choose from the list.")
            return given
        case "person":
            if not given.isdecimal() or len(given) > _DIGITS:
                raise ValueError("Choose a person from the list.")
            return int(given)
        case "number":
            if not given.isdecimal():
                raise ValueError("Give a whole number.")
            if len(given) > _DIGITS:
                raise ValueError(f"Give a whole number of at most {_DIGITS} digits.")
            return int(given)
        case "date":
            return _date(item, given)
    if len(given) > item.max_length:
        raise ValueError(f"Keep this to {item.max_length} characters: it has {len(given)}.")
    if item.kind == "long-text" and item.required and not any(letter.isalnum() for letter in given):
        raise ValueError("Say it in a few words too, please: a picture alone reads differently to everybody.")
    domains = _own_domain(item, given)
    if item.email and not domains:
        raise ValueError("Give one e-mail address, such as name@council.example.")
    check_text(given, case_reference=item.case_reference, allowed_domains=domains, excused=excused)
    return given.casefold() if item.email else given


def _own_domain(item: Field, given: str) -> tuple[str, ...]:
    """What stands behind the @ of an address: it is no identifier where one is asked for, and all of the text."""
    return (given.rpartition("@")[2],) if item.email and _EMAIL.fullmatch(given) else ()


def _date(item: Field, given: str) -> date:
    try:
        day = date.fromisoformat(given[:10])
    except ValueError as wrong:
        # An example that the field itself takes.
        example = item.earliest or item.latest
        raise ValueError(
            f"Give a date{f' such as {example.isoformat()}' if example else ': year, month and day'}."
        ) from wrong
    if item.earliest and day < item.earliest:
        raise ValueError(f"Give a date from {item.earliest.day} {item.earliest:%B %Y} on.")
    if item.latest and day > item.latest:
        raise ValueError(f"Give a date no later than {item.latest.day} {item.latest:%B %Y}.")
    return day
