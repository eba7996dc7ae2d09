"""What every measure of the figures is read with: the stretch of days, the places, and the scales."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from functools import cached_property
from itertools import product
from typing import Any

from qabot.framework import Framework
from qabot.framework.calendar import at_local, local_day
from qabot.framework.questions import Scale
from qabot.planning.figures import COUNT, GRADE, Item, Measure, working_hours
from qabot.planning.grade_cells import Grades
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.figure_places import Places, Work
from qabot.workflows.programme.figure_stock import Stock

DONE, ON_TIME, LATE, OPEN, UNDATED = "done", "on-time", "late", "open", "undated"
AGREED, BETTER, WORSE = "agreed", "better", "worse"
Counted = tuple[Measure, list[Item]]
NOT_DONE, DONE_LATE, DONE_ON_TIME = frozenset({OPEN}), frozenset({DONE, LATE}), frozenset({DONE, ON_TIME})


class FigureReader:
    """Reads for a stretch of days, both included; what is not over is counted as it is at the unit's moment."""

    def __init__(self, unit: Unit, starts: date, ends: date) -> None:
        self.unit, self.starts, self.ends = unit, starts, ends
        self.framework: Framework = unit.framework
        self.places = Places(unit)
        self.stock = Stock(starts, min(ends, unit.today))

    def better(self, scale: Scale) -> frozenset[str]:
        """The better half of a scale: away from the grades that raise an alert, the first half where none does."""
        keys = list(scale.labels)
        half = len(keys) // 2
        low = [keys.index(each) for each in self._low if each in keys]
        upside_down = bool(low) and sum(low) / len(low) < (len(keys) - 1) / 2
        return frozenset(keys[-half:] if upside_down else keys[:half])

    def _best_first(self, scale: Scale) -> list[str]:
        keys = list(scale.labels)
        return keys if keys[0] in self.better(scale) else keys[::-1]

    def _by_grade(
        self,
        name: str,
        title: str,
        said: str,
        method: str,
        by_scale: Mapping[str, list[Item]],
        *,
        with_verdicts: bool = False,
    ) -> Iterator[Counted]:
        """For each scale, by its version, how often each grade came after each: `GRADE` groups by the one before.

        `with_verdicts`: another table says how many agreed, and how many were higher and lower.
        """
        for version, items in sorted(by_scale.items()):
            scale = next(each for each in self.framework.scales.values() if each.version == version)
            columns = tuple((key, scale.label(key)) for key in self._best_first(scale))
            grades = self._grades(scale)
            if with_verdicts:
                grades = replace(grades, sums=self._verdicts(scale))
            yield (
                Measure(
                    f"{name}-{version}",
                    title,
                    said,
                    columns,
                    said,
                    kind=COUNT,
                    by=(GRADE,),
                    method=method,
                    grades=grades,
                ),
                items,
            )

    def _grades(self, scale: Scale) -> Grades:
        """The grades of a scale, none of which may be told where few have it."""
        return Grades(tuple(scale.labels), self._low.intersection(scale.labels))

    def _verdicts(self, scale: Scale) -> tuple[frozenset[tuple[str, str]], ...]:
        """Which numbers of a table of first and second grades agree, which went up, and which went down."""
        ways = defaultdict[str, set[tuple[str, str]]](set)
        for first, second in product(scale.labels, repeat=2):
            ways[self._against(scale, first, second)].add((scale.label(first), second))
        return tuple(map(frozenset, ways.values()))

    def _against(self, scale: Scale, first: str, second: str) -> str:
        """Whether a second grade agrees with the first."""
        if first == second:
            return AGREED
        keys = self._best_first(scale)
        return BETTER if keys.index(second) < keys.index(first) else WORSE

    @cached_property
    def _low(self) -> frozenset[str]:
        """The grades that raise an alert."""
        duties = (self.framework.duties[name] for name in self.framework.alerting())
        return frozenset(grade for duty in duties for each in duty.if_ for grade in (*each.grade, *each.any_grade))

    def _scale(self, work: Work) -> Scale | None:
        scale = self.framework.scale_of(work.grade, work.version)
        return scale if scale is not None and (not work.version or scale.version == work.version) else None

    @property
    def _end(self) -> datetime:
        return at_local(self.ends, time(23, 59, 59, 999_999))

    def _within(self, column: Any) -> Any:
        return column.between(at_local(self.starts, time(0, 0)), self._end)

    def _hours(self, start: datetime, end: datetime | None) -> float | None:
        return None if end is None else round(working_hours(self.unit.situation.calendar, start, end), 2)


def done_marks(due: date | None, due_at: datetime | None, done: datetime | None) -> frozenset[str]:
    """The columns of something that was due, or had no date, and was done then, or is open."""
    if done is None:
        return NOT_DONE
    late = (due is not None and local_day(done) > due) or (due_at is not None and done > due_at)
    return DONE_LATE if late else DONE_ON_TIME
