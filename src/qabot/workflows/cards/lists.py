"""Long lists: what a chat shows of one, and the whole of it as a table for a chat that has tables."""

from collections.abc import Sequence

from qabot.messaging.card import Block, Heading, Paragraph, Row, Run, Table, Text, text
from qabot.messaging.files import FEW

SINCE = "Since then"
"""The column that says what became of a row."""
MOST_IN_TABLE = 200
"""Rows that a table of a chat takes at most; a longer list is not drawn whole."""
GROUP = "Service"
"""The column of the headings under which rows are put together (`by`, in a message file)."""


def cut(blocks: list[Block], page: str | None, total: int = 0) -> list[Block]:
    """The first lines, and a link to the `page` with all of them: the same words in a chat and in the web inbox.

    Of a list of `total` lines the first may be all that `blocks` has.
    """
    rows = [number for number, block in enumerate(blocks) if isinstance(block, Row)]
    total = max(total, len(rows))
    if total <= FEW:
        return blocks
    link = (Run(" "), Run(f"See all {total}", href=page)) if page else ()
    more = Paragraph((Run(f"And {total - FEW} more."), *link))
    return [*blocks[: rows[FEW - 1] + 1], more, *blocks[rows[-1] + 1 :]]


def long_list(caption: str, blocks: Sequence[Block], shown: Sequence[Block]) -> Table | None:
    """The whole of a list of which only some is `shown`; None if all is, or if its rows have no columns.

    Where the table is drawn, what has something to press stays beside it, because a table has no buttons.
    """
    rows = [block for block in blocks if isinstance(block, Row)]
    if len(rows) <= FEW or not all(row.cells for row in rows):
        return None
    groups = _groups(blocks)
    labels = list(dict.fromkeys(label for row in rows for label, _ in row.cells))
    # The link to the page stays where something that is not shown has a button.
    cut_off = any(_has_press(row) for row in rows[FEW:])
    more = set() if cut_off else {id(block) for block in shown} - {id(block) for block in blocks}
    more |= {id(heading) for heading in groups.values()}
    instead = [each for each in shown if id(each) in more or (isinstance(each, Row) and not _has_press(each))]
    cells = [_cells(row, labels) for row in rows]
    if groups:
        labels.append(GROUP)
        cells = [(*each, text(groups[id(row)].text)) for row, each in zip(rows, cells, strict=True)]
    return Table(caption, tuple(labels), tuple(cells), tuple(instead))


def _cells(row: Row, labels: Sequence[str]) -> tuple[Text, ...]:
    """A row's values; the first is the link that the row's button is, if it is one."""
    given = dict(row.cells)
    first, *rest = (given.get(label, ()) for label in labels)
    link = next((button.url for button in row.buttons if button.url is not None), None)
    if link is not None:
        first = tuple(Run(run.text, run.bold, run.italic, run.href or link) for run in first)
    return (first, *rest)


def _has_press(row: Row) -> bool:
    return any(button.url is None for button in row.buttons)


def _groups(blocks: Sequence[Block]) -> dict[int, Heading]:
    """The heading under which each row stands, by the row's id; nothing where they stand under none of their own."""
    groups: dict[int, Heading] = {}
    heading: Heading | None = None
    for block in blocks:
        if isinstance(block, Heading):
            heading = block
        elif isinstance(block, Row) and heading is not None:
            groups[id(block)] = heading
    rows = [block for block in blocks if isinstance(block, Row)]
    return groups if len(groups) == len(rows) and isinstance(blocks[blocks.index(rows[0]) - 1], Heading) else {}
