"""Which numbers of a row of grades may be shown, so that none of fewer than five can be worked out. Pure.

Which rows there are is `disclosure`'s to say: a row has five pieces of work or more. Within it a grade that one to four
have is a small number too: of six pieces of work in a service the one with the lowest names whose it was. So, in one
table:

1. A number of one to four is hidden. None at all (0) is no secret.
2. In a row whose sum is shown, what is hidden is at least two numbers that make five or more together: else the next
   smallest is hidden too. The grades that raise an alert come last, because how many there were of them other tables
   say as well.
3. So it is in a column, of the groups beside the whole.
4. How much of all is well done is what a council compares itself by, so that share stands wherever it can: the better
   grades of the whole, and the others, are two rows whose sums are shown. Where what is hidden would follow from that,
   they are one row, and the share is hidden.
5. Of a quarter or a year a grade is shown where it does not give away what one of its months or quarters hides.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field

from qabot.planning.disclosure import may_be_shown
from qabot.planning.suppression import FLOOR

Row = Mapping[str, int]
Cell = tuple[str, str]


WHOLE = ""
"""The row of all groups."""


@dataclass(frozen=True, slots=True)
class Grades:
    """The grades of a scale, each counted once for each piece of work.

    `last` are hidden last for others' sake, and of `better` the share among all is shown if it can be.
    """

    names: tuple[str, ...]
    last: frozenset[str] = frozenset()
    better: frozenset[str] = frozenset()

    def sides(self) -> tuple[tuple[str, ...], ...]:
        """The better grades, and the others; one side where there is no share."""
        better, others = ([each for each in self.names if (each in self.better) == side] for side in (True, False))
        return tuple(tuple(each) for each in (better, others) if each)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is hidden: grades by row, and whether the whole's share of the better ones is shown all the same."""

    grades: Mapping[str, Set[str]] = field(default_factory=dict)
    share_shown: bool = False


def hidden_cells(
    grades: Grades,
    whole: Row,
    groups: Mapping[str, Row],
    away: Collection[str],
    given_away: Collection[Cell],
    *,
    share: bool = True,
) -> Hidden:
    """Which grades are hidden in which row. `away` are the groups that have no row.

    `given_away`: what is hidden besides, because of the periods of which this one is made. `share`: whether these let
    the share of the better ones among all be shown.
    """
    kept = _of_whole(grades, whole, {cell for cell in given_away if cell[0] == WHOLE}, share=share)
    table = _Table(grades, {WHOLE: whole, **groups}, away, kept.sides)
    secret = {*given_away, *kept.hidden} | table.small()
    hidden = table.hide(secret)
    if not table.keeps(secret, hidden):
        hidden |= {(name, each) for name in groups for each in grades.names}
    return Hidden(
        {name: frozenset(each for group, each in hidden if group == name) for name in table.rows},
        share_shown=kept.sides != (grades.names,),
    )


@dataclass(frozen=True, slots=True)
class _Whole:
    """What is hidden of the whole, by whatever groups it is told, and of which sides of it the sum is shown."""

    hidden: Set[Cell]
    sides: Sequence[Sequence[str]]


def _of_whole(grades: Grades, whole: Row, given_away: Set[Cell], *, share: bool) -> _Whole:
    sides = grades.sides()
    if share and len(sides) > 1 and all(may_be_shown(sum(whole.get(each, 0) for each in side)) for side in sides):
        table = _Table(grades, {WHOLE: whole}, (), sides)
        hidden = table.hide_in_rows(given_away | table.small())
        if table.is_safe(hidden):
            return _Whole(hidden, sides)
    table = _Table(grades, {WHOLE: whole}, (), (grades.names,))
    return _Whole(table.hide_in_rows(given_away | table.small()), (grades.names,))


def _is_safe(numbers: Collection[int]) -> bool:
    """Whether numbers whose sum is known are hidden from each other."""
    return not numbers or (len(numbers) > 1 and sum(numbers) >= FLOOR)


@dataclass(frozen=True, slots=True)
class _Table:
    """The numbers of all rows; of the whole the sum of each of `sides` is known."""

    grades: Grades
    rows: Mapping[str, Row]
    away: Collection[str]
    sides: Sequence[Sequence[str]]

    def small(self) -> set[Cell]:
        """The numbers of one to four."""
        every = ((name, each) for name in self.rows for each in self.grades.names)
        return {cell for cell in every if not may_be_shown(self._number(cell))}

    def hide(self, secret: Collection[Cell]) -> set[Cell]:
        """These, and what must be hidden with them."""
        hidden = {*secret} | {(name, each) for name in self.away for each in self.grades.names}
        while more := self._of_rows(hidden) or self._of_columns(hidden) or self._of_all(secret, hidden):
            hidden |= more
        return hidden

    def hide_in_rows(self, secret: Collection[Cell]) -> set[Cell]:
        """These, and what must be hidden with them because of the sums of their rows alone."""
        hidden = {*secret}
        while more := self._of_rows(hidden):
            hidden |= more
        return hidden

    def is_safe(self, hidden: Collection[Cell]) -> bool:
        """Whether no sum of a row gives away what is hidden in it."""
        return all(_is_safe([self._number(each) for each in hidden if each in self._beside(one)]) for one in hidden)

    def keeps(self, secret: Collection[Cell], hidden: Collection[Cell]) -> bool:
        """Whether none of these follows from what is shown."""
        return not any(self._is_only_way(hidden, each) for each in secret if each[0] not in self.away)

    def _beside(self, cell: Cell) -> list[Cell]:
        """The numbers of its row, whose sum with this one is known."""
        name, grade = cell
        side = next(each for each in self.sides if grade in each) if name == WHOLE else self.grades.names
        return [(name, each) for each in side]

    def _of_rows(self, hidden: Collection[Cell]) -> set[Cell]:
        """What is to be hidden so that no row's sum gives a number away."""
        more: set[Cell] = set()
        for name in self.rows:
            for side in self.sides if name == WHOLE else (self.grades.names,):
                numbers = [self._number((name, each)) for each in side if (name, each) in hidden]
                if name in self.away or _is_safe(numbers):
                    continue
                shown = [(name, each) for each in side if (name, each) not in hidden]
                more |= {*sorted(shown, key=self._order)[:1]}
        return more

    def _of_columns(self, hidden: Collection[Cell]) -> set[Cell]:
        """What is to be hidden so that no grade's whole gives a group's number away."""
        more: set[Cell] = set()
        groups = [name for name in self.rows if name != WHOLE]
        for each in self.grades.names:
            numbers = [self._number((name, each)) for name in groups if (name, each) in hidden]
            if (WHOLE, each) in hidden or _is_safe([number for number in numbers if number]):
                continue
            shown = [(name, each) for name in groups if (name, each) not in hidden and self._number((name, each))]
            more |= {*sorted(shown, key=lambda cell: (self._number(cell), cell))[:1]}
        return more

    def _of_all(self, secret: Collection[Cell], hidden: Collection[Cell]) -> set[Cell]:
        """What is to be hidden so that nothing secret follows from all rows and columns together.

        Rows and columns are points, and each hidden number is a line between its two. The sums of all points are known:
        those of rows stand beside them, and a column of the groups comes to the whole's number, which is one of its
        lines. So a number follows if, and only if, its line is the only way between its ends.
        """
        for cell in sorted(secret):
            if cell[0] in self.away or not self._is_only_way(hidden, cell):
                continue
            beside = self._beside(cell) + [(other, cell[1]) for other in self.rows if other not in self.away]
            # What is hidden of the whole is the same beside services as beside activities.
            beside = [each for each in beside if each[0] != WHOLE]
            offered = sorted((each for each in beside if each not in hidden), key=self._order)
            closes = [each for each in offered if not self._is_only_way({*hidden, each}, cell)]
            if offered:
                return {(closes or offered)[0]}
        return set()

    def _number(self, cell: Cell) -> int:
        return self.rows[cell[0]].get(cell[1], 0)

    def _order(self, cell: Cell) -> tuple[bool, bool, int]:
        """Which is hidden first for others' sake: one with a number if there is any: none at all hides nothing."""
        number = self._number(cell)
        return not number, cell[1] in self.grades.last, number

    def _is_only_way(self, hidden: Collection[Cell], cell: Cell) -> bool:
        """Whether nothing else joins a row and a column. Rows that are away are one point: their sum alone is known."""
        lines = [(self._point(each), f"column {each[1]}") for each in hidden if each != cell]
        reached, grown = {self._point(cell)}, True
        while grown:
            more = {point for line in lines if not reached.isdisjoint(line) for point in line} - reached
            reached, grown = reached | more, bool(more)
        return f"column {cell[1]}" not in reached

    def _point(self, cell: Cell) -> str:
        name, grade = cell
        if name == WHOLE:
            return f"whole {next(at for at, each in enumerate(self.sides) if grade in each)}"
        return "away" if name in self.away else f"row {name}"
