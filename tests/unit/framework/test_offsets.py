"""Offsets, with the worked dates of the domain notes (section 5.9)."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qabot.framework import Calendar, Offset
from qabot.framework.calendar import LONDON, at_local
from qabot.framework.offsets import UNITS, Moment, parse_moment, year_days

CALENDAR = Calendar()
DAYS = st.dates(date(2026, 1, 1), date(2027, 6, 30))


def resolve(text: str, **anchors: Moment) -> Moment | None:
    return Offset.parse(text).resolve({name.replace("_", "-"): each for name, each in anchors.items()}, CALENDAR)


@pytest.mark.parametrize(
    ("text", "day", "unrolled", "roll", "expected"),
    [
        ("moderated + 21 days", date(2026, 11, 23), date(2026, 12, 14), "later", date(2026, 12, 14)),
        ("moderated + 35 days", date(2026, 11, 23), date(2026, 12, 28), "later", date(2026, 12, 29)),
        ("moderated + 49 days", date(2026, 11, 23), date(2027, 1, 11), "later", date(2027, 1, 11)),
        ("moderated - 7 days", date(2026, 12, 31), date(2026, 12, 24), "earlier", date(2026, 12, 24)),
        ("moderated + 7 days", date(2026, 12, 31), date(2027, 1, 7), "later", date(2027, 1, 7)),
        ("moderated - 14 days", date(2027, 1, 11), date(2026, 12, 28), "earlier", date(2026, 12, 24)),
    ],
)
def test_the_worked_dates(text: str, day: date, unrolled: date, roll: str, expected: date) -> None:
    found = resolve(text, moderated=day)
    assert found == unrolled
    assert CALENDAR.roll(unrolled, roll) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["due", "due - 7 days", "moderated or finalised + 21 days", "raised + 1 working day"])
def test_an_offset_is_written_as_it_is_read(text: str) -> None:
    assert str(Offset.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "7 days before due", "due - days", "due - 7 fortnights", "due -", "- 7 days", "due + 1.5 days"]
)
def test_what_is_no_offset_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="is not an offset: expected an anchor"):
        Offset.parse(text)


def test_the_first_anchor_that_has_a_date_counts() -> None:
    text = "moderated or finalised + 21 days"
    assert resolve(text, moderated=date(2026, 11, 23), finalised=date(2026, 11, 2)) == date(2026, 12, 14)
    assert resolve(text, finalised=date(2026, 11, 2)) == date(2026, 11, 23)
    assert resolve(text, submitted=date(2026, 11, 2)) is None


def test_units_differ() -> None:
    day = date(2026, 11, 20)
    found = {unit: resolve(f"due + 2 {unit}s", due=day) for unit in UNITS if unit != "working hour"}
    assert found == {
        "working day": date(2026, 11, 24),
        "day": date(2026, 11, 22),
        "week": date(2026, 12, 4),
        "month": date(2027, 1, 20),
    }


def test_a_moment_keeps_its_local_time_over_a_clock_change() -> None:
    raised = at_local(date(2026, 3, 27), time(10, 15))
    assert resolve("raised + 1 working day", raised=raised) == at_local(date(2026, 3, 30), time(10, 15))


@pytest.mark.parametrize(
    ("raised", "hours", "day"),
    [
        ("2026-11-20T21:40", "2026-11-23T13:00", "2026-11-24T09:00"),
        ("2026-11-20T16:59", "2026-11-23T12:59", "2026-11-23T16:59"),
        ("2026-11-20T17:00", "2026-11-23T13:00", "2026-11-24T09:00"),
        ("2026-11-23T03:00", "2026-11-23T13:00", "2026-11-24T09:00"),
        ("2026-12-25T11:00", "2026-12-29T13:00", "2026-12-30T09:00"),
        ("2027-03-27T12:00", "2027-03-30T13:00", "2027-03-31T09:00"),
    ],
)
def test_working_time_after_a_moment_counts_from_when_somebody_is_there(raised: str, hours: str, day: str) -> None:
    """One working day is eight working hours. 28 December is a bank holiday; the clocks change at Easter 2027."""
    moment = datetime.fromisoformat(raised).replace(tzinfo=LONDON)
    assert resolve("raised + 4 working hours", raised=moment) == datetime.fromisoformat(hours).replace(tzinfo=LONDON)
    assert resolve("raised + 1 working day", raised=moment) == datetime.fromisoformat(day).replace(tzinfo=LONDON)


def test_a_due_day_is_counted_in_days_whatever_the_time_of_the_trigger() -> None:
    """The day after the trigger is day 1: five working days after a Friday evening, or a Saturday, is a Friday."""
    offset = Offset.parse("raised + 5 working days")
    for day in (20, 21, 22):
        assert offset.day({"raised": at_local(date(2026, 11, day), time(21))}, CALENDAR) == date(2026, 11, 27)
    assert offset.day({}, CALENDAR) is None
    hours = Offset.parse("raised + 4 working hours")
    assert hours.day({"raised": at_local(date(2026, 11, 20), time(16))}, CALENDAR) == date(2026, 11, 23)


def test_working_days_before_a_moment_count_back_from_when_somebody_was_there() -> None:
    sunday = at_local(date(2026, 11, 22), time(12))
    assert resolve("raised - 1 working day", raised=sunday) == at_local(date(2026, 11, 19), time(17))


def test_working_hours_from_a_day_begin_when_the_council_opens() -> None:
    assert resolve("due + 4 working hours", due=date(2026, 11, 20)) == datetime(2026, 11, 20, 13, 0, tzinfo=UTC)


def test_an_anchor_is_read_as_it_is_stored() -> None:
    assert parse_moment("2026-11-20") == date(2026, 11, 20)
    assert parse_moment("2026-11-20T10:00:00+00:00") == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@given(DAYS, st.integers(1, 60), st.sampled_from(["day", "week", "month", "working day"]))
def test_an_offset_moves_in_its_direction(day: date, count: int, unit: str) -> None:
    calendar = Calendar()
    before = Offset(("due",), -count, unit).resolve({"due": day}, calendar)
    after = Offset(("due",), count, unit).resolve({"due": day}, calendar)
    assert isinstance(before, date)
    assert isinstance(after, date)
    assert before < day < after


@given(st.sampled_from(["due", "cycle-start", "moderated or finalised"]), st.integers(-90, 90), st.sampled_from(UNITS))
def test_every_offset_can_be_read_back(anchor: str, count: int, unit: str) -> None:
    offset = Offset.parse(f"{anchor} {'-' if count < 0 else '+'} {abs(count)} {unit}s")
    again = Offset.parse(str(offset))
    assert (again.anchors, again.count) == (offset.anchors, count)
    assert again.unit == unit or not count


@pytest.mark.parametrize(
    "text", ["day - 7 days at 16:00", "due at 12:00", "31 May", "30 September at 12:00", "30 September - 1 week"]
)
def test_a_time_of_day_and_a_day_of_the_year_are_written_as_they_are_read(text: str) -> None:
    assert str(Offset.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("day at 25:00", "'25:00' is no time of day"),
        ("day at noon", "'noon' is no time of day"),
        ("opened + 4 working hours at 12:00", "leave out 'at 12:00'"),
        ("31 June", "there is no day '31 June' in any year"),
        ("0 May", "there is no day '0 May' in any year"),
    ],
)
def test_what_is_no_time_and_no_day_of_the_year_says_so(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Offset.parse(text)


@pytest.mark.parametrize(
    ("text", "since", "expected"),
    [
        ("31 May", date(2026, 4, 1), date(2026, 5, 31)),
        ("31 May", date(2026, 5, 31), date(2026, 5, 31)),
        ("31 March", date(2026, 4, 1), date(2027, 3, 31)),
        ("29 February", date(2026, 4, 1), date(2027, 2, 28)),
        ("29 February", date(2027, 4, 1), date(2028, 2, 29)),
        ("30 September - 1 week", date(2026, 4, 1), date(2026, 9, 23)),
    ],
)
def test_a_day_of_the_year_is_the_first_one_since_a_day(text: str, since: date, expected: date) -> None:
    offset = Offset.parse(text)
    assert offset.day(year_days([offset], since), CALENDAR) == expected


def test_the_day_is_rolled_and_the_time_stays_over_a_clock_change() -> None:
    offset = Offset.parse("day - 7 days at 16:00")
    anchors: dict[str, Moment] = {"day": date(2026, 4, 4)}
    assert offset.resolve(anchors, CALENDAR, "earlier") == at_local(date(2026, 3, 27), time(16, 0))
    assert offset.resolve(anchors, CALENDAR) == at_local(date(2026, 3, 28), time(16, 0))
    summer = offset.resolve({"day": date(2026, 4, 7)}, CALENDAR)
    assert summer == datetime(2026, 3, 31, 15, 0, tzinfo=UTC)


def test_working_hours_count_from_the_hour_at_which_something_is_due() -> None:
    anchors: dict[str, Moment] = {"due": date(2026, 11, 30), "due.hour": at_local(date(2026, 11, 30), time(12, 0))}
    assert Offset.parse("due + 4 working hours").resolve(anchors, CALENDAR) == at_local(date(2026, 11, 30), time(16, 0))
