"""The parts of a screen that a person can use, and the state that Slack keeps of them."""

from typing import Any

from tests.support.slack.records import Json

CHOOSERS = {"static_select", "radio_buttons", "external_select"}
MANY = {"checkboxes", "multi_static_select"}
WRITERS = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
STATEFUL = CHOOSERS | MANY | WRITERS | {"datepicker"}
ACTIONS = {"button"} | CHOOSERS | MANY | {"datepicker"}
INPUTS = STATEFUL


def elements(block: Json) -> list[Json]:
    """The elements of a block."""
    single = [block[name] for name in ("accessory", "element") if name in block]
    return single + (list(block["elements"]) if block.get("type") == "actions" else [])


def find(blocks: list[Json], action_id: str, value: str | None = None) -> tuple[Json, Json]:
    """The block and the element with this name, and this value if several have it."""
    for block in blocks:
        for item in elements(block):
            if item.get("action_id") == action_id and value in (None, item.get("value")):
                return block, item
    there = [item.get("action_id") for block in blocks for item in elements(block)]
    raise AssertionError(f"there is no {action_id!r} on the screen; there are {there}")


def choose(item: Json, value: Any) -> Json:
    """The state of an element after a person chose or wrote `value`."""
    kind = item["type"]
    if kind == "external_select":
        return {"type": kind, "selected_option": {"text": {"type": "plain_text", "text": value}, "value": value}}
    if kind in CHOOSERS:
        return {"type": kind, "selected_option": _options(item, [value])[0]}
    if kind in MANY:
        return {"type": kind, "selected_options": _options(item, [value] if isinstance(value, str) else value)}
    return {"type": kind, "selected_date" if kind == "datepicker" else "value": value}


def initial(item: Json) -> Json:
    """The state of an element before anybody touched it."""
    kind = item["type"]
    if kind in CHOOSERS:
        return {"type": kind, "selected_option": item.get("initial_option")}
    if kind in MANY:
        return {"type": kind, "selected_options": item.get("initial_options", [])}
    if kind == "datepicker":
        return {"type": kind, "selected_date": item.get("initial_date")}
    return {"type": kind, "value": item.get("initial_value")}


def empty(state: Json) -> bool:
    """True if nothing was chosen or written."""
    return not any(value for name, value in state.items() if name != "type")


def _options(item: Json, values: list[str]) -> list[Json]:
    every = [*item.get("options", []), *(each for group in item.get("option_groups", []) for each in group["options"])]
    found = [option for option in every if option["value"] in values]
    if len(found) != len(values):
        raise AssertionError(f"{values} are not options of {item.get('action_id')}: {[o['value'] for o in every]}")
    return found
