"""Whenever a ladder starts, its steps keep their order and their distances in working time.

Two years of starts: weekends, bank holidays, nights, clock changes, and weeks in which the council is closed.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qabot.framework import Framework
from qabot.framework.calendar import Calendar, at_local, local_day
from qabot.framework.offsets import Moment, Offset
from qabot.planning.directory import Directory
from qabot.planning.occurrences import Occurrence, occurrences
from qabot.planning.planner import Situation, alert_moment
from tests.support.world import newham

NEWHAM = newham()
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
CLOSURES = st.one_of(
    st.just(()),
    st.builds(
        lambda start, days: tuple(start + timedelta(days=each) for each in range(days)),
        st.dates(date(2026, 1, 1), date(2028, 1, 31)),
        st.integers(1, 12),
    ),
)
CHRISTMAS = tuple(date(2026, 12, 20) + timedelta(days=each) for each in range(12))
"""Five working days before 1 January are then more than 14 days before it."""
PROVEN = settings(max_examples=400, deadline=None, derandomize=True)


def closing_on(days: tuple[date, ...], **council: object) -> Framework:
    """Newham's framework with these closure days."""
    return NEWHAM.model_copy(update={"council": NEWHAM.council.model_copy(update={"closure_days": days, **council})})


def working_hours(calendar: Calendar, start: datetime, end: datetime) -> float:
    """The hours between two moments in which the council works, counted day by day."""
    total, day = timedelta(), local_day(start)
    while day <= local_day(end):
        if calendar.is_working(day):
            opens, closes = at_local(day, calendar.opens), at_local(day, calendar.closes)
            total += max(min(closes, end) - max(opens, start), timedelta())
        day += timedelta(days=1)
    return total.total_seconds() / 3600


def firsts(found: list[Occurrence]) -> Iterator[Occurrence]:
    """The first time of each step, in the order of the ladder's time."""
    seen = set()
    for each in found:
        if each.step.rule not in seen:
            seen.add(each.step.rule)
            yield each


@PROVEN
@given(raised=STARTS, closures=CLOSURES, hold=st.booleans())
def test_an_alert_climbs_by_the_working_hours_that_its_file_says(
    raised: datetime, closures: tuple[date, ...], hold: bool
) -> None:
    framework = closing_on(closures, alerts_outside_hours="hold" if hold else "send")
    calendar = framework.calendar()
    until = raised + timedelta(days=30)
    found = occurrences(framework.ladder_of("alert"), {"opened": raised}, raised, until, calendar)
    first, again, *climbs = found
    assert [first.step.rule, again.step.rule] == ["NEW-ALT-1", "OURS-ALT-1"]
    counting = calendar.without_closures()
    heard = alert_moment(Situation(framework, calendar, Directory({})), raised)
    assert heard <= again.moment
    assert working_hours(counting, heard, again.moment) == pytest.approx(4)
    assert working_hours(counting, heard, climbs[0].moment) == pytest.approx(8)
    # With each step upwards the owners are asked again, at the same moment.
    days = sorted({each.moment for each in climbs})
    assert [working_hours(counting, one, two) for one, two in pairwise(days)] == pytest.approx([8] * (len(days) - 1))
    assert all(counting.is_open(each.moment) for each in (again, *climbs))


KINDS = {
    "data-request": ("cycle-start",),
    "pim-date": ("opened",),
    "red-review": ("opened",),
    "moderation": ("drawn",),
    "actions": ("final",),
    "promised": ("new-date",),
    "audit": ("cycle-start", "due"),
}


def anchors(framework: Framework, kind: str, start: datetime, opened: date) -> dict[str, Moment]:
    """What a deadline of this kind that starts here counts from."""
    known: dict[str, Moment] = {}
    for name in KINDS[kind]:
        known[name] = start if name == "opened" else opened
    if kind == "audit":
        known["cycle-start"] = opened.replace(day=1)
        known["due"] = Offset(("cycle-start",), 3, "month").day(known, framework.calendar()) or opened
    (terms, *_) = framework.terms(kind)
    due = terms.due
    if due is not None:
        day = due.day(known, framework.calendar())
        assert day is not None
        known["due"] = framework.calendar().roll(day, terms.roll)
    return known


@PROVEN
@given(start=STARTS, closures=CLOSURES, kind=st.sampled_from(sorted(KINDS)))
@example(start=at_local(date(2027, 1, 1), time(9)), closures=CHRISTMAS, kind="data-request")
def test_the_steps_of_every_ladder_come_in_their_order(start: datetime, closures: tuple[date, ...], kind: str) -> None:
    framework = closing_on(closures)
    ladder = framework.ladder_of(kind)
    known = anchors(framework, kind, start, local_day(start))
    opened = at_local(local_day(start) - timedelta(days=60), time(0))
    found = occurrences(ladder, known, opened, start + timedelta(days=200), framework.calendar())
    order = [each.step.rule for each in firsts(found)]
    wanted = [step.rule for step in ladder.steps if step.rule in order]
    assert order == wanted
