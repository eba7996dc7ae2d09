"""Working days and hours in England (domain notes, section 0)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from qabot.errors import NoWorkingDays
from qabot.framework.calendar import (
    COMPUTED_UNTIL,
    LONDON,
    PUBLISHED_UNTIL,
    Calendar,
    add_months,
    at_local,
    bank_holidays,
    local_day,
    say_computed,
)

CALENDAR = Calendar()
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 1))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
        (date(2026, 12, 26), False),
        (date(2026, 12, 28), False),
        (date(2026, 12, 29), True),
        (date(2027, 1, 1), False),
        (date(2027, 12, 27), False),
        (date(2027, 12, 28), False),
        (date(2028, 1, 3), False),
    ],
)
def test_bank_holidays_of_england_are_no_working_days(day: date, works: bool) -> None:
    assert CALENDAR.is_working(day) is works


def test_the_day_after_the_trigger_is_day_one() -> None:
    assert CALENDAR.add_days(date(2026, 11, 20), 1) == date(2026, 11, 23)


def test_working_days_are_counted_over_christmas() -> None:
    assert CALENDAR.add_days(date(2026, 12, 23), 3) == date(2026, 12, 30)
    assert CALENDAR.add_days(date(2026, 12, 30), -3) == date(2026, 12, 23)


def test_closure_days_count_only_where_a_rule_says_so() -> None:
    closed = Calendar.of([date(2026, 12, 29)], time(9), time(17))
    assert not closed.is_working(date(2026, 12, 29))
    assert closed.without_closures().is_working(date(2026, 12, 29))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2029, 3, 30), False),
        (date(2029, 4, 2), False),
        (date(2029, 12, 25), False),
        (date(2029, 12, 27), True),
        (date(2033, 12, 27), False),
        (date(2040, 1, 2), False),
        (date(COMPUTED_UNTIL, 1, 1), False),
    ],
)
def test_past_the_published_table_bank_holidays_are_computed_by_rule(day: date, works: bool) -> None:
    """Good Friday and Easter Monday 2029 are 30 March and 2 April; Christmas 2033 and New Year 2040 are at weekends."""
    assert Calendar().is_working(day) is works


def test_that_they_are_computed_is_said_once() -> None:
    say_computed.cache_clear()
    bank_holidays.cache_clear()
    with capture_logs() as lines:
        Calendar().add_days(date(PUBLISHED_UNTIL, 12, 1), 600)
        Calendar().add_days(date(PUBLISHED_UNTIL, 12, 1), 600)
    assert [(each["action"], each["log_level"]) for each in lines] == [("holidays-computed", "warning")]


def test_a_service_counts_on_in_any_year() -> None:
    assert Calendar().add_days(date(9000, 1, 1), 1) == date(9000, 1, 2)


def test_a_year_of_closure_days_is_walked_over() -> None:
    year = [date(2027, 1, 1) + timedelta(days=each) for each in range(365)]
    closed = Calendar.of(year, time(9), time(17))
    assert closed.roll(date(2027, 3, 1), "later") == date(2028, 1, 4)
    assert closed.roll(date(2027, 3, 1), "earlier") == date(2026, 12, 31)
    assert closed.add_hours(at_local(date(2026, 12, 31), time(16)), 2) == at_local(date(2028, 1, 4), time(10))


def test_a_calendar_without_working_days_is_an_error_and_no_endless_search() -> None:
    closed = Calendar.of([date(2026, 1, 1) + timedelta(days=each) for each in range(8000)], time(9), time(17))
    searches: tuple[Callable[[], object], ...] = (
        lambda: closed.roll(date(2026, 11, 2), "later"),
        lambda: closed.add_days(date(2026, 11, 2), 1),
        lambda: closed.add_hours(at_local(date(2026, 11, 2), time(9)), 1),
        lambda: closed.at_work(at_local(date(2026, 11, 2), time(9))),
    )
    for search in searches:
        with pytest.raises(NoWorkingDays, match="closure_days"):
            search()


def test_working_hours_are_counted_back_too() -> None:
    monday = at_local(date(2026, 11, 23), time(11, 0))
    assert CALENDAR.add_hours(monday, -4) == at_local(date(2026, 11, 20), time(15, 0))
    assert CALENDAR.add_hours(at_local(date(2026, 11, 22), time(8)), -1) == at_local(date(2026, 11, 20), time(16, 0))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 11, 20, 10, 0, tzinfo=UTC), datetime(2026, 11, 20, 14, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 15, 0, tzinfo=UTC), datetime(2026, 11, 23, 11, 0, tzinfo=UTC)),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), datetime(2026, 11, 23, 13, 0, tzinfo=UTC)),
        (datetime(2026, 12, 24, 16, 0, tzinfo=UTC), datetime(2026, 12, 29, 12, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 4, 0, tzinfo=UTC), datetime(2026, 11, 20, 13, 0, tzinfo=UTC)),
    ],
)
def test_four_working_hours_stand_still_outside_working_hours(start: datetime, end: datetime) -> None:
    assert CALENDAR.add_hours(start, 4) == end


def test_working_hours_over_the_change_to_summer_time_are_local() -> None:
    friday = at_local(date(2026, 3, 27), time(16, 0))
    assert CALENDAR.add_hours(friday, 4) == at_local(date(2026, 3, 30), time(12, 0))
    assert CALENDAR.add_hours(friday, 4) == datetime(2026, 3, 30, 11, 0, tzinfo=UTC)


def test_a_moment_belongs_to_its_day_in_england() -> None:
    assert local_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)
    assert local_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2026, 12, 31)


@given(st.datetimes(datetime(1940, 1, 1), datetime(2199, 1, 1)))
def test_the_day_in_england_is_what_its_clocks_say(moment: datetime) -> None:
    """Also in the war, when they were two hours ahead."""
    for hour in (moment.hour, 21, 22, 23):
        one = moment.replace(hour=hour, tzinfo=UTC)
        assert local_day(one) == one.astimezone(LONDON).date()


def test_a_local_time_that_a_clock_change_skips_is_the_moment_after_the_gap() -> None:
    assert at_local(date(2026, 3, 29), time(1, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_it_is_open_from_opening_to_just_before_closing() -> None:
    day = date(2026, 11, 20)
    assert CALENDAR.is_open(at_local(day, time(9, 0)))
    assert not CALENDAR.is_open(at_local(day, time(17, 0)))
    assert not CALENDAR.is_open(at_local(date(2026, 11, 21), time(12, 0)))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 12, 31), -1, date(2026, 11, 30)),
        (date(2027, 3, 31), -1, date(2027, 2, 28)),
        (date(2026, 11, 15), 2, date(2027, 1, 15)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
    ],
)
def test_months_keep_the_day_or_take_the_last(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(DAYS)
def test_rolling_never_shortens_notice_and_always_gives_a_working_day(day: date) -> None:
    earlier, later = CALENDAR.roll(day, "earlier"), CALENDAR.roll(day, "later")
    assert earlier <= day <= later
    assert CALENDAR.is_working(earlier)
    assert CALENDAR.is_working(later)
    assert CALENDAR.roll(day, "none") == day


@given(DAYS, st.integers(0, 60))
def test_counting_back_from_a_working_day_undoes_counting_on(day: date, count: int) -> None:
    start = CALENDAR.roll(day, "later")
    assert CALENDAR.add_days(CALENDAR.add_days(start, count), -count) == start
