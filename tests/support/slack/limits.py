"""What Slack refuses of blocks and views, in its own phrasing: the documented limits of Block Kit, strictly.

Written apart from the adapter's own check, so that one finds what the other forgot. An unknown property is an error.
"""

import re
from collections.abc import Iterable
from typing import Any

from tests.support.slack.elements import ACTIONS, INPUTS, elements
from tests.support.slack.records import Json

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MESSAGE_BLOCK_CHARACTERS = 13_200
VIEW_BYTES = 250 * 1024
UPDATE_TEXT = 4000
ONLY_MODAL = {"alert", "input"}
TABLE_ROWS, TABLE_COLUMNS, TABLE_PAGE, TABLE_CHARACTERS = 201, 20, 100, 20_000
PLAIN = ("plain_text",)
BOTH = ("plain_text", "mrkdwn")
SELECTS = {"static_select", "multi_static_select"}
TEXTS = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}


class Check:
    """Collects what is wrong with a payload, each with its JSON pointer."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.errors: list[str] = []
        self.focused = 0
        self.has_tables = True
        self.cells = 0
        """Characters in all cells of tables."""

    def say(self, message: str, pointer: str) -> None:
        self.errors.append(f"{message} [json-pointer:{pointer}]")

    def shape(self, item: Any, pointer: str, required: Iterable[str] = (), optional: Iterable[str] = ()) -> bool:
        if not isinstance(item, dict):
            self.say("must provide an object", pointer)
            return False
        for name in required:
            if name not in item:
                self.say(f"missing required field: {name}", pointer)
        for name in set(item) - {*required, *optional, "type"}:
            self.say(f"invalid additional property: {name}", pointer)
        return True

    def string(self, item: Json, name: str, pointer: str, most: int, *, least: int = 1) -> None:
        value = item.get(name)
        if value is None:
            return
        if not isinstance(value, str):
            self.say("must provide a string", f"{pointer}/{name}")
        elif not least <= len(value) <= most:
            wrong = f"must be more than {least - 1}" if len(value) < least else f"must be less than {most + 1}"
            self.say(f"{wrong} characters", f"{pointer}/{name}")

    def items(self, item: Json, name: str, pointer: str, most: int) -> list[Any]:
        value = item.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.say("must provide an array", f"{pointer}/{name}")
            return []
        if not value:
            self.say("must contain at least 1 item", f"{pointer}/{name}")
        if len(value) > most:
            self.say(f"no more than {most} items allowed", f"{pointer}/{name}")
        return value

    def text(self, item: Any, pointer: str, most: int, kinds: tuple[str, ...] = BOTH) -> None:
        if not isinstance(item, dict) or item.get("type") not in kinds:
            self.say("unsupported type", pointer)
            return
        self.shape(item, pointer, ("type", "text"), ("emoji",) if item["type"] == "plain_text" else ("verbatim",))
        self.string(item, "text", pointer, most)

    def texts(self, item: Json, pointer: str, **limits: int) -> None:
        """Plain texts by name and limit."""
        for name, most in limits.items():
            if name in item:
                self.text(item[name], f"{pointer}/{name}", most, PLAIN)


def block_errors(blocks: Any, surface: str = "message", root: str = "/blocks", *, has_tables: bool = True) -> list[str]:
    """What is wrong with blocks on a surface: message, modal or home. `has_tables`: whether the workspace has them."""
    check = Check(surface)
    check.has_tables = has_tables
    _blocks(check, blocks, root)
    if check.cells > TABLE_CHARACTERS:
        check.say(f"no more than {TABLE_CHARACTERS} characters in table cells", root)
    return check.errors


def view_errors(view: Any) -> list[str]:
    """What is wrong with a modal or a home tab."""
    kind = view.get("type") if isinstance(view, dict) else None
    if kind not in ("modal", "home"):
        return [f"unsupported type: {kind} [json-pointer:/view/type]"]
    check = Check(kind)
    optional = ["private_metadata", "callback_id", "external_id"]
    if kind == "modal":
        optional += ["close", "submit", "clear_on_close", "notify_on_close", "submit_disabled"]
    check.shape(view, "/view", ("title", "blocks") if kind == "modal" else ("blocks",), optional)
    check.texts(view, "/view", title=24, close=24, submit=24)
    for name, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        check.string(view, name, "/view", most, least=0)
    if any(block.get("type") == "input" for block in view.get("blocks", [])) and "submit" not in view:
        check.say("missing required field: submit", "/view")
    _blocks(check, view.get("blocks"), "/view/blocks")
    return check.errors


def _blocks(check: Check, blocks: Any, root: str) -> None:
    if not isinstance(blocks, list):
        return check.say("must provide an array", root)
    if len(blocks) > MOST_BLOCKS[check.surface]:
        check.say(f"no more than {MOST_BLOCKS[check.surface]} items allowed", root)
    seen: set[str] = set()
    for at, block in enumerate(blocks):
        _block(check, block, f"{root}/{at}")
        name = block.get("block_id")
        if name in seen:
            check.say(f"block_id `{name}` already exists", f"{root}/{at}/block_id")
        if name:
            seen.add(name)
    if check.focused > 1:
        check.say("only one element can have focus_on_load set to true", root)
    return None


def _block(check: Check, block: Json, pointer: str) -> None:
    kind = block.get("type")
    draw = _BLOCKS.get(str(kind))
    no_table = kind == "data_table" and (check.surface != "message" or not check.has_tables)
    if draw is None or no_table or (kind in ONLY_MODAL and check.surface != "modal"):
        return check.say(f"unsupported type: {kind}", f"{pointer}/type")
    check.string(block, "block_id", pointer, 255)
    return draw(check, block, pointer)


def _section(check: Check, block: Json, pointer: str) -> None:
    check.shape(block, pointer, (), ("text", "fields", "accessory", "block_id", "expand"))
    if "text" not in block and "fields" not in block:
        check.say("missing required field: text", pointer)
    if "text" in block:
        check.text(block["text"], f"{pointer}/text", 3000)
    for at, field in enumerate(check.items(block, "fields", pointer, 10)):
        check.text(field, f"{pointer}/fields/{at}", 2000)
    if "accessory" in block:
        _element(check, block["accessory"], f"{pointer}/accessory", ACTIONS | {"image"})


def _header(check: Check, block: Json, pointer: str) -> None:
    if check.shape(block, pointer, ("text",), ("block_id",)):
        check.texts(block, pointer, text=150)


def _divider(check: Check, block: Json, pointer: str) -> None:
    check.shape(block, pointer, (), ("block_id",))


def _context(check: Check, block: Json, pointer: str) -> None:
    check.shape(block, pointer, ("elements",), ("block_id",))
    for at, item in enumerate(check.items(block, "elements", pointer, 10)):
        check.text(item, f"{pointer}/elements/{at}", 3000)


def _actions(check: Check, block: Json, pointer: str) -> None:
    check.shape(block, pointer, ("elements",), ("block_id",))
    seen: set[str] = set()
    for at, item in enumerate(check.items(block, "elements", pointer, 25)):
        _element(check, item, f"{pointer}/elements/{at}", ACTIONS)
        if item.get("action_id") in seen:
            check.say(f"action_id `{item['action_id']}` already exists", f"{pointer}/elements/{at}")
        seen.add(str(item.get("action_id")))


def _input(check: Check, block: Json, pointer: str) -> None:
    check.shape(block, pointer, ("label", "element"), ("dispatch_action", "block_id", "hint", "optional"))
    check.texts(block, pointer, label=2000, hint=2000)
    _element(check, block.get("element"), f"{pointer}/element", INPUTS)


def _alert(check: Check, block: Json, pointer: str) -> None:
    check.shape(block, pointer, ("text",), ("level", "block_id"))


def _data_table(check: Check, block: Json, pointer: str) -> None:
    check.shape(block, pointer, ("rows", "caption"), ("block_id", "page_size", "row_header_column_index"))
    check.string(block, "caption", pointer, 10_000)
    if not 1 <= block.get("page_size", 5) <= TABLE_PAGE:
        check.say(f"must be between 1 and {TABLE_PAGE}", f"{pointer}/page_size")
    rows = check.items(block, "rows", pointer, TABLE_ROWS)
    if len(rows) < 2:
        check.say("must contain at least 2 items", f"{pointer}/rows")
    for at, row in enumerate(rows):
        place = f"{pointer}/rows/{at}"
        if not isinstance(row, list) or not 1 <= len(row) <= TABLE_COLUMNS or len(row) != len(rows[0]):
            check.say("must have as many cells as the header, at most 20", place)
            continue
        for number, cell in enumerate(row):
            _table_cell(check, cell, f"{place}/{number}", header=at == 0)


def _table_cell(check: Check, cell: Any, pointer: str, *, header: bool) -> None:
    kind = cell.get("type") if isinstance(cell, dict) else None
    if kind == "raw_text":
        check.shape(cell, pointer, ("text",))
        check.string(cell, "text", pointer, TABLE_CHARACTERS)
        check.cells += len(cell.get("text", ""))
    elif kind == "rich_text" and not header:
        check.shape(cell, pointer, ("elements",))
        for part in check.items(cell, "elements", pointer, 100):
            check.shape(part, pointer, ("elements",))
            for each in check.items(part, "elements", pointer, 100):
                check.shape(each, pointer, ("url", "text"))
                if part.get("type") != "rich_text_section" or each.get("type") != "link":
                    check.say("unsupported type", pointer)
                check.cells += len(str(each.get("text", "")))
    else:
        check.say(f"unsupported type: {kind}", f"{pointer}/type")


def _image(check: Check, block: Any, pointer: str) -> None:
    check.shape(block, pointer, ("slack_file", "alt_text"), ("title", "block_id"))
    check.texts(block, pointer, title=2000)
    check.string(block, "alt_text", pointer, 2000)
    file = block.get("slack_file")
    if check.shape(file, f"{pointer}/slack_file", ("id",)) and not re.fullmatch(r"F[A-Z0-9]{8,}", str(file.get("id"))):
        check.say("input must match regex pattern: ^[F][A-Z0-9]{8,}$", f"{pointer}/slack_file/id")


def _rich_text(check: Check, block: Json, pointer: str) -> None:
    check.shape(block, pointer, ("elements",), ("block_id",))
    for at, part in enumerate(check.items(block, "elements", pointer, 100)):
        check.shape(part, f"{pointer}/elements/{at}", ("elements",))
        for number, each in enumerate(check.items(part, "elements", pointer, 1000)):
            place = f"{pointer}/elements/{at}/elements/{number}"
            needs = ("url", "text") if each.get("type") == "link" else ("text",)
            if part.get("type") != "rich_text_section" or each.get("type") not in ("link", "text"):
                check.say("unsupported type", place)
            check.shape(each, place, needs, ("style",))
            check.shape(each.get("style", {}), f"{place}/style", (), ("bold", "italic", "strike", "code"))
            check.string(each, "text", place, 3000)


_BLOCKS = {
    "rich_text": _rich_text,
    "image": _image,
    "data_table": _data_table,
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "alert": _alert,
}


def _element(check: Check, item: Any, pointer: str, allowed: set[str]) -> None:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind not in allowed:
        return check.say(f"unsupported type: {kind}", f"{pointer}/type")
    check.string(item, "action_id", pointer, 255)
    check.texts(item, pointer, placeholder=150)
    check.focused += item.get("focus_on_load") is True
    if kind == "button":
        return _button(check, item, pointer)
    if kind in SELECTS or kind in ("radio_buttons", "checkboxes"):
        return _chooser(check, item, pointer)
    if kind in TEXTS:
        return _writer(check, item, pointer)
    if kind == "external_select":
        check.shape(item, pointer, (), ("action_id", "initial_option", "min_query_length", "placeholder"))
    if kind == "datepicker":
        check.shape(item, pointer, (), ("action_id", "initial_date", "placeholder", "focus_on_load"))
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", item.get("initial_date", "2026-01-01")):
            check.say("failed to match the required pattern", f"{pointer}/initial_date")
    return None


def _button(check: Check, item: Json, pointer: str) -> None:
    optional = ("action_id", "url", "value", "style", "confirm", "accessibility_label")
    check.shape(item, pointer, ("text",), optional)
    check.texts(item, pointer, text=75)
    check.string(item, "value", pointer, 2000)
    check.string(item, "url", pointer, 3000)
    check.string(item, "accessibility_label", pointer, 75)
    if "confirm" in item:
        check.shape(item["confirm"], f"{pointer}/confirm", ("title", "text", "confirm", "deny"), ("style",))
        check.texts(item["confirm"], f"{pointer}/confirm", title=100, text=300, confirm=30, deny=30)
    if item.get("style") not in (None, "primary", "danger"):
        check.say("must be a valid enum value", f"{pointer}/style")
    if "url" in item and not re.match(r"[a-z][a-z0-9+.-]*:.+", item["url"]):
        check.say("must be a valid URL", f"{pointer}/url")


def _chooser(check: Check, item: Json, pointer: str) -> None:
    many = item["type"] in ("checkboxes", "multi_static_select")
    initial = "initial_options" if many else "initial_option"
    optional = ["action_id", "options", initial, "focus_on_load"]
    select = item["type"] in SELECTS
    optional += ["option_groups", "placeholder"] if select else []
    check.shape(item, pointer, (), optional)
    if ("options" in item) == ("option_groups" in item):
        check.say("must provide exactly one of options or option_groups", pointer)
    groups = check.items(item, "option_groups", pointer, 100)
    for group in groups:
        check.texts(group, pointer, label=75)
    found: list[Json] = []
    for holder in groups or [item]:
        found += check.items(holder, "options", pointer, 100 if select else 10)
    for option in found:
        _option(check, option, f"{pointer}/options", PLAIN if select else BOTH)
    if len({option["value"] for option in found}) < len(found):
        check.say("duplicate option value", pointer)
    given = item.get(initial, [])
    if any(option not in found for option in (given if many else [given] if given else [])):
        check.say("must exactly match one of the options", f"{pointer}/{initial}")


def _option(check: Check, option: Any, pointer: str, kinds: tuple[str, ...]) -> None:
    if check.shape(option, pointer, ("text", "value"), ("description",)):
        check.text(option.get("text"), f"{pointer}/text", 75, kinds)
        if "description" in option:
            check.text(option["description"], f"{pointer}/description", 75, kinds)
        check.string(option, "value", pointer, 150)


def _writer(check: Check, item: Json, pointer: str) -> None:
    optional = ["action_id", "initial_value", "placeholder", "focus_on_load"]
    if item["type"] == "plain_text_input":
        optional += ["multiline", "min_length", "max_length"]
        if not 1 <= item.get("max_length", 3000) <= 3000:
            check.say("must be between 1 and 3000", f"{pointer}/max_length")
        if len(item.get("initial_value", "")) > item.get("max_length", 3000):
            check.say("initial_value is longer than max_length", pointer)
    if item["type"] == "number_input":
        optional += ["is_decimal_allowed", "min_value", "max_value"]
        if "is_decimal_allowed" not in item:
            check.say("missing required field: is_decimal_allowed", pointer)
    check.shape(item, pointer, (), optional)


_CONTROL = re.compile(r"<([^<>\n]*)>")


def controls(mrkdwn: str) -> list[str]:
    """What a text would do when Slack shows it: mentions of people, channels, groups and everybody; links."""
    return [found for found in _CONTROL.findall(mrkdwn) if re.match(r"[!@#]|https?:|mailto:|tel:", found)]


def shouts(mrkdwn: str) -> list[str]:
    """What of a text would notify somebody."""
    return [found for found in controls(mrkdwn) if found[0] in "!@#"]


def named(blocks: list[Json]) -> list[str]:
    """The names of everything on these blocks that can be used."""
    return [str(item.get("action_id")) for block in blocks for item in elements(block)]
