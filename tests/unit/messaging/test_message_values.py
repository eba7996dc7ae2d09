"""How values look to people in England."""

from datetime import UTC, date, datetime

import pytest

from qabot.messaging.values import day, join_and, plural, shown, time_of_day, weekday


def test_a_day_is_written_out() -> None:
    assert day(date(2026, 11, 21)) == "21 November 2026"
    assert weekday(date(2026, 11, 30)) == "Monday 30 November 2026"


def test_a_moment_is_shown_as_its_day_and_time_in_england() -> None:
    summer_evening = datetime(2026, 6, 30, 23, 5, tzinfo=UTC)
    assert day(summer_evening) == "1 July 2026"
    assert weekday(summer_evening) == "Wednesday 1 July 2026"
    assert time_of_day(summer_evening) == "12:05am"


@pytest.mark.parametrize(
    ("hour", "minute", "text"),
    [(16, 5, "4:05pm"), (16, 0, "4pm"), (12, 0, "midday"), (0, 30, "12:30am"), (9, 0, "9am")],
)
def test_times_are_short(hour: int, minute: int, text: str) -> None:
    assert time_of_day(datetime(2026, 11, 21, hour, minute, tzinfo=UTC)) == text


def test_days_kept_as_iso_text_are_read() -> None:
    assert day("2026-12-04") == "4 December 2026"
    assert time_of_day("2026-11-23T17:00:00+00:00") == "5pm"
    assert day("soon") == "soon"


def test_what_is_missing_shows_as_nothing() -> None:
    assert (day(None), weekday(None), time_of_day(None), shown(None), join_and([])) == ("",) * 5
    assert time_of_day(date(2026, 11, 21)) == ""


def test_counts_and_lists_read_as_sentences() -> None:
    assert plural(1, "review", "reviews") == "1 review"
    assert plural(0, "review", "reviews") == "0 reviews"
    assert plural(1200, "notice", "notices") == "1,200 notices"
    assert join_and(["Ade"]) == "Ade"
    assert join_and(("Ade", "Bea", "Cal")) == "Ade, Bea and Cal"


def test_any_value_becomes_one_plain_line() -> None:
    assert shown(date(2026, 11, 21)) == "21 November 2026"
    assert shown(("a", "b")) == "a and b"
    assert shown("two\r\nlines\tand \x00 more") == "two lines and  more"
    assert shown("name\u202eeman") == "nameeman"
    assert shown(7) == "7"
