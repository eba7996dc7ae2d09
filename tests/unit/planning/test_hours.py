"""Somebody's hours and digests: whatever they are, a digest lies within them and is found at once."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qabot.framework.calendar import LONDON, Calendar, at_local
from qabot.planning.directory import HORIZON, Away, Staff, digest_of, digest_since, hours_of, next_digest, next_hours
from tests.support.world import local

TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
AWAY = st.builds(lambda day, days: Away(day, day + timedelta(days=days)), DAYS, st.integers(0, 300))
STAFF = st.builds(
    Staff,
    id=st.just(1),
    name=st.just("Ade"),
    work_days=st.frozensets(st.integers(1, 7)),
    hours_from=TIMES,
    hours_to=TIMES,
    digest_at=TIMES,
    away=st.lists(AWAY, max_size=2).map(tuple),
)
CALENDARS = st.builds(
    lambda start, days: Calendar(frozenset(start + timedelta(days=each) for each in range(days))),
    DAYS,
    st.sampled_from([0, 5, 366]),
)
NOW = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda each: each.replace(tzinfo=LONDON))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(staff=STAFF, calendar=CALENDARS, now=NOW)
@example(
    staff=Staff(1, "Ade", work_days=frozenset({1}), away=(Away(date(2026, 10, 1), date(2027, 2, 1), None),)),
    calendar=Calendar(frozenset(date(2026, 1, 1) + timedelta(days=each) for each in range(366))),
    now=datetime(2026, 1, 1, tzinfo=LONDON),
)
def test_a_digest_is_always_found_and_goes_within_the_persons_hours(
    staff: Staff, calendar: Calendar, now: datetime
) -> None:
    """Zero hours, hours over midnight, no working day at all, a council that is closed for a year."""
    moment = next_digest(staff, now.date(), now, calendar)
    assert moment >= now
    # Whoever is at work on no day that is looked at gets it on another one; looked at from there, it can wait again.
    if any(staff.works(now.date() + timedelta(days=each), calendar) for each in range(HORIZON)):
        assert next_hours(staff, moment, calendar) == moment
    assert next_hours(staff, now, calendar) >= now


@pytest.mark.parametrize(
    ("hours", "digest", "expected"),
    [
        ("08:00-09:30", "09:30", "08:30"),
        ("08:00-08:30", "09:30", "08:00"),
        ("09:00-16:30", "09:30", "09:30"),
        ("10:00-14:00", "09:30", "10:00"),
        ("06:00-09:00", "16:00", "08:00"),
        ("22:00-06:00", "09:30", "22:00"),
        ("09:30-09:30", "09:30", "09:30"),
    ],
)
def test_the_digest_of_odd_hours(hours: str, digest: str, expected: str) -> None:
    start, end = (time.fromisoformat(each) for each in hours.split("-"))
    staff = Staff(1, "Ade", hours_from=start, hours_to=end, digest_at=time.fromisoformat(digest))
    day = date(2026, 11, 24)
    assert digest_of(staff, day) == at_local(day, time.fromisoformat(expected))
    begins, ends = hours_of(staff, day)
    assert begins <= digest_of(staff, day) < ends


def test_whoever_works_at_weekends_alone_gets_what_is_theirs_on_the_councils_days() -> None:
    staff = Staff(1, "Ade", work_days=frozenset({6, 7}))
    assert next_digest(staff, date(2026, 11, 28), local("2026-11-28 08:00"), Calendar()) == local("2026-11-30 09:30")


@pytest.mark.parametrize(
    ("since", "now", "expected"),
    [
        ("2026-11-24 00:00", "2026-11-24 00:00", "2026-11-24 09:30"),
        ("2026-11-24 00:00", "2026-11-24 09:40", "2026-11-24 09:40"),
        ("2026-11-24 00:00", "2026-11-24 16:29", "2026-11-24 16:29"),
        ("2026-11-24 00:00", "2026-11-24 16:30", "2026-11-25 09:30"),
        ("2026-11-23 00:00", "2026-11-24 08:00", "2026-11-24 09:30"),
        ("2026-11-20 00:00", "2026-11-21 11:00", "2026-11-23 09:30"),
        ("2026-11-24 11:00", "2026-11-24 11:00", "2026-11-25 09:30"),
    ],
)
def test_what_missed_its_digest_goes_as_soon_as_the_person_is_at_work(since: str, now: str, expected: str) -> None:
    """What is new waits for the next digest; what an outage kept does not wait a day longer."""
    staff, begun = Staff(1, "Ade"), local(since)
    assert digest_since(staff, begun.date(), begun, local(now), Calendar()) == local(expected)
