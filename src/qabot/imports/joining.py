"""Rows of one thing made one, for files that have a row for each post or each allocation."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from qabot.imports.sheet import Cell, Record

LISTS = {"roles", "involved"}


def join_people(records: Sequence[Record]) -> list[Record]:
    """Several posts of one person: the first that says something counts, and roles add up."""
    return _joined(records, lambda record: record.text("email").casefold(), _first)


def join_cases(records: Sequence[Record]) -> list[Record]:
    """Several allocations of one case: whoever does not work on it now, or is one of several, has been involved."""
    return _joined(records, lambda record: record.text("reference"), _allocated)


def _joined(
    records: Sequence[Record], key: Callable[[Record], str], join: Callable[[Record, Record], Record]
) -> list[Record]:
    made: dict[object, Record] = {}
    for number, record in enumerate(records):
        # What has no key is no other row's, and is told of as a row of its own.
        name = key(record) or number
        made[name] = join(made[name], record) if name in made else record
    return list(made.values())


def _first(one: Record, other: Record) -> Record:
    cells = dict(one.cells)
    for name, cell in other.cells.items():
        before = cells.get(name)
        if before is None or not before.text:
            cells[name] = cell
        elif name in LISTS and cell.text:
            cells[name] = Cell("; ".join(dict.fromkeys([before.text, cell.text])), before.line, before.column)
    return replace(one, cells=cells)


def _allocated(one: Record, other: Record) -> Record:
    """Of a worker now and an ended allocation the team is that of the worker now."""
    if one.text("involved") and not one.text("practitioner") and other.text("practitioner"):
        one, other = other, one
    second = other.text("practitioner")
    joined = _first(one, other)
    if not second or second == joined.text("practitioner"):
        return joined
    cell = joined.cells.get("involved") or Cell("", one.line, 1)
    involved = Cell("; ".join(filter(None, [cell.text, second])), cell.line, cell.column)
    return replace(joined, cells={**joined.cells, "involved": involved})
