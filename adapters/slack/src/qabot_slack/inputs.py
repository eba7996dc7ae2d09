"""Questions as inputs of a modal. The block's id is the field's name, the element's the field's kind."""

from collections.abc import Mapping, Sequence
from typing import Any

from qabot.messaging.form import Field, Option
from qabot.messaging.letters import ELLIPSIS, cut, fit, units
from qabot_slack.elements import Json, plain_text
from qabot_slack.text import inert

LABEL = 2000
OPTION = 75
TEXT = 3000
GROUP = 100
FEW = 7
TICKED = "yes"


def input_block(field: Field, value: Any, labels: Mapping[str, str]) -> Json:
    """The question with its first value. `labels` names people by id, for a person chosen before."""
    block: Json = {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(field.label, LABEL),
        "optional": not field.required,
        "element": {**_element(field, value, labels), "action_id": field.kind},
    }
    if hint := _hint(field):
        block["hint"] = plain_text(hint, LABEL)
    return block


def answer(kind: str, state: Json) -> Any:
    """What the person gave, as a `Submission` wants it: text, ISO date, list of text, or bool; None for nothing."""
    match state["type"]:
        case "checkboxes" | "multi_static_select":
            chosen = [option["value"] for option in state.get("selected_options") or []]
            return bool(chosen) if kind == "tick" else chosen
        case "static_select" | "radio_buttons" | "external_select":
            option = state.get("selected_option")
            return option["value"] if option else None
        case "datepicker":
            return state.get("selected_date")
    return state.get("value")


def refilled(block: Json, states: Json) -> Json:
    """An input as Slack sent it back, with what the person gave as its first value."""
    element = block["element"]
    state = states.get(element["action_id"], {})
    bare = {name: part for name, part in element.items() if name not in _FIRST.values()}
    first = {_FIRST[name]: given for name, given in state.items() if name in _FIRST and given}
    return {**block, "element": {**bare, **first}}


_FIRST = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_date": "initial_date",
}


def people_options(people: Sequence[tuple[str, str]]) -> list[Json]:
    """Options for a people picker, from pairs of id and label."""
    return [_option(Option(value, label)) for value, label in people[:GROUP]]


def _element(field: Field, value: Any, labels: Mapping[str, str]) -> Json:
    match field.kind:
        case "tick":
            return _ticks([Option(TICKED, "Yes")], [TICKED] if value in (True, "true", "on", "yes", "1") else [])
        case "choices":
            given = [str(each) for each in (value if isinstance(value, list | tuple) else [value] if value else [])]
            return _ticks(field.options, given)
        case "date":
            return {"type": "datepicker", **({"initial_date": str(value)[:10]} if value else {})}
        case "number":
            return {"type": "number_input", "is_decimal_allowed": False, **_written(value, TEXT)}
        case "choice" | "person" if field.options:
            return _choice(field.options, "" if value is None else str(value))
        case "person":
            return _person(value, labels)
    return _text(field, value)


def _text(field: Field, value: Any) -> Json:
    longest = min(field.max_length, TEXT)
    multiline = field.kind == "long-text"
    return {"type": "plain_text_input", "multiline": multiline, "max_length": longest, **_written(value, longest)}


def _written(value: Any, longest: int) -> Json:
    return {"initial_value": fit(str(value), longest)} if value not in (None, "") else {}


def _choice(options: Sequence[Option], value: str) -> Json:
    shown = [_option(option) for option in options]
    chosen = [option for option in shown if option["value"] == value]
    first = {"initial_option": chosen[0]} if chosen else {}
    if len(shown) <= FEW:
        return {"type": "radio_buttons", "options": shown, **first}
    return {"type": "static_select", **_listed(shown), "placeholder": plain_text("Choose one", 150), **first}


def _ticks(options: Sequence[Option], given: Sequence[str]) -> Json:
    shown = [_option(option) for option in options]
    chosen = [option for option in shown if option["value"] in given]
    first = {"initial_options": chosen} if chosen else {}
    if len(shown) <= 10:
        return {"type": "checkboxes", "options": shown, **first}
    return {"type": "multi_static_select", **_listed(shown), "placeholder": plain_text("Choose", 150), **first}


def _listed(shown: list[Json]) -> Json:
    # A select takes 100 options, or 100 groups of 100.
    if len(shown) <= GROUP:
        return {"options": shown}
    groups = [shown[at : at + GROUP] for at in range(0, len(shown), GROUP)]
    return {"option_groups": [{"label": plain_text(_span(group), OPTION), "options": group} for group in groups]}


def _span(group: list[Json]) -> str:
    return f"{cut(group[0]['text']['text'], 35)} to {cut(group[-1]['text']['text'], 35)}"


def _person(value: Any, labels: Mapping[str, str]) -> Json:
    element: Json = {"type": "external_select", "min_query_length": 0, "placeholder": plain_text("Type a name", 150)}
    if value and str(value) in labels:
        element["initial_option"] = _option(Option(str(value), labels[str(value)]))
    return element


def _option(option: Option) -> Json:
    shown: Json = {"text": plain_text(option.label, OPTION), "value": option.value}
    label = inert(option.label.strip())
    if units(label) > OPTION:
        # The rest goes to the second line: the first alone may read like another answer.
        begun = len(shown["text"]["text"].removesuffix(ELLIPSIS))
        shown["description"] = plain_text(label[begun:], OPTION)
    return shown


def _hint(field: Field) -> str:
    # A day is chosen from a calendar, not typed. Each part ends as a sentence does, because another may follow it.
    said = "" if field.kind == "date" and field.hint.startswith("For example") else field.hint
    parts = [said if said.endswith((".", "?", ")")) else f"{said}."] if said else []
    if field.earliest and field.latest:
        parts.append(f"From {_day(field.earliest)} to {_day(field.latest)}.")
    elif field.earliest or field.latest:
        parts.append(f"From {_day(field.earliest)} on." if field.earliest else f"No later than {_day(field.latest)}.")
    if field.kind in ("text", "long-text") and field.max_length > TEXT:
        parts.append(f"At most {TEXT} characters here; the web inbox takes more.")
    return " ".join(parts)


def _day(day: Any) -> str:
    return f"{day.day} {day:%B %Y}"
