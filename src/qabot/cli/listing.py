"""A long table on the screen or in a file: a year of a council has a hundred thousand lines."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

BETWEEN = "  "
AT_ONCE = 1000
"""How many rows are written at once."""
NARROWEST = 8
"""Letters of a column on the narrowest screen."""


def print_listing(
    console: Console, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], whole: Collection[str] = ()
) -> None:
    """Print rows of as many cells as there are headings, each folded into its column; a cell may have several lines.

    `whole`: the headings of columns that are never folded. A cell that comes again is folded once: 21,000 rows take 0.9
    seconds in place of 15 (rich's own table folds and measures each).
    """
    widths = _widths(console.width, headings, rows, whole)

    @cache
    def fold(cell: str, width: int) -> tuple[str, ...]:
        lines = Text(cell).wrap(console, width, overflow="fold")
        return tuple(set_cell_size(line.plain, width) for line in lines)

    def lines(row: Sequence[str]) -> Iterator[str]:
        cells = [fold(cell, width) for cell, width in zip(row, widths, strict=True)]
        for at in range(max(map(len, cells))):
            parts = (cell[at] if at < len(cell) else " " * width for cell, width in zip(cells, widths, strict=True))
            yield BETWEEN.join(parts).rstrip()

    rule = ["-" * width for width in widths]
    _write(console, [title, *lines(headings), *lines(rule)])
    for at in range(0, len(rows), AT_ONCE):
        _write(console, [line for row in rows[at : at + AT_ONCE] for line in lines(row)])


def _write(console: Console, lines: Sequence[str]) -> None:
    console.out("\n".join(lines), highlight=False)


def _widths(
    room: int, headings: Sequence[str], rows: Sequence[Sequence[str]], whole: Collection[str]
) -> tuple[int, ...]:
    """Columns as wide as their cells; where there is no room for that, the widest are folded to one width."""
    longest = [
        max(cell_len(line) for cell in {heading, *column} for line in cell.split("\n"))
        for heading, column in zip(headings, zip(*rows, strict=True) if rows else [()] * len(headings), strict=True)
    ]
    free = room - len(BETWEEN) * (len(headings) - 1)
    widths, left = dict[int, int](), len(headings)
    # The narrowest first: what it leaves of its share is for the others.
    for number in sorted(range(len(headings)), key=lambda each: (headings[each] not in whole, longest[each])):
        share = longest[number] if headings[number] in whole else max(NARROWEST, free // left)
        widths[number] = min(longest[number], share)
        free, left = free - widths[number], left - 1
    return tuple(widths[number] for number in range(len(headings)))
