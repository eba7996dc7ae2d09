"""What the figures make of what was published of surveys, and of what is open on a last day: rows in, rows out."""

from datetime import date

import pytest

from qabot.errors import SetupError
from qabot.settings import read_settings
from qabot.workflows.access.survey_results import EVERYBODY, QuestionTable
from qabot.workflows.programme.figure_answers import figure
from qabot.workflows.programme.figure_stock import Span, Stock

ANSWERS = ("1 Not at all", "2 A little", "3 Much", "4 Very much")
KEY = ("practitioner-feedback", "Practitioner feedback", "It helped my practice", "1", ANSWERS)


def table(**rows: tuple[int, ...]) -> QuestionTable:
    named = tuple((EVERYBODY if name == "all" else name, counts) for name, counts in rows.items())
    return QuestionTable("", KEY[2], "1", ANSWERS, named)


def test_answers_stand_by_service_beside_those_of_before() -> None:
    now, before = [table(all=(1, 2, 3, 4), Care=(0, 1, 2, 3))], [table(all=(4, 3, 2, 1))]
    made = figure(KEY, [now, before, []], ("Now", "Before", "A year ago"))
    whole, care = made.lines
    assert (whole.name, whole.sizes, whole.headlines) == ("", (10, 10, 0), (70, 30, None))
    assert (care.name, care.sizes) == ("Care", (6, None, 0))  # hidden before: it has no row there
    assert made.headline == "3 Much or 4 Very much"


def test_a_service_that_one_round_hides_is_hidden_in_the_sum_of_its_period() -> None:
    rounds = [[table(all=(1, 2, 3, 4), Care=(0, 1, 2, 3)), table(all=(5, 0, 0, 1))]]
    whole, care = figure(KEY, rounds, ("Now",)).lines
    assert whole.counts == ((6, 2, 3, 5),)
    assert (care.sizes, care.counts, care.headlines) == ((None,), (None,), (None,))


def test_what_is_open_is_counted_on_each_last_day_by_its_age() -> None:
    stock = Stock(date(2026, 7, 1), date(2026, 8, 20))
    spans: list[Span] = [(date(2026, 7, 20), date(2026, 8, 20), {}), (date(2026, 1, 1), date.max, {})]
    assert [(each.on, *each.marks) for each in stock.of(spans)] == [
        (date(2026, 7, 31), "age-0"),
        (date(2026, 7, 31), "age-91"),
        (date(2026, 8, 20), "age-91"),
    ]


def test_a_target_that_is_none_is_said() -> None:
    assert read_settings(targets="completion=95, low-grades=10").targets == {"completion": 95, "low-grades": 10}
    for wrong in ("speed=9", "grades=101", "grades"):
        with pytest.raises(SetupError, match="expected a target of 0 to 100 for one of completion"):
            read_settings(targets=wrong)
