"""Which numbers of a row of grades may be shown, so that no group's number of fewer than five can be worked out. Pure.

Which rows there are is `disclosure`'s to say: a row has five pieces of work or more. Of all the council's work each
grade stands as it is: how much of it is good, and how much is not, is what a council answers for, and names nobody.
In a group a grade that one to four have is a small number: of six pieces of work in a service the one with the lowest
names whose it was. So, in one table:

1. A group's number of one to four is hidden. None at all (0) is no secret.
2. In a row what is hidden is at least two numbers that make five or more together, because its sum is shown: else the
   next smallest is hidden too. The grades that raise an alert come last, because other tables say how many there were.
3. So it is in a column, because the whole stands beside it.
4. Of a year a grade is shown where it does not give away what one of its quarters hides.
5. Where a number would follow all the same, no group has any.
6. Of first grades beside second ones another table says how many agreed, and how many were higher and lower: three more
   sums of the same numbers, of which 2 and 5 hold too. Where not even that helps, no group has a row.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from fractions import Fraction

from qabot.planning.disclosure import may_be_shown
from qabot.planning.suppression import FLOOR

Row = Mapping[str, int]
Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of a scale, each counted once for each piece of work; `last` are hidden last for others' sake.

    `sums` are the numbers, by group and grade, of which another table says how many they are together.
    """

    names: tuple[str, ...]
    last: frozenset[str] = frozenset()
    sums: tuple[frozenset[Cell], ...] = ()


def hidden_cells(
    grades: Grades, groups: Mapping[str, Row], away: Collection[str], given_away: Collection[Cell]
) -> dict[str, Set[str]] | None:
    """Which grades are hidden in which group; None where no group may have a row. `away` are those that have none.

    `given_away`: what is hidden besides, because of the periods of which this one is made.
    """
    if len(groups) < 2:
        return {}  # it is the whole
    table = _Table(grades, groups, away)
    every = {(name, each) for name in groups for each in grades.names}
    secret = {cell for cell in every if not may_be_shown(table.number(cell))} | {*given_away}
    hidden = table.hide(secret)
    if not table.keeps(secret, hidden):
        hidden = every
        if grades.sums and not table.keeps(secret, hidden):
            return None
    return {name: frozenset(each for group, each in hidden if group == name) for name in groups}


def is_safe(numbers: Collection[int]) -> bool:
    """Whether numbers whose sum is known are hidden from each other."""
    return not numbers or (len(numbers) > 1 and sum(numbers) >= FLOOR)


@dataclass(frozen=True, slots=True)
class _Table:
    """The numbers of all groups, beside the whole."""

    grades: Grades
    rows: Mapping[str, Row]
    away: Collection[str]

    def hide(self, secret: Collection[Cell]) -> set[Cell]:
        """These, and what must be hidden with them."""
        hidden = {*secret} | {(name, each) for name in self.away for each in self.grades.names}
        while more := (
            self._of_rows(hidden) or self._of_columns(hidden) or self._of_sums(hidden) or self._of_all(secret, hidden)
        ):
            hidden |= more
        return hidden

    def keeps(self, secret: Collection[Cell], hidden: Collection[Cell]) -> bool:
        """Whether none of these follows from what is shown."""
        return not any(self._follows(hidden, each) for each in secret if each[0] not in self.away)

    def number(self, cell: Cell) -> int:
        """How many."""
        return self.rows[cell[0]].get(cell[1], 0)

    def _of_rows(self, hidden: Collection[Cell]) -> set[Cell]:
        """What is to be hidden so that no row's sum gives a number away."""
        more: set[Cell] = set()
        for name in self.rows:
            cells = [(name, each) for each in self.grades.names]
            if name not in self.away and not is_safe([self.number(each) for each in cells if each in hidden]):
                more |= {*sorted((each for each in cells if each not in hidden), key=self._order)[:1]}
        return more

    def _of_columns(self, hidden: Collection[Cell]) -> set[Cell]:
        """What is to be hidden so that no grade's whole gives a group's number away."""
        more: set[Cell] = set()
        for each in self.grades.names:
            cells = [(name, each) for name in self.rows if self.number((name, each))]
            if not is_safe([self.number(cell) for cell in cells if cell in hidden]):
                shown = [cell for cell in cells if cell not in hidden]
                more |= {*sorted(shown, key=lambda cell: (self.number(cell), cell))[:1]}
        return more

    def _of_sums(self, hidden: Collection[Cell]) -> set[Cell]:
        """What is to be hidden so that no sum of another table gives a number away."""
        more: set[Cell] = set()
        for each in self.grades.sums:
            cells = [cell for cell in each if cell[0] in self.rows and self.number(cell)]
            if not is_safe([self.number(cell) for cell in cells if cell in hidden]):
                shown = [cell for cell in cells if cell not in hidden]
                more |= {*sorted(shown, key=lambda cell: (self._order(cell), cell))[:1]}
        return more

    def _of_all(self, secret: Collection[Cell], hidden: Collection[Cell]) -> set[Cell]:
        """What is to be hidden so that nothing secret follows from all rows and columns together.

        Rows and columns are points, whose sums are known, and each hidden number is a line between its two. So a number
        follows if, and only if, its line is the only way between its ends.
        """
        for cell in sorted(secret):
            if cell[0] in self.away or not self._follows(hidden, cell):
                continue
            beside = [(cell[0], each) for each in self.grades.names]
            beside += [(other, cell[1]) for other in self.rows if other not in self.away]
            if self.grades.sums:  # which lead from any number to any other
                beside = [(other, each) for other in self.rows if other not in self.away for each in self.grades.names]
            offered = sorted((each for each in beside if each not in hidden), key=self._order)
            closes = [each for each in offered if not self._follows({*hidden, each}, cell)]
            if offered:
                return {(closes or offered)[0]}
        return set()

    def _order(self, cell: Cell) -> tuple[bool, bool, int]:
        """Which is hidden first for others' sake: one with a number if there is any: none at all hides nothing."""
        return not self.number(cell), cell[1] in self.grades.last, self.number(cell)

    def _follows(self, hidden: Collection[Cell], cell: Cell) -> bool:
        """Whether a hidden number follows from all sums that are known."""
        return self._is_a_sum(hidden, cell) if self.grades.sums else self._is_only_way(hidden, cell)

    def _is_a_sum(self, hidden: Collection[Cell], cell: Cell) -> bool:
        """Whether it is a sum of known sums: those of rows, of columns and of another table. These have no graph."""
        sums = [{(name, each) for each in self.grades.names} for name in self.rows if name not in self.away]
        sums += [{(name, each) for name in self.rows} for each in self.grades.names]
        known = [{each for each in of if each in hidden} for of in (*sums, *self.grades.sums)]
        # Whatever adds up to none is none, each of it.
        none = {each for of in known if not sum(map(self.number, of)) for each in of}
        unknown = sorted(set(hidden) - none)
        return _is_in({*unknown} & {cell}, [of - none for of in known], unknown)

    def _is_only_way(self, hidden: Collection[Cell], cell: Cell) -> bool:
        """Whether nothing else joins a row and a column. Rows that are away are one point: their sum alone is known."""
        ways: dict[str, set[str]] = defaultdict(set)
        for each in hidden:
            if each != cell:
                one, other = self._point(each[0]), f"column {each[1]}"
                ways[one].add(other)
                ways[other].add(one)
        waiting = [self._point(cell[0])]
        reached = {*waiting}
        while waiting:
            more = ways[waiting.pop()] - reached
            reached |= more
            waiting += more
        return f"column {cell[1]}" not in reached

    def _point(self, name: str) -> str:
        return "away" if name in self.away else f"row {name}"


def _is_in(pieces: Collection[Cell], sums: Collection[Collection[Cell]], cells: Collection[Cell]) -> bool:
    """Whether a sum of numbers, each of `cells` or none, follows from others, by elimination."""
    goal, *rows = [[Fraction(cell in each) for cell in cells] for each in (pieces, *sums)]
    for at in range(len(goal)):
        pivot = next((row for row in rows if row[at]), None)
        if pivot is None:
            if goal[at]:
                return False
            continue
        rows.remove(pivot)
        rows = [_without(row, pivot, at) for row in rows]
        goal = _without(goal, pivot, at)
    return True


def _without(row: list[Fraction], pivot: list[Fraction], at: int) -> list[Fraction]:
    factor = row[at] / pivot[at]
    return [each - factor * other for each, other in zip(row, pivot, strict=True)] if factor else row
