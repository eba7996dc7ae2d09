"""When a ladder's steps are wanted: every occurrence of every step, from the unrolled day, with its roll."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import lru_cache
from itertools import count, pairwise
from typing import Any, NamedTuple

from qabot.framework.calendar import Calendar, add_months, at_local, local_day
from qabot.framework.offsets import Moment, Offset
from qabot.framework.steps import Ladder, Step

FIRST_REPEAT = 2
"""The number of the first repeat."""


class Mark(NamedTuple):
    """A step and its slot: what `Deadline.fired` holds of each step that was planned."""

    step: str
    slot: str

    def __str__(self) -> str:
        return self.step if self.slot == "1" else f"{self.step} {self.slot}"


def marks(fired: Iterable[Any]) -> list[Mark]:
    """What `Deadline.fired` holds, in its order."""
    return list(map(Mark._make, fired))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A step wanted on a day (rolled) or at a moment. `slot` tells the occurrences of one step apart."""

    step: Step
    slot: str
    at: Moment
    again: bool = False
    """Whether it says once more what somebody put off."""

    @property
    def mark(self) -> Mark:
        """What `Deadline.fired` holds."""
        return Mark(self.step.name, self.slot)

    @property
    def at_hour(self) -> bool:
        """Whether the step names a time of day, at which it is said by itself, and not in a digest."""
        return self.step.at is not None and self.step.at.at is not None and self.step.lane == "due"

    @property
    def day(self) -> date:
        """The day in England."""
        return local_day(self.at) if isinstance(self.at, datetime) else self.at

    @property
    def moment(self) -> datetime:
        """The moment (UTC): of a day, its beginning."""
        return self.at if isinstance(self.at, datetime) else at_local(self.at, time(0, 0))


def occurrences(
    ladder: Ladder,
    anchors: Mapping[str, Moment],
    opened: datetime,
    until: datetime,
    calendar: Calendar,
    fired: Collection[Mark] = (),
    *,
    waiting: bool = False,
) -> list[Occurrence]:
    """Every occurrence, in order of time. With `waiting` repeats that have fired are left out, but for the last.

    A last step that repeats is followed up to the first repeat after `until` that has not `fired` (by its mark). One
    that has fired can lie after `until`: another machine's clock may be ahead, and ours may have been put back.

    A step whose anchor has no date yet has no occurrence yet. Monthly occurrences of before the opening never were.
    """
    line = _line(_Same(ladder), tuple(anchors.items()), local_day(opened), calendar)
    if not any(line.repeats):
        return list(line.in_order)
    times: list[Occurrence] = []
    for step, of_step, first in zip(ladder.steps, line.by_step, line.repeats, strict=True):
        times += of_step
        if first is not None and step.repeat is not None:
            begin = max(_last_fired(step, fired) if waiting else FIRST_REPEAT, FIRST_REPEAT)
            times += _repeats(step, step.repeat, first, until, _calendar_of(step, calendar), fired, begin)
    return sorted(times, key=lambda each: each.moment)


class _Same:
    """A ladder as the key of a memory: this one, whatever it says."""

    __slots__ = ("ladder",)

    def __init__(self, ladder: Ladder) -> None:
        self.ladder = ladder

    def __hash__(self) -> int:
        return id(self.ladder)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.ladder is self.ladder


@dataclass(frozen=True, slots=True)
class _Line:
    """The occurrences of a ladder without those that repeat, by its steps and in order of time.

    `repeats`: from what each step's repeats count; None of a step that comes once.
    """

    by_step: tuple[tuple[Occurrence, ...], ...]
    in_order: tuple[Occurrence, ...]
    repeats: tuple[Moment | None, ...]


# Hundreds of deadlines open on one day with the same dates, and each is planned at each of its steps.
@lru_cache(maxsize=2048)
def _line(same: _Same, anchors: tuple[tuple[str, Moment], ...], opened_on: date, calendar: Calendar) -> _Line:
    ladder = same.ladder
    known = _with_points(ladder, dict(anchors), calendar)
    firsts = [_first(step, ladder, known, calendar) for step in ladder.steps]
    by_step = [
        _of_step(step, first, known, opened_on, _calendar_of(step, calendar))
        for step, first in zip(ladder.steps, firsts, strict=True)
    ]
    _keep_order([each for each in by_step if each and not each[0].step.each])
    in_order = sorted((each for of_step in by_step for each in of_step), key=lambda each: each.moment)
    repeats = [first if step.repeat else None for step, first in zip(ladder.steps, firsts, strict=True)]
    return _Line(tuple(map(tuple, by_step)), tuple(in_order), tuple(repeats))


def _calendar_of(step: Step, calendar: Calendar) -> Calendar:
    """The calendar by which a step counts."""
    return calendar if step.closures == "count" else calendar.without_closures()


def _first(step: Step, ladder: Ladder, known: Mapping[str, Moment], calendar: Calendar) -> Moment | None:
    """When a step that comes once, or again and again from then on, first comes: not rolled."""
    if step.each == "month" or step.at is None:
        return None
    return _from_first(step.at, ladder).resolve(known, _calendar_of(step, calendar), step.roll)


def _keep_order(by_step: list[list[Occurrence]]) -> None:
    """Let no step come before the one above it: days and working days grow apart where the council is closed for long.

    Of two steps before a due day the one above comes as early as the one below it, because notice is never shortened;
    any other step waits for the one above it.
    """
    for above, below in reversed(list(pairwise(by_step))):
        if below[0].moment < above[0].moment and below[0].step.roll == "earlier":
            above[0] = replace(above[0], at=below[0].at)
    for above, below in pairwise(by_step):
        if below[0].moment < above[0].moment:
            below[0] = replace(below[0], at=above[0].at)


def _with_points(ladder: Ladder, anchors: Mapping[str, Moment], calendar: Calendar) -> dict[str, Moment]:
    known = dict(anchors)
    for name, offset in ladder.points.items():
        moment = _from_first(offset, ladder).resolve(known, calendar)
        if moment is not None:
            known[name] = moment
    return known


def _from_first(offset: Offset, ladder: Ladder) -> Offset:
    """An offset from a point as one from what the point itself counts from, where months on months would drift."""
    basis = ladder.points.get(offset.anchors[0]) if len(offset.anchors) == 1 else None
    through = offset.through(_from_first(basis, ladder)) if basis is not None else None
    return through or offset


def _of_step(
    step: Step, first: Moment | None, known: Mapping[str, Moment], opened_on: date, calendar: Calendar
) -> list[Occurrence]:
    if step.each == "month":
        return list(_monthly(step, known, opened_on, calendar))
    return [Occurrence(step, "1", _rolled(first, step, calendar))] if first is not None else []


def _last_fired(step: Step, fired: Collection[Mark]) -> int:
    """How often a step was said without a gap. Whoever answers nothing for a year has been told hundreds of times."""
    slots = [int(each.slot) for each in fired if each.step == step.name and each.slot.isdigit()]
    return len(slots) if slots and max(slots) == len(slots) else 0


def _repeats(
    step: Step,
    repeat: Offset,
    first: Moment,
    until: datetime,
    calendar: Calendar,
    fired: Collection[Mark],
    begin: int,
) -> Iterator[Occurrence]:
    """Without an end: no alert ends in silence, however old it gets. Months are counted from the first time.

    Those before the number `begin` are left out.
    """
    last, known = first, _turns(repeat, first, calendar)
    for number in count(begin if begin - 1 in known else 2):
        last = known.get(number - 1, last)
        following = known.get(number) or _turn(repeat, number, first, last, calendar)
        if following is None or following == last:
            return
        last = known[number] = following
        if number < begin:
            continue
        occurrence = Occurrence(step, str(number), _rolled(last, step, calendar))
        yield occurrence
        if occurrence.moment > until and occurrence.mark not in fired:
            return


@lru_cache(maxsize=2048)
def _turns(repeat: Offset, first: Moment, calendar: Calendar) -> dict[int, Moment]:
    """What is known of the times of a repeat, by their numbers: much that is late has been late since the same day."""
    return {}


def _turn(repeat: Offset, number: int, first: Moment, last: Moment, calendar: Calendar) -> Moment | None:
    counted = repeat.times(number - 1).resolve({"last": first}, calendar) if repeat.unit == "month" else None
    return counted or repeat.resolve({"last": last}, calendar)


def _rolled(at: Moment, step: Step, calendar: Calendar) -> Moment:
    return at if isinstance(at, datetime) else calendar.roll(at, step.roll)


def _monthly(step: Step, known: Mapping[str, Moment], opened_on: date, calendar: Calendar) -> Iterator[Occurrence]:
    since = step.since.resolve(known, calendar) if step.since else None
    until = step.until.resolve(known, calendar) if step.until else None
    if since is None or until is None:
        return
    first, last = _as_day(since), _as_day(until)
    day = date(first.year, first.month, step.day)
    while day <= last:
        rolled = calendar.roll(day, step.roll)
        if day >= first and rolled >= opened_on:
            yield Occurrence(step, f"{day:%Y-%m}", rolled)
        day = add_months(day, 1)


def _as_day(moment: Moment) -> date:
    return local_day(moment) if isinstance(moment, datetime) else moment
