"""Which numbers of a row of grades may be shown, so that none of fewer than five can be worked out. Pure.

Which rows there are is `disclosure`'s to say: a row has five pieces of work or more. Within it a grade that one to four
have is a small number too: of six reviews in a service, the one that was RED names whose it was. So, in one table:

1. A number of one to four is hidden. None at all (0) is no secret.
2. In a row whose sum is shown, what is hidden is at least two numbers that make five or more together: else the next
   smallest is hidden too. The grades that raise an alert come last, because how many there were of them other tables
   say as well.
3. So it is in a column, of the groups beside the whole.
4. Of a quarter or a year a grade is shown where it does not give away what one of its months or quarters hides.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from qabot.planning.disclosure import may_be_shown
from qabot.planning.suppression import FLOOR

Row = Mapping[str, int]
Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of a scale, each counted once for each piece of work; `last` are hidden last for others' sake."""

    names: tuple[str, ...]
    last: frozenset[str] = frozenset()


def hidden_cells(
    grades: Grades, whole: Row, groups: Mapping[str, Row], away: Collection[str], given_away: Collection[Cell]
) -> dict[str, frozenset[str]]:
    """Which grades are hidden in which row ("" is the whole). `away` are the groups that have no row.

    `given_away`: what is hidden besides, because of the periods of which this one is made.
    """
    rows = {"": whole, **groups}
    hidden: set[Cell] = {(name, each) for name, row in rows.items() for each in grades.names if _is_small(row, each)}
    hidden |= {*given_away} | {(name, each) for name in away for each in grades.names}
    while more := (
        _of_rows(grades, rows, hidden, away)
        or _of_columns(grades, groups, hidden)
        or _of_all(grades, rows, hidden, away)
    ):
        hidden |= more
    return {name: frozenset(each for group, each in hidden if group == name) for name in rows}


def _is_small(row: Row, grade: str) -> bool:
    return not may_be_shown(row.get(grade, 0))


def _is_safe(numbers: Collection[int]) -> bool:
    """Whether numbers whose sum is known are hidden from each other."""
    return not numbers or (len(numbers) > 1 and sum(numbers) >= FLOOR)


def _of_rows(grades: Grades, rows: Mapping[str, Row], hidden: Collection[Cell], away: Collection[str]) -> set[Cell]:
    """What is to be hidden so that no row's sum gives a number away."""
    more: set[Cell] = set()
    for name, row in rows.items():
        numbers = [row.get(each, 0) for each in grades.names if (name, each) in hidden]
        if name in away or _is_safe(numbers):
            continue
        shown = [each for each in grades.names if (name, each) not in hidden]
        shown.sort(key=lambda each: _order(grades, row, each))
        more |= {(name, each) for each in shown[:1]}
    return more


def _order(grades: Grades, row: Row, grade: str) -> tuple[bool, bool, int]:
    """Which is hidden first for others' sake: one with a number if there is any, because none at all hides nothing."""
    return not row.get(grade, 0), grade in grades.last, row.get(grade, 0)


def _of_columns(grades: Grades, groups: Mapping[str, Row], hidden: Collection[Cell]) -> set[Cell]:
    """What is to be hidden so that no grade's whole gives a group's number away."""
    more: set[Cell] = set()
    for each in grades.names:
        numbers = [row.get(each, 0) for name, row in groups.items() if (name, each) in hidden]
        if ("", each) in hidden or _is_safe([number for number in numbers if number]):
            continue
        shown = [name for name, row in groups.items() if (name, each) not in hidden and row.get(each, 0)]
        more |= {(name, each) for name in sorted(shown, key=lambda name: (groups[name][each], name))[:1]}
    return more


def _of_all(grades: Grades, rows: Mapping[str, Row], hidden: Collection[Cell], away: Collection[str]) -> set[Cell]:
    """What is to be hidden so that no small number follows from all rows and columns together.

    Rows and columns are points, and each hidden number is a line between its two. The sums of all points are known:
    those of rows stand beside them, and a column of the groups comes to the whole's number, which is one of its lines.
    So a number follows if, and only if, its line is the only way between its ends.
    """
    for name, each in sorted(hidden):
        if name in away or not _is_small(rows[name], each) or not _is_only_way(hidden, away, (name, each)):
            continue
        beside = [(name, other) for other in grades.names] + [(other, each) for other in rows if other not in away]
        offered = sorted(
            (cell for cell in beside if cell not in hidden), key=lambda cell: _order(grades, rows[cell[0]], cell[1])
        )
        closes = [cell for cell in offered if not _is_only_way({*hidden, cell}, away, (name, each))]
        if offered:
            return {(closes or offered)[0]}
    return set()


def _is_only_way(hidden: Collection[Cell], away: Collection[str], cell: Cell) -> bool:
    """Whether nothing else joins a row and a column. Rows that are away are one point: their sum alone is known."""
    lines = [("" if name in away else f"row {name}", f"column {each}") for name, each in hidden if (name, each) != cell]
    reached, grown = {f"row {cell[0]}"}, True
    while grown:
        more = {point for line in lines if not reached.isdisjoint(line) for point in line} - reached
        reached, grown = reached | more, bool(more)
    return f"column {cell[1]}" not in reached
