"""What is open on the last day of each month, by how long it has been: alerts and actions."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time

from qabot.framework.calendar import add_months, at_local, local_day
from qabot.framework.steps import Ladder
from qabot.planning.figures import Item
from qabot.planning.periods import MONTH, Period
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.figure_places import CountedRow

AGES = (("age-0", 14, "Less than two weeks"), ("age-14", 28, "Two to four weeks"), ("age-28", 91, "Four to 13 weeks"))
OLDEST = ("age-91", "More than 13 weeks")
AGE_COLUMNS = (*((mark, words) for mark, _, words in AGES), OLDEST)
_MARKS = {mark: frozenset({mark}) for mark, _ in AGE_COLUMNS}
Span = tuple[date, date, Mapping[str, str]]
"""From which day something is open, on which it is no longer, and where it is counted."""


class Stock:
    """Counts spans on the last day of each month of a stretch of days; of a month that is not over, on its last."""

    def __init__(self, starts: date, ends: date) -> None:
        self.days: list[date] = []
        month = Period.of(MONTH, starts)
        while month.starts <= ends:
            self.days.append(min(month.ends, ends))
            month = Period(MONTH, add_months(month.starts, 1))

    def of(self, spans: Iterable[Span]) -> list[Item]:
        """An item for each span and each of these days on which it is open, by its age."""
        return [
            Item(day, groups, _MARKS[_age((day - since).days)])
            for since, ended, groups in spans
            for day in self.days
            if since <= day < ended
        ]


def _age(days: int) -> str:
    return next((mark for mark, below, _ in AGES if days < below), OLDEST[0])


def ended(deadline: CountedRow) -> date:
    """The day from which a deadline is no longer open; the last of all while it is."""
    return local_day(deadline.closed_at) if deadline.closed_at else date.max


def second_step(ladder: Ladder, unit: Unit) -> Callable[[datetime], datetime | None]:
    """From when something is opened to when a ladder speaks a second time (UTC); None of a ladder that does not."""
    step = ladder.steps[1] if len(ladder.steps) > 1 else None
    calendar = unit.situation.calendar
    working = calendar if step is None or step.closures == "count" else calendar.without_closures()

    def moment(opened: datetime) -> datetime | None:
        day = step.at.resolve({"opened": opened, "submitted": opened}, working) if step and step.at else None
        return day if day is None or isinstance(day, datetime) else at_local(day, time(0, 0))

    return moment
