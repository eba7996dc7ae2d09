"""When a ladder's steps are wanted: every occurrence of every step, from the unrolled day, with its roll."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from qabot.framework.calendar import Calendar, add_months, at_local, local_day
from qabot.framework.offsets import Moment
from qabot.framework.schema import Ladder, Step

MOST_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A step wanted on a day (rolled) or at a moment. `slot` tells the occurrences of one step apart."""

    step: Step
    slot: str
    wanted: Moment

    @property
    def mark(self) -> str:
        """What `Deadline.fired` holds."""
        return f"{self.step.name}|{self.slot}"

    @property
    def day(self) -> date:
        """The day in England."""
        return local_day(self.wanted) if isinstance(self.wanted, datetime) else self.wanted

    @property
    def moment(self) -> datetime:
        """The moment (UTC): of a day, its beginning."""
        return self.wanted if isinstance(self.wanted, datetime) else at_local(self.wanted, time(0, 0))


def occurrences(
    ladder: Ladder,
    anchors: Mapping[str, Moment],
    opened: datetime,
    until: datetime,
    calendar: Calendar,
    fired: Collection[str] = (),
) -> list[Occurrence]:
    """Every occurrence, in order of time.

    A last step that repeats is followed up to the first repeat after `until` that has not `fired` (by its mark). One
    that has fired can lie after `until`: another machine's clock may be ahead, and ours may have been put back.

    A step whose anchor has no date yet has no occurrence yet. Monthly occurrences of before the opening never were.
    """
    known = _with_points(ladder, anchors, calendar)
    found = [each for step in ladder.steps for each in _of_step(step, known, opened, until, calendar, fired)]
    return sorted(found, key=lambda each: each.moment)


def _with_points(ladder: Ladder, anchors: Mapping[str, Moment], calendar: Calendar) -> dict[str, Moment]:
    known = dict(anchors)
    for name, offset in ladder.points.items():
        moment = offset.resolve(known, calendar)
        if moment is not None:
            known[name] = moment
    return known


def _of_step(
    step: Step,
    known: Mapping[str, Moment],
    opened: datetime,
    until: datetime,
    calendar: Calendar,
    fired: Collection[str],
) -> Iterator[Occurrence]:
    working = calendar if step.closures == "count" else calendar.without_closures()
    if step.each == "month":
        yield from _monthly(step, known, opened, working)
        return
    unrolled = step.at.resolve(known, working) if step.at else None
    if unrolled is None:
        return
    yield Occurrence(step, "1", _rolled(unrolled, step, working))
    if step.repeat is None:
        return
    last = unrolled
    for number in range(2, MOST_REPEATS):
        following = step.repeat.resolve({"last": last}, working)
        if following is None or following == last:
            return
        last = following
        occurrence = Occurrence(step, str(number), _rolled(last, step, working))
        yield occurrence
        if occurrence.moment > until and occurrence.mark not in fired:
            return


def _rolled(wanted: Moment, step: Step, calendar: Calendar) -> Moment:
    return wanted if isinstance(wanted, datetime) else calendar.roll(wanted, step.roll)


def _monthly(step: Step, known: Mapping[str, Moment], opened: datetime, calendar: Calendar) -> Iterator[Occurrence]:
    since = step.since.resolve(known, calendar) if step.since else None
    until = step.until.resolve(known, calendar) if step.until else None
    if since is None or until is None:
        return
    first, last = _as_day(since), _as_day(until)
    opened_on = local_day(opened)
    day = date(first.year, first.month, step.day)
    while day <= last:
        rolled = calendar.roll(day, step.roll)
        if day >= first and rolled >= opened_on:
            yield Occurrence(step, f"{day:%Y-%m}", rolled)
        day = add_months(day, 1)


def _as_day(moment: Moment) -> date:
    return local_day(moment) if isinstance(moment, datetime) else moment
