"""Forms as inputs of an Adaptive Card, in a message or in a dialog, and what comes back from them.

An input's id is `kind:name`, so that an answer can be read without the form at hand. In a dialog Teams knows
Action.Submit alone, so the button is of that kind there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import unquote

from qabot.adapter import PersonOption
from qabot.messaging.card import NO
from qabot.messaging.form import Field, Form
from qabot_teams.cards import PART_KEY, Element, choice, clip, envelope, execute, heading, plain_block

MAX_PEOPLE = 40
"""Colleagues in one list; in a larger council a part of the name is typed first, and the matches are offered."""
MAX_NAME = 200
"""Characters of a typed name: a whole label holds the team too, and what tells people of one name apart."""
OPEN = "open"
"""Key of a button's data under which stands what opens its form again, in a dialog."""

People = Mapping[str, Sequence[PersonOption]]


@dataclass(frozen=True, slots=True)
class Part:
    """Which page of a form is drawn, from 0 on, of how many; `draft` keeps what stands on the others."""

    draft: str
    number: int
    count: int


def draw_form(
    form: Form,
    people: People,
    *,
    opens: Element | None = None,
    dialog: bool = False,
    message: str = "",
    part: Part | None = None,
) -> Element:
    """The form as a card. `people` by field name: whom to offer; a field without any is typed.

    `opens`, if given, adds a button that opens the same form in a dialog. `message` is the id of the message that a
    dialog belongs to, which the answer updates. `part`: the fields are those of one page of it.
    """
    card = envelope(form.title, form.intro or "Please answer the questions below.")
    body = [heading(form.title, "Large")]
    if form.intro and (part is None or part.number == 0):
        body.append(plain_block(form.intro))
    if part is not None:
        body.append(plain_block(f"Page {part.number + 1} of {part.count}. What you write is kept when you go back."))
    if form.errors:
        body.append({"type": "Container", "style": "attention", "items": [plain_block(_error_line(form))]})
    for item in form.fields:
        body += question(item, form, people.get(item.name, ()), must=part is None)
    actions = _actions(form, opens, dialog, message) if part is None else _turns(form, part, opens, dialog, message)
    card["body"] = [*body, {"type": "ActionSet", "actions": actions}]
    return card


def _error_line(form: Form) -> str:
    """What is wrong with the whole form, in its words, and how many answers have something beside them."""
    known = {item.name for item in form.fields}
    said = [words for name, words in form.errors.items() if name not in known and words]
    beside = sum(1 for name in form.errors if name in known)
    if beside or not said:
        said.append("Please look at one answer again." if beside <= 1 else f"Please look at {beside} answers again.")
    return " ".join(said)


def _actions(form: Form, opens: Element | None, dialog: bool, message: str) -> list[Element]:
    data = {"form": form.name, "token": form.token} | ({"message": message} if message else {})
    data |= {PART_KEY: opens[PART_KEY]} if opens and PART_KEY in opens else {}
    send = execute(form.submit, "form", data, style="positive", inputs="auto")
    if dialog:
        return [send["fallback"]]
    if form.back:
        name = f"{form.name}:{NO}"
        return [send, execute(form.back, name, {"action": name, "token": form.token})]
    if opens is None or opens.keys() == {PART_KEY}:
        return [send]
    more = {"msteams": {"type": "task/fetch"}, OPEN: opens}
    return [send, {"type": "Action.Submit", "title": "Open in a window", "data": more, "associatedInputs": "none"}]


def _turns(form: Form, part: Part, opens: Element | None, dialog: bool, message: str) -> list[Element]:
    """The buttons of one page of a form: on, or send it; and back."""
    about = {"form": form.name, "token": form.token, "draft": part.draft, "page": part.number}
    about |= ({"message": message} if message else {}) | ({OPEN: opens} if opens else {})
    last = part.number == part.count - 1
    drawn = [(form.submit, "send", "positive") if last else ("Next", "next", "positive")]
    drawn += [("Back", "back", "default")] if part.number else []
    buttons = [
        execute(label, "form", about | {"turn": where}, style=style, inputs="auto") for label, where, style in drawn
    ]
    return [each["fallback"] for each in buttons] if dialog else buttons


def question(item: Field, form: Form, people: Sequence[PersonOption], *, must: bool = True) -> list[Element]:
    """One question, with what is wrong with its answer. Not to ask for it at once (`must`) lets one go back a page."""
    drawn = _input(item, form.values.get(item.name), people) | {"label": _label(item)}
    if item.required and must:
        drawn |= {"isRequired": True, "errorMessage": _missing(item)}
    if item.name not in form.errors:
        return [drawn]
    wrong = plain_block(form.errors[item.name], color="Attention", weight="Bolder")
    return [drawn, wrong | {"spacing": "Small"}]


def _label(item: Field) -> str:
    if item.kind == "tick":
        return clip(item.hint or "Please confirm", 300)
    said = item.label if item.required else f"{item.label} (optional)"
    # Teams has a calendar for dates: an example of how to write one would be in the way.
    hint = "" if item.kind == "date" and item.hint.startswith("For example") else item.hint
    return clip(f"{said}\n{hint}" if hint else said, 500)


def _missing(item: Field) -> str:
    if item.earliest and item.latest:
        return f"Give a date from {_day(item.earliest)} to {_day(item.latest)}."
    if item.earliest:
        return f"Give a date from {_day(item.earliest)} on."
    sentences = {"choice": "Choose one.", "person": "Choose one.", "choices": "Choose at least one."}
    sentences |= {"date": "Give a date.", "tick": "Tick this to go on.", "number": "Give a whole number."}
    return sentences.get(item.kind, "Write an answer.")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _input(item: Field, value: Any, people: Sequence[PersonOption]) -> Element:
    common: Element = {"id": f"{item.kind}:{item.name}"}
    match item.kind:
        case "choice" | "choices":
            return common | _choice_set(item, value)
        case "person":
            return common | _person(value, people)
        case "date":
            limits = {"min": item.earliest, "max": item.latest, "value": value if value else None}
            given = {name: str(limit)[:10] for name, limit in limits.items() if limit}
            return common | {"type": "Input.Date"} | given
        case "tick":
            ticked = value in (True, "true", "on", "yes", "1")
            return common | {
                "type": "Input.Toggle",
                "title": choice(item.label),
                "wrap": True,
                "value": str(ticked).lower(),
            }
        case "number":
            given_number = {"value": int(value)} if str(value or "").isdecimal() else {}
            return common | {"type": "Input.Number", "min": 0} | given_number
    long = item.kind == "long-text"
    written = {"value": str(value)} if value else {}
    return common | {"type": "Input.Text", "isMultiline": long, "maxLength": item.max_length} | written


def _choice_set(item: Field, value: Any) -> Element:
    many = item.kind == "choices"
    choices = [{"title": choice(option.label), "value": _coded(option.value, many)} for option in item.options]
    style = "expanded" if many or len(choices) <= 6 else "compact"
    chosen = value if isinstance(value, list | tuple) else [value] if value else []
    drawn: Element = {"type": "Input.ChoiceSet", "style": style, "isMultiSelect": many, "wrap": True}
    drawn["choices"] = choices
    return drawn | ({"value": ",".join(_coded(str(each), many) for each in chosen)} if chosen else {})


def _person(value: Any, people: Sequence[PersonOption]) -> Element:
    if not people:
        typed = {"value": str(value)} if value and not str(value).isdecimal() else {}
        return {"type": "Input.Text", "maxLength": MAX_NAME, "placeholder": "Part of the name"} | typed
    choices = [{"title": choice(each.label), "value": str(each.person_id)} for each in people]
    chosen = {"value": str(value)} if str(value) in {each["value"] for each in choices} else {}
    return {
        "type": "Input.ChoiceSet",
        "style": "compact",
        "placeholder": "Choose a colleague",
        "choices": choices,
    } | chosen


def _coded(value: str, many: bool) -> str:
    """Several choices come back in one text with commas between them, so a comma inside one must not stand there."""
    return value.replace("%", "%25").replace(",", "%2C") if many else value


def answers(data: Mapping[str, Any]) -> dict[str, Any]:
    """Values by field name from what a card sent: text, ISO date, list of text, or bool."""
    values: dict[str, Any] = {}
    for key, value in data.items():
        kind, colon, name = key.partition(":")
        if colon and kind in {"text", "long-text", "choice", "choices", "date", "person", "tick", "number"}:
            values[name] = _answer(kind, value)
    return values


def _answer(kind: str, value: Any) -> Any:
    if kind == "choices":
        return [unquote(each) for each in str(value or "").split(",") if each]
    if kind == "tick":
        return str(value).lower() == "true"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # some clients send a whole number as 3.0
    return "" if value is None else str(value)


def people_asked(data: Mapping[str, Any]) -> list[str]:
    """Names of the fields that ask for a person and came back as typed text."""
    return [
        key[7:] for key, value in data.items() if key.startswith("person:") and value and not str(value).isdecimal()
    ]
