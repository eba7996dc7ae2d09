"""Rhythms: what is understood, the periods that come of it and their names; keys are those of every version so far."""

from datetime import date, timedelta

import pytest

from qabot.framework.calendar import add_months
from qabot.framework.rhythms import Rhythm


def on(text: str, day: str) -> str:
    period = Rhythm.parse(text).period(date.fromisoformat(day))
    return f"{period.starts} to {period.ends}: {period.name}" if period else "none"


@pytest.mark.parametrize(
    ("text", "day", "period"),
    [
        ("month", "2026-11-27", "2026-11-01 to 2026-11-30: November 2026"),
        ("2 months", "2026-11-27", "2026-10-01 to 2026-11-30: October to November 2026"),
        ("quarter", "2027-01-05", "2027-01-01 to 2027-03-31: January to March 2027"),
        ("half-year", "2026-11-27", "2026-10-01 to 2027-03-31: October 2026 to March 2027"),
        ("year", "2027-03-31", "2026-04-01 to 2027-03-31: April 2026 to March 2027"),
        ("year from 2026-01-01", "2027-03-31", "2027-01-01 to 2027-12-31: January to December 2027"),
        ("5 months from 2026-04-01", "2026-09-01", "2026-09-01 to 2027-01-31: September 2026 to January 2027"),
        ("6 weeks from 2026-04-06", "2026-04-06", "2026-04-06 to 2026-05-17: 6 weeks from 6 April 2026"),
        ("6 weeks from 2026-04-06", "2026-06-01", "2026-05-18 to 2026-06-28: 6 weeks from 18 May 2026"),
        ("week from 2026-04-06", "2026-04-12", "2026-04-06 to 2026-04-12: week from 6 April 2026"),
        ("4 weeks from 2027-02-01", "2027-02-09", "2027-02-01 to 2027-02-28: 4 weeks from 1 February 2027"),
        ("6 weeks from 2026-04-06", "2026-04-05", "none"),
        ("month from 2026-01-31", "2026-02-27", "2026-01-31 to 2026-02-27: month from 31 January 2026"),
        ("month from 2026-01-31", "2026-03-30", "2026-02-28 to 2026-03-30: month from 28 February 2026"),
        ("month from 2026-01-31", "2026-03-31", "2026-03-31 to 2026-04-29: month from 31 March 2026"),
        ("year from 2028-02-29", "2032-02-28", "2031-02-28 to 2032-02-28: year from 28 February 2031"),
        ("month on 3rd Tuesday", "2026-11-17", "2026-11-17 to 2026-12-14: month from 17 November 2026"),
        ("month on last Friday", "2026-11-26", "2026-10-30 to 2026-11-26: month from 30 October 2026"),
        ("quarter on 1st Monday", "2026-10-04", "2026-07-06 to 2026-10-04: quarter from 6 July 2026"),
        ("month on 1st Monday from 2026-04-07", "2026-05-03", "none"),
        ("month on 1st Monday from 2026-04-07", "2026-05-04", "2026-05-04 to 2026-05-31: month from 4 May 2026"),
        ("on request", "2026-05-04", "none"),
        ("since last", "2026-05-04", "none"),
    ],
)
def test_the_period_that_holds_a_day(text: str, day: str, period: str) -> None:
    assert on(text, day) == period


@pytest.mark.parametrize(
    ("text", "day", "starts"),
    [
        ("quarter", "2026-10-01", "2027-01-01"),
        ("6 weeks from 2026-04-06", "2025-01-01", "2026-04-06"),
        ("6 weeks from 2026-04-06", "2026-04-06", "2026-05-18"),
        ("month on last Friday", "2026-11-27", "2026-12-25"),
        ("month on 1st Monday from 2026-04-07", "2026-01-01", "2026-05-04"),
    ],
)
def test_the_next_start(text: str, day: str, starts: str) -> None:
    assert Rhythm.parse(text).next_start(date.fromisoformat(day)) == date.fromisoformat(starts)


def test_nothing_begins_by_itself_on_request() -> None:
    assert Rhythm.parse("on request").next_start(date(2026, 4, 6)) is None


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("month", "each month"),
        ("2 months", "every 2 months"),
        ("quarter", "each quarter of the financial year"),
        ("half-year", "every half-year"),
        ("year", "each year"),
        ("week from 2026-04-06", "each week from 6 April 2026"),
        ("6 weeks from 2026-04-06", "every 6 weeks from 6 April 2026"),
        ("month on 3rd Tuesday", "each month, from the 3rd Tuesday on"),
        ("2 months on 1st Monday from 2026-04-07", "every 2 months, from the 1st Monday on and from 7 April 2026"),
        ("on request", "on request"),
    ],
)
def test_a_rhythm_in_words_and_as_it_was_written(text: str, spoken: str) -> None:
    rhythm = Rhythm.parse(text)
    assert rhythm.spoken() == spoken
    assert str(rhythm) == text
    assert Rhythm.parse(str(rhythm)) == rhythm


@pytest.mark.parametrize(
    "text",
    [
        "",
        "weekly",
        "0 weeks from 2026-04-06",
        "6 week from 2026-04-06",
        "1 months",
        "month on 6th Monday",
        "two-months",
        "month on 3rd tuesday",
        "6 weeks on 1st Monday",
        "on request from 2026-04-06",
        "month from April",
        "since last month",
        "since last from 2026-04-06",
    ],
)
def test_what_is_not_understood_says_what_is(text: str) -> None:
    with pytest.raises(ValueError, match="is no rhythm: expected 'month', 'quarter'"):
        Rhythm.parse(text)


def test_a_day_that_no_year_has_and_a_period_that_hardly_ends() -> None:
    with pytest.raises(ValueError, match="there is no day 2026-02-30"):
        Rhythm.parse("month from 2026-02-30")
    with pytest.raises(ValueError, match="longer than ten years: expected at most 520 weeks"):
        Rhythm.parse("521 weeks from 2026-04-06")


@pytest.mark.parametrize(
    ("text", "months", "earlier"),
    [
        ("month", 1, "month"),
        ("2 months", 2, "two-months"),
        ("quarter", 3, "quarter"),
        ("half-year", 6, "half-year"),
        ("year", 12, "year"),
    ],
)
def test_cycles_begin_and_are_called_as_in_every_version_before(text: str, months: int, earlier: str) -> None:
    """Databases hold cycles by their first day, and draws by a seed with it: none under way is made again."""
    rhythm, day = Rhythm.parse(text), date(2020, 1, 1)
    while day < date(2030, 1, 1):
        starts = add_months(day.replace(day=1), -((day.month - 4) % 12 % months))
        due = add_months(starts, months) - timedelta(days=1)
        period = rhythm.period(day)
        assert period is not None
        assert (period.starts, period.ends, period.key) == (starts, due, starts.isoformat()), earlier
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("fortnightly from 2026-04-06", "2 weeks from 2026-04-06"),
        ("every fortnight", "2 weeks from 2026-04-06"),
        ("Weekly", "week from 2026-04-06"),
        ("monthly", "month"),
        ("termly", "4 months from 2026-09-01"),
        ("half-yearly", "half-year"),
        ("annually", "year"),
    ],
)
def test_a_rhythm_in_other_words_is_known_for_what_it_is(said: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"is no rhythm: expected .*; did you mean '{meant}'\\?$"):
        Rhythm.parse(said)
    assert str(Rhythm.parse(meant)) == meant
