"""Figures about the programme: rows in, tables out. Pure.

A measure says what is counted, in which columns, and which one number of it is compared with before. What may not be
shown is left out here (`disclosure`), so that no page, file or report can show it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from qabot.framework.calendar import Calendar, at_local, local_day
from qabot.planning.disclosure import groups_shown, stock_shown, whole_shown
from qabot.planning.grade_cells import Grades, hidden_cells, is_safe
from qabot.planning.percentages import percentage
from qabot.planning.periods import FINANCIAL, MONTH, YEAR, Period
from qabot.planning.suppression import FLOOR

WHOLE = ""
"""The row of all."""
AT_MOST = "low-grades"
"""Of what the council wants as few as can be: its target is the most that there should be."""
SHARE, MEDIAN, COUNT = "share", "median", "count"
SERVICE, ACTIVITY, GRADE = "service", "activity", "grade"
UNKNOWN = {SERVICE: "No service", ACTIVITY: "Other", GRADE: "No grade"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is counted: on which day, in which groups, in which columns, and what was measured of it."""

    on: date
    groups: Mapping[str, str] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    measured: float | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted. `columns` are pairs of a mark and its words.

    `headline` is the number that is compared: of a SHARE, how many in a hundred have one of the marks `of`; the MEDIAN
    of what was measured, in `unit`; or the COUNT. Of a `stock` there is what there is on a period's last day. `by` are
    the groups that it has rows for. Where each thing has one of `grades`, a small number of one is hidden too.
    """

    key: str
    title: str
    base: str
    columns: tuple[tuple[str, str], ...]
    headline: str
    kind: str = SHARE
    of: frozenset[str] = frozenset()
    unit: str = "%"
    stock: bool = False
    by: tuple[str, ...] = (SERVICE, ACTIVITY)
    method: str = ""
    grades: Grades | None = None


Counted = tuple[int | None, ...]
"""How many of each column; of what is hidden None."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: for each period compared how many there were, those of each column, and the headline.

    What is hidden is None: a whole row, or of grades some of its columns. So is a headline where there is nothing to
    tell, or that would give away what is hidden.
    """

    name: str
    sizes: tuple[int | None, ...]
    counts: tuple[Counted | None, ...]
    headlines: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's table for one kind of group: the whole first, then each group by name.

    `periods` are the titles of the periods compared, the one it is about first.
    """

    key: str
    title: str
    by: str
    base: str
    columns: tuple[str, ...]
    headline: str
    unit: str
    periods: tuple[str, ...]
    lines: tuple[Line, ...]
    method: str = ""
    kind: str = SHARE
    target: int | None = None
    """How many in a hundred a council aims at: at least, or of what is better the fewer, at most."""
    exact: float | None = None
    """The share of the whole as it is, of which the headline is the next whole number; None where it is hidden."""

    @property
    def at_most(self) -> bool:
        """Whether the target is the most that there should be."""
        return self.key.startswith(AT_MOST)

    @property
    def headline_with_unit(self) -> str:
        """The words of the number that is compared, as the heading of a column."""
        return f"{self.headline} ({self.unit.strip()})" if self.unit else self.headline

    @property
    def is_one_number(self) -> bool:
        """Whether what is counted is also what is compared, so that a table needs it once."""
        return self.kind == COUNT and self.base == self.headline

    @property
    def whole(self) -> Line:
        """The row of all."""
        return self.lines[0]

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to count in any of its periods: what is hidden is something."""
        return not any(size is None or size for size in self.whole.sizes)

    def as_data(self) -> dict[str, Any]:
        """What is kept of an issued report: texts, numbers and lists."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "lines"} | {
            "lines": [[each.name, each.sizes, each.counts, each.headlines] for each in self.lines]
        }

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Figure":
        """The same from what was kept."""
        lines = tuple(
            Line(name, tuple(sizes), tuple(each and tuple(each) for each in counts), tuple(headlines))
            for name, sizes, counts, headlines in data["lines"]
        )
        kept = {name: value for name, value in data.items() if name in cls.__dataclass_fields__}
        return cls(**kept | {name: tuple(data[name]) for name in ("columns", "periods")} | {"lines": lines})


def aimed(figures_made: Iterable[Figure], targets: Mapping[str, int]) -> list[Figure]:
    """The same with the council's targets, by the names of their measures."""
    return [
        replace(each, target=next((many for name, many in targets.items() if _is_of(each, name)), None))
        for each in figures_made
    ]


def _is_of(figure: Figure, name: str) -> bool:
    return figure.kind == SHARE and (figure.key == name or figure.key.startswith(f"{name}-"))


def compared(period: Period) -> tuple[Period, ...]:
    """A period, the one before, and the same a year ago; of a year these two are one."""
    if period.kind in (YEAR, FINANCIAL):
        return period, period.before
    return period, period.before, period.year_ago


def figures(measure: Measure, items: Iterable[Item], period: Period, today: date) -> list[Figure]:
    """The measure's tables for a period: by each of its groups. A period that has not ended has the whole alone."""
    kept = list(items)
    return [_figure(measure, kept, period, by, today) for by in measure.by]


def _figure(measure: Measure, items: Sequence[Item], period: Period, by: str, today: date) -> Figure:
    table = _Table(measure, items, by, today)
    periods = compared(period)
    shown = [table.shown(each, ended=each.ends < today) for each in periods]
    cells = [table.hidden(each, rows) for each, rows in zip(periods, shown, strict=True)]
    shown = [rows if of is not None else {WHOLE} for rows, of in zip(shown, cells, strict=True)]
    hidden = [of or {} for of in cells]
    # Where the whole is hidden, the names of groups would tell where its few were, and another table has their number.
    listed = period.kind != MONTH and period.ends < today and WHOLE in shown[0]
    names = [WHOLE, *sorted(table.names(period))] if listed else [WHOLE]
    lines = tuple(table.line(name, periods, shown, hidden) for name in names)
    return Figure(
        key=measure.key,
        title=measure.title,
        by=by,
        base=measure.base,
        columns=tuple(words for _, words in measure.columns),
        headline=measure.headline,
        unit=measure.unit if measure.kind != COUNT else "",
        periods=tuple(each.title for each in periods),
        lines=lines,
        method=measure.method,
        kind=measure.kind,
        exact=table.exact(period, lines[0]),
    )


class _Table:
    """The items of a measure by month and group."""

    def __init__(self, measure: Measure, items: Sequence[Item], by: str, today: date) -> None:
        self.measure, self.today = measure, today
        self.months: dict[date, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
        for each in items:
            group = each.groups.get(by) or UNKNOWN.get(by, "")
            self.months[each.on.replace(day=1)][group].append(each)

    def items(self, period: Period, name: str = WHOLE) -> list[Item]:
        """Those of a period; of a stock those of its last month that has begun."""
        return [
            each
            for groups in self._groups(period)
            for of in (groups.values() if name == WHOLE else (groups.get(name, ()),))
            for each in of
        ]

    def _groups(self, period: Period) -> Iterator[Mapping[str, list[Item]]]:
        months = list(period.months())
        if self.measure.stock:
            # Of what is not over the last month may be still to come, and would say that nothing is open.
            months = [month for month in months if month.starts <= self.today][-1:]
        return (self.months[month.starts] for month in months if month.starts in self.months)

    def names(self, period: Period) -> set[str]:
        """The groups that there are in a period."""
        return {name for groups in self._groups(period) for name in groups}

    def counts(self, period: Period) -> Mapping[str, int]:
        """How many there are of each group."""
        counts: dict[str, int] = defaultdict(int)
        for groups in self._groups(period):
            for name, items in groups.items():
                counts[name] += len(items)
        return counts

    def shown(self, period: Period, *, ended: bool) -> Collection[str]:
        """The rows that may be shown."""
        if self.measure.stock:
            return stock_shown(self.counts(period), groups=ended and period.kind != MONTH)
        if not whole_shown(self.counts, period):
            return ()
        return {WHOLE, *(groups_shown(self.counts, period) if ended else ())}

    def hidden(self, period: Period, shown: Collection[str]) -> Mapping[str, Collection[str]] | None:
        """Which grades are hidden in which of the rows that are shown, none of the whole; None if no group has one."""
        grades = self.measure.grades
        if grades is None or WHOLE not in shown:
            return {}
        rows = self._graded(period)
        given_away = self._given_away(grades, period, rows) if period.kind in (YEAR, FINANCIAL) else ()
        return hidden_cells(grades, rows, rows.keys() - shown, given_away)

    def _graded(self, period: Period) -> dict[str, Counter[str]]:
        """How many of each mark there are in each group."""
        rows: dict[str, Counter[str]] = defaultdict(Counter)
        for groups in self._groups(period):
            for name, items in groups.items():
                rows[name].update([mark for each in items for mark in each.marks])
        return rows

    def _given_away(self, grades: Grades, year: Period, names: Collection[str]) -> set[tuple[str, str]]:
        """The grades of groups whose year would tell what one of its quarters hides."""
        away: dict[tuple[str, str], list[int]] = defaultdict(list)
        for quarter in year.quarters():
            shown = self.shown(quarter, ended=True)
            hidden, rows = self.hidden(quarter, shown), self._graded(quarter)
            for name in names:
                for each in grades.names if hidden is None or name not in shown else hidden.get(name, ()):
                    away[name, each].append(rows[name][each])
        return {cell for cell, numbers in away.items() if any(numbers) and not is_safe(numbers)}

    def line(
        self,
        name: str,
        periods: Sequence[Period],
        shown: Sequence[Collection[str]],
        hidden: Sequence[Mapping[str, Collection[str]]],
    ) -> Line:
        """One row."""
        # A group that has nothing says so where the whole is shown: none at all is no secret.
        visible = [
            name in rows or (WHOLE in rows and not self.items(each, name))
            for each, rows in zip(periods, shown, strict=True)
        ]
        items = [self.items(each, name) if seen else None for each, seen in zip(periods, visible, strict=True)]
        both = list(zip(items, hidden, strict=True))
        return Line(
            name,
            tuple(None if each is None else len(each) for each in items),
            tuple(None if each is None else self._columns(each, of.get(name, ())) for each, of in both),
            tuple(None if each is None else self._headline(each, of.get(name, frozenset())) for each, of in both),
        )

    def _columns(self, items: Sequence[Item], hidden: Collection[str]) -> Counted:
        return tuple(
            None if mark in hidden else sum(mark in each.marks for each in items) for mark, _ in self.measure.columns
        )

    def _headline(self, items: Sequence[Item], hidden: Collection[str]) -> float | None:
        of = self.measure.of
        if self.measure.kind == SHARE and not of.isdisjoint(hidden) and not of.issuperset(hidden):
            # A share of some of what is hidden would tell it from the rest of it.
            return None
        if self.measure.kind == COUNT:
            return len(items)
        if self.measure.kind == MEDIAN:
            measured = [each.measured for each in items if each.measured is not None]
            middle = round(median(measured), 1) if len(measured) >= FLOOR else None
            # A chart says it as it is: "4 working hours", as the table beside it does, and not "4.0".
            return int(middle) if middle is not None and middle == int(middle) else middle
        if not items:
            return None
        return percentage(self._part(items), len(items))

    def exact(self, period: Period, line: Line) -> float | None:
        """The share of the whole in a period, before it is rounded; None where its row (`line`) shows none."""
        if self.measure.kind != SHARE or line.headlines[0] is None:
            return None
        items = self.items(period)
        return 100 * self._part(items) / len(items)

    def _part(self, items: Sequence[Item]) -> int:
        """How many are in what the headline is of."""
        return sum(bool(each.marks & self.measure.of) for each in items)


def working_hours(calendar: Calendar, start: datetime, end: datetime) -> float:
    """The hours between two moments in which the council works."""
    day, total = local_day(start), timedelta()
    while day <= local_day(end):
        if calendar.is_working(day):
            opens, closes = max(start, at_local(day, calendar.opens)), min(end, at_local(day, calendar.closes))
            total += max(closes - opens, timedelta())
        day += timedelta(days=1)
    return total / timedelta(hours=1)
