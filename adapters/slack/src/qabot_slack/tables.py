"""Long lists as Slack's data tables: sorted, filtered and turned page by page by whoever reads them.

Slack's limits: 2 to 201 rows with the header, 1 to 20 columns, 20,000 characters in all cells of a message. What does
not fit is drawn as it is where there are no tables.
"""

from collections.abc import Mapping

from qabot.messaging.card import Card, Table, Text, plain
from qabot.messaging.letters import cut, units
from qabot_slack import blocks
from qabot_slack.elements import Json

MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS = 201, 20, 20_000
PAGE = 10
"""Rows of a page; whoever reads can turn it."""
CELL, CAPTION = 300, 150
EMPTY = "-"
"""A cell with nothing in it would be refused."""


def message(card: Card, pictures: Mapping[int, list[Json]] = blocks.NOTHING) -> Json | None:
    """The message with its long lists as tables; None if it has none, or one that is too long for a table."""
    tables = [(table, drawn(table)) for table in card.tables if table.instead]
    if not tables or not all(fits(table) for _, table in tables):
        return None
    if sum(characters(table) for _, table in tables) > MOST_CHARACTERS:
        return None
    given: dict[int, list[Json]] = dict(pictures)
    for table, block in tables:
        given |= {id(each): [] for each in table.instead}
        given[id(table.instead[-1])] = [block]
    shown = [block for _, block in tables]
    # Slack counts what stands in tables by itself.
    room = blocks.Room(blocks.MESSAGE.blocks, blocks.MESSAGE.characters + blocks.size(shown))
    return {"text": blocks.sentence(card), "blocks": blocks.blocks(card, room, given)}


def drawn(table: Table) -> Json:
    """One table. Its first column names each row for screen readers."""
    header: list[Json] = [_raw(label) for label in table.columns]
    return {
        "type": "data_table",
        "caption": cut(table.caption.strip() or "A list", CAPTION),
        "page_size": PAGE,
        "rows": [header, *([_cell(value) for value in row] for row in table.rows)],
    }


def fits(table: Json) -> bool:
    """Whether Slack takes as many rows and columns."""
    return 2 <= len(table["rows"]) <= MOST_ROWS and 1 <= len(table["rows"][0]) <= MOST_COLUMNS


def characters(table: Json) -> int:
    """Characters of all its cells."""
    return sum(units(words(cell)) for row in table["rows"] for cell in row)


def words(cell: Json) -> str:
    """What stands in a cell."""
    if cell["type"] == "raw_text":
        return str(cell["text"])
    return "".join(str(each["text"]) for part in cell["elements"] for each in part["elements"])


def _cell(value: Text) -> Json:
    """Plain, so that nothing that somebody wrote can be a mention; a link where the value is one."""
    said = " ".join(plain(value).split())
    link = next((run.href for run in value if run.href), None)
    if link is None or not said:
        return _raw(said)
    element: Json = {"type": "link", "url": link, "text": cut(said, CELL)}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}


def _raw(said: str) -> Json:
    return {"type": "raw_text", "text": cut(said, CELL) or EMPTY}
