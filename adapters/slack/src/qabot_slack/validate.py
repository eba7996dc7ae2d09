"""The documented limits of Block Kit, for the blocks that this adapter draws: a payload is checked before it is sent.

Sources: docs.slack.dev, Block Kit reference (blocks, block elements, composition objects) and views.
"""

from typing import Any

import orjson

from qabot_slack.elements import Json

SURFACES = {"message": 50, "modal": 100, "home": 100}
MESSAGE_CHARACTERS = 13_000
VIEW_BYTES = 250 * 1024
UPDATE_TEXT = 4000
IDS = 255
OPTIONS = {"radio_buttons": 10, "checkboxes": 10, "static_select": 100, "multi_static_select": 100}
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
INPUTS = {*OPTIONS, "plain_text_input", "number_input", "datepicker", "external_select"}


Problems = list[str]
"""What was found so far. A list that is passed along costs a card that has no problem next to nothing."""


def message_problems(payload: Json) -> Problems:
    """What Slack would refuse of a message's `text` and `blocks`."""
    wrong: Problems = []
    _blocks(payload["blocks"], "message", wrong)
    if not payload["text"].strip():
        wrong.append("text: screen readers need a sentence")
    if len(payload["text"]) > UPDATE_TEXT:
        wrong.append(f"text: more than {UPDATE_TEXT} characters")
    counted = [block for block in payload["blocks"] if block["type"] != "data_table"]
    if len(orjson.dumps(counted).decode()) > MESSAGE_CHARACTERS:
        wrong.append(f"blocks: more than {MESSAGE_CHARACTERS} characters in all")
    return wrong


def view_problems(view: Json) -> Problems:
    """What Slack would refuse of a modal or a home tab."""
    wrong: Problems = []
    _blocks(view["blocks"], view["type"], wrong)
    for name in ("title", "submit", "close"):
        _text(view.get(name), 24, name, wrong)
    if view["type"] == "modal" and "title" not in view:
        wrong.append("title: missing")
    if "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
        wrong.append("submit: missing")
    if len(view.get("private_metadata", "")) > 3000:
        wrong.append("private_metadata: more than 3000 characters")
    if len(orjson.dumps(view)) > VIEW_BYTES:
        wrong.append(f"view: more than {VIEW_BYTES} bytes")
    return wrong


def _blocks(blocks: list[Json], surface: str, wrong: Problems) -> None:
    if len(blocks) > SURFACES[surface]:
        wrong.append(f"blocks: {len(blocks)} of at most {SURFACES[surface]}")
    _repeated("block_id", [block["block_id"] for block in blocks if "block_id" in block], wrong)
    named: list[str] = []
    for at, block in enumerate(blocks):
        problems: Problems = []
        _block(block, surface, problems)
        for element in _elements(block):
            _element(element, problems)
            if element["type"] == "button":
                named.append(element["action_id"])
        wrong += [f"block {at + 1} ({block['type']}): {problem}" for problem in problems]
    _repeated("action_id", named, wrong)


def _elements(block: Json) -> list[Json]:
    if block["type"] == "actions":
        elements: list[Json] = block["elements"]
        return elements
    return [block[name] for name in ("accessory", "element") if name in block]


def _block(block: Json, surface: str, wrong: Problems) -> None:
    if len(block.get("block_id", "")) > IDS:
        wrong.append(f"block_id: more than {IDS} characters")
    match block["type"]:
        case "header":
            _text(block.get("text"), 150, "text", wrong, required=True)
        case "section":
            _section(block, wrong)
        case "context":
            _count(block["elements"], 10, "elements", wrong)
            for element in block["elements"]:
                _text(element, 2000, "element", wrong)
        case "actions":
            _count(block["elements"], 25, "elements", wrong)
        case "input" if surface == "modal":
            _text(block.get("label"), 2000, "label", wrong, required=True)
            _text(block.get("hint"), 2000, "hint", wrong)
        case "rich_text":
            _rich_text(block, wrong)
        case "divider":
            pass
        case "image" if surface == "message":
            _image(block, wrong)
        case "data_table" if surface == "message":
            _table(block, wrong)
        case other:
            wrong.append(f"{other} is not used on a {surface}")


def _rich_text(block: Json, wrong: Problems) -> None:
    for section in block["elements"]:
        if not section["elements"]:
            wrong.append("elements: none")
        for part in section["elements"]:
            _text(part, 3000, part["type"], wrong)


def _image(block: Json, wrong: Problems) -> None:
    _text(block.get("title"), 2000, "title", wrong)
    if not 0 < len(block.get("alt_text", "")) <= 2000:
        wrong.append("alt_text: 1 to 2000 characters")
    if not block.get("slack_file", {}).get("id"):
        wrong.append("slack_file: names no file")


def _table(block: Json, wrong: Problems) -> None:
    _count(block["rows"], 201, "rows", wrong)
    for row in block["rows"]:
        _count(row, 20, "cells", wrong)
        if len(row) != len(block["rows"][0]):
            wrong.append("rows: not as many cells in each")
    if not block.get("caption"):
        wrong.append("caption: missing")
    if not 1 <= block.get("page_size", 5) <= 100:
        wrong.append("page_size: 1 to 100")


def _section(block: Json, wrong: Problems) -> None:
    if "text" not in block and "fields" not in block:
        wrong.append("needs text or fields")
    _text(block.get("text"), 3000, "text", wrong)
    if "fields" in block:
        _count(block["fields"], 10, "fields", wrong)
        for field in block["fields"]:
            _text(field, 2000, "field", wrong)


def _element(element: Json, wrong: Problems) -> None:
    kind = element["type"]
    if len(element["action_id"]) > IDS:
        wrong.append(f"action_id: more than {IDS} characters")
    if kind == "button":
        _button(element, wrong)
    elif kind in INPUTS:
        _text(element.get("placeholder"), 150, "placeholder", wrong)
        if element.get("max_length", 1) > 3000:
            wrong.append("max_length: more than 3000")
        _options(element, wrong)
    else:
        wrong.append(f"{kind} is not used")


def _button(element: Json, wrong: Problems) -> None:
    _text(element.get("text"), 75, "button text", wrong, required=True)
    value = element.get("value")
    if value is not None and not 0 < len(value) <= 2000:
        wrong.append("button value: 1 to 2000 characters")
    for name, limit in CONFIRM.items() if "confirm" in element else ():
        _text(element["confirm"].get(name), limit, f"confirm {name}", wrong, required=True)
    url = element.get("url")
    if url is not None and (len(url) > 3000 or not url.startswith(("https://", "http://"))):
        wrong.append("button url: an http address of at most 3000 characters")


def _options(element: Json, wrong: Problems) -> None:
    groups = [group["options"] for group in element.get("option_groups", [])]
    given = [element["options"]] if "options" in element else groups
    if element["type"] in OPTIONS:
        _count(given[0] if len(given) == 1 else given, OPTIONS[element["type"]], "options", wrong)
    for options in given:
        _count(options, OPTIONS.get(element["type"], 100), "options", wrong)
        for option in options:
            _text(option.get("text"), 75, "option", wrong, required=True)
            _text(option.get("description"), 75, "option description", wrong)
            if not 0 < len(option["value"]) <= 150:
                wrong.append("option value: 1 to 150 characters")
    _repeated("option", [option["value"] for options in given for option in options], wrong)


def _text(item: Json | None, limit: int, name: str, wrong: Problems, *, required: bool = False) -> None:
    if item is None:
        if required:
            wrong.append(f"{name}: missing")
    elif not 0 < len(item["text"]) <= limit:
        wrong.append(f"{name}: 1 to {limit} characters, and it has {len(item['text'])}")


def _count(items: list[Any], limit: int, name: str, wrong: Problems) -> None:
    if not 0 < len(items) <= limit:
        wrong.append(f"{name}: 1 to {limit}, and there are {len(items)}")


def _repeated(name: str, ids: list[str], wrong: Problems) -> None:
    if len(set(ids)) < len(ids):
        wrong += [f'{name} "{twice}" is there twice' for twice in sorted({each for each in ids if ids.count(each) > 1})]
