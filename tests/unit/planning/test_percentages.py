"""Shares as people round them, and whether a target is met by what is so and not by what it is rounded to."""

from datetime import date

import pytest

from qabot.planning.figures import MEDIAN, SERVICE, Figure, Item, Measure, aimed, figures
from qabot.planning.percentages import percentage
from qabot.web.figure_words import against_target
from tests.unit.planning.test_figures import LATER, Q4, WORK, items


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(1, 8, 13), (3, 8, 38), (5, 8, 63), (7, 8, 88), (1, 3, 33), (2, 3, 67), (0, 7, 0), (7, 7, 100), (1, 200, 1)],
)
def test_a_half_goes_up(part: int, whole: int, share: int) -> None:
    assert percentage(part, whole) == share


def of_so_many(part: int, whole: int, target: int, key: str = "work") -> Figure:
    """A figure of so many on time, with a target."""
    made = items("North", date(2026, 10, 9), *["on-time"] * part, *[""] * (whole - part))
    measure = Measure(key, "Work", "Due", (), "On time", of=frozenset({"on-time"}), by=(SERVICE,))
    return aimed(figures(measure, made, Q4, LATER), {key: target})[0]


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (7, 10, "met with 70%"),
        (80, 115, "not met with 69.6%"),  # 70 in the tables
        (6999, 10000, "not met with just less than 70%"),
        (80, 114, "met with 70%"),
        (66, 100, "not met with 66%"),
    ],
)
def test_what_is_rounded_up_to_a_target_does_not_meet_it(part: int, whole: int, words: str) -> None:
    figure = of_so_many(part, whole, 70)
    assert against_target(figure) == f"Target: at least 70%, {words}."
    assert against_target(Figure.of_data(figure.as_data())) == f"Target: at least 70%, {words}.", "once issued"


@pytest.mark.parametrize(
    ("part", "whole", "words"), [(13, 125, "not met with 10.4%"), (10, 100, "met with 10%"), (24, 250, "met with 10%")]
)
def test_nor_does_what_is_rounded_down_to_the_most_that_there_should_be(part: int, whole: int, words: str) -> None:
    assert against_target(of_so_many(part, whole, 10, "low-grades")) == f"Target: at most 10%, {words}."


def test_a_report_that_was_issued_before_says_what_it_said() -> None:
    figure = of_so_many(80, 115, 70)
    older = {name: value for name, value in figure.as_data().items() if name != "exact"}
    assert against_target(Figure.of_data(older)) == "Target: at least 70%, met with 70%."


def test_what_is_hidden_tells_nothing_by_its_target() -> None:
    figure = of_so_many(3, 4, 70)
    assert figure.exact is None
    assert "hidden" in against_target(figure)


def test_a_median_without_a_part_of_a_number_is_a_whole_number() -> None:
    hours = Measure("a", "Alerts", "Raised", (), "Median", kind=MEDIAN, unit=" hours", by=(SERVICE,))
    for measured, middle in ((4.0, "4"), (4.5, "4.5")):
        made = [Item(date(2026, 10, 9), {SERVICE: "North"}, measured=measured)] * 5
        assert str(figures(hours, made, Q4, LATER)[0].whole.headlines[0]) == middle


def test_figures_round_so_too() -> None:
    made = items("North", date(2026, 10, 9), *["on-time"] * 5, *[""] * 3)
    assert figures(WORK, made, Q4, LATER)[0].whole.headlines[0] == 63
