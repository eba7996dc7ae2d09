"""The documented limits of Block Kit, for the blocks that this adapter draws: a payload is checked before it is sent.

Sources: docs.slack.dev, Block Kit reference (blocks, block elements, composition objects) and views.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from qabot_slack.elements import Json

SURFACES = {"message": 50, "modal": 100, "home": 100}
MESSAGE_CHARACTERS = 13_000
VIEW_BYTES = 250 * 1024
UPDATE_TEXT = 4000
IDS = 255
OPTIONS = {"radio_buttons": 10, "checkboxes": 10, "static_select": 100, "multi_static_select": 100}
INPUTS = {*OPTIONS, "plain_text_input", "number_input", "datepicker", "external_select"}


def message_problems(payload: Json) -> list[str]:
    """What Slack would refuse of a message's `text` and `blocks`."""
    found = list(_blocks(payload["blocks"], "message"))
    if not payload["text"].strip():
        found.append("text: screen readers need a sentence")
    if len(payload["text"]) > UPDATE_TEXT:
        found.append(f"text: more than {UPDATE_TEXT} characters")
    if len(orjson.dumps(payload["blocks"]).decode()) > MESSAGE_CHARACTERS:
        found.append(f"blocks: more than {MESSAGE_CHARACTERS} characters in all")
    return found


def view_problems(view: Json) -> list[str]:
    """What Slack would refuse of a modal or a home tab."""
    found = list(_blocks(view["blocks"], view["type"]))
    for name in ("title", "submit", "close"):
        found += _text(view.get(name), 24, name)
    if view["type"] == "modal" and "title" not in view:
        found.append("title: missing")
    if "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
        found.append("submit: missing")
    if len(view.get("private_metadata", "")) > 3000:
        found.append("private_metadata: more than 3000 characters")
    if len(orjson.dumps(view)) > VIEW_BYTES:
        found.append(f"view: more than {VIEW_BYTES} bytes")
    return found


def _blocks(blocks: list[Json], surface: str) -> Iterator[str]:
    if len(blocks) > SURFACES[surface]:
        yield f"blocks: {len(blocks)} of at most {SURFACES[surface]}"
    yield from _repeated("block_id", [block["block_id"] for block in blocks if "block_id" in block])
    elements = [element for block in blocks for element in _elements(block)]
    named = [element["action_id"] for element in elements if element["type"] == "button"]
    yield from _repeated("action_id", named)
    for at, block in enumerate(blocks):
        yield from (f"block {at + 1} ({block['type']}): {problem}" for problem in _block(block, surface))


def _elements(block: Json) -> list[Json]:
    single = [block[name] for name in ("accessory", "element") if name in block]
    return single + (block["elements"] if block["type"] == "actions" else [])


def _block(block: Json, surface: str) -> Iterator[str]:
    if len(block.get("block_id", "")) > IDS:
        yield f"block_id: more than {IDS} characters"
    match block["type"]:
        case "header":
            yield from _text(block.get("text"), 150, "text", required=True)
        case "section":
            yield from _section(block)
        case "context":
            yield from _count(block["elements"], 10, "elements")
            for element in block["elements"]:
                yield from _text(element, 2000, "element")
        case "actions":
            yield from _count(block["elements"], 25, "elements")
        case "input" if surface == "modal":
            yield from _text(block.get("label"), 2000, "label", required=True)
            yield from _text(block.get("hint"), 2000, "hint")
        case "divider":
            pass
        case other:
            yield f"{other} is not used on a {surface}"
    for element in _elements(block):
        yield from _element(element)


def _section(block: Json) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield "needs text or fields"
    yield from _text(block.get("text"), 3000, "text")
    if "fields" in block:
        yield from _count(block["fields"], 10, "fields")
        for field in block["fields"]:
            yield from _text(field, 2000, "field")


def _element(element: Json) -> Iterator[str]:
    kind = element["type"]
    if len(element["action_id"]) > IDS:
        yield f"action_id: more than {IDS} characters"
    if kind == "button":
        yield from _button(element)
    elif kind in INPUTS:
        yield from _text(element.get("placeholder"), 150, "placeholder")
        if element.get("max_length", 1) > 3000:
            yield "max_length: more than 3000"
        yield from _options(element)
    else:
        yield f"{kind} is not used"


def _button(element: Json) -> Iterator[str]:
    yield from _text(element.get("text"), 75, "button text", required=True)
    value = element.get("value")
    if value is not None and not 0 < len(value) <= 2000:
        yield "button value: 1 to 2000 characters"
    url = element.get("url")
    if url is not None and (len(url) > 3000 or not url.startswith(("https://", "http://"))):
        yield "button url: an http address of at most 3000 characters"


def _options(element: Json) -> Iterator[str]:
    groups = [group["options"] for group in element.get("option_groups", [])]
    given = [element["options"]] if "options" in element else groups
    if element["type"] in OPTIONS:
        yield from _count(given[0] if len(given) == 1 else given, OPTIONS[element["type"]], "options")
    for options in given:
        yield from _count(options, OPTIONS.get(element["type"], 100), "options")
        for option in options:
            yield from _text(option.get("text"), 75, "option", required=True)
            yield from _text(option.get("description"), 75, "option description")
            if not 0 < len(option["value"]) <= 150:
                yield "option value: 1 to 150 characters"
    yield from _repeated("option", [option["value"] for options in given for option in options])


def _text(item: Json | None, limit: int, name: str, *, required: bool = False) -> Iterator[str]:
    if item is None:
        if required:
            yield f"{name}: missing"
    elif not 0 < len(item["text"]) <= limit:
        yield f"{name}: 1 to {limit} characters, and it has {len(item['text'])}"


def _count(items: list[Any], limit: int, name: str) -> Iterator[str]:
    if not 0 < len(items) <= limit:
        yield f"{name}: 1 to {limit}, and there are {len(items)}"


def _repeated(name: str, ids: list[str]) -> Iterator[str]:
    for twice in sorted({each for each in ids if ids.count(each) > 1}):
        yield f'{name} "{twice}" is there twice'
