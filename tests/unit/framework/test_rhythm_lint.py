"""What is wrong with how often an activity comes round: all of it at once, on its line, and what to write."""

import pytest

from qabot.errors import BadFile
from qabot.framework import lint, load, require
from qabot.framework.describe import describe
from qabot.framework.differences import differences
from tests.unit.framework.conftest import SHIPPED, Broken, Write

EVERY = "activities.practice-learning-review.every"
BEFORE_2000 = "is no day that qabot can plan with: expected one from 2000-01-01 to 2099-12-31"


@pytest.mark.parametrize(
    ("every", "problems"),
    [
        ("month on 5th Monday", ["not every month has a 5th Monday: expected 1st to 4th, or 'last Monday'"]),
        (
            "6 weeks",
            [
                "nothing says from when '6 weeks' is counted: expected '6 weeks from 2026-04-06', with the day on "
                "which the first one begins"
            ],
        ),
        (
            "week",
            [
                "nothing says from when 'week' is counted: expected 'week from 2026-04-06', with the day on "
                "which the first one begins"
            ],
        ),
        (
            "5 months",
            [
                "nothing says from when '5 months' is counted: expected '5 months from 2026-04-06', with the day on "
                "which the first one begins"
            ],
        ),
        ("month from 1999-12-31", [f"1999-12-31 {BEFORE_2000}"]),
        ("6 weeks from 2100-01-04", [f"2100-01-04 {BEFORE_2000}"]),
        (
            "quarter on 5th Friday from 1999-12-31",
            ["not every month has a 5th Friday: expected 1st to 4th, or 'last Friday'", f"1999-12-31 {BEFORE_2000}"],
        ),
    ],
)
def test_a_rhythm_for_which_there_is_no_day(broken: Broken, every: str, problems: list[str]) -> None:
    framework, line = broken("every: quarter", f"every: {every}")
    found = [each for each in lint(framework) if each.where == EVERY]
    assert [each.what for each in found] == problems
    assert {each.line for each in found} == {line}


@pytest.mark.parametrize(
    "every", ["2 months", "year from 2026-01-01", "month on last Friday", "6 weeks from 2026-04-06"]
)
def test_a_rhythm_that_has_its_days_is_taken(broken: Broken, every: str) -> None:
    framework, _ = broken("every: quarter", f"every: {every}")
    assert require(framework) is framework


def test_every_rhythm_of_a_file_is_told_of_at_once(write: Write) -> None:
    text = "extends: newham-further\nactivities:\n  dip-sample: {every: month on 5th Monday}\n" + (
        "  family-first-review: {every: 6 weeks}\n  practice-learning-review: {every: year from 1999-01-01}\n"
    )
    path = write("ours", text)
    with pytest.raises(BadFile) as error:
        require(load(path, [SHIPPED, SHIPPED.parent / "tests" / "unit" / "framework" / "data"]))
    assert [(each.line, each.what.split(":")[0]) for each in error.value.problems] == [
        (3, "not every month has a 5th Monday"),
        (4, "nothing says from when '6 weeks' is counted"),
        (5, "1999-01-01 is no day that qabot can plan with"),
    ]


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        ("cycle: month", "cycle", "this key is called 'every' now: write every: month"),
        ("cycle: two-months", "cycle", "this key is called 'every' now: write every: 2 months"),
        ("every: fortnight", "every", "'fortnight' is no rhythm: expected 'month', 'quarter', 'half-year'"),
        ("every: 7", "every", "'7' is no rhythm: expected 'month'"),
        ("every: 6 weeks from 2026-02-30", "every", "there is no day 2026-02-30: expected one such as 2026-04-06"),
    ],
)
def test_what_is_no_rhythm_is_refused_as_the_file_is_read(broken: Broken, line: str, where: str, what: str) -> None:
    with pytest.raises(BadFile) as error:
        broken("every: quarter", line)
    [problem] = error.value.problems
    assert problem.where == f"activities.practice-learning-review.{where}"
    assert problem.what.startswith(what)


def test_two_activities_of_one_name_are_refused(broken: Broken) -> None:
    with pytest.raises(BadFile, match="this key stands here twice; the first is in line"):
        broken("\nsamples:\n", "\n  practice-learning-review: {every: month}\n\nsamples:\n")


def test_work_on_request_has_no_number_and_is_never_planned(broken: Broken) -> None:
    framework, _ = broken("every: quarter", "every: on request")
    found = {each.where: each.what for each in lint(framework)}
    assert found["activities.practice-learning-review.do"] == (
        "work on request comes only when it is asked for: take 'do' out, or say 'every' how often"
    )
    assert found["duties.data-request.when[1]"].startswith(
        "nothing leaves the moment 'practice-learning-review.planned'; expected one of given, submitted"
    )


def test_a_rhythm_is_described_and_compared_as_it_is_written(broken: Broken) -> None:
    framework, _ = broken("every: quarter", "every: 6 weeks from 2026-04-06")
    newham = load("newham", [SHIPPED])
    [section] = [each for each in describe(framework) if each.title == "Practice Learning Review"]
    assert section.intro == "A cycle is every 6 weeks from 6 April 2026."
    [difference] = differences(newham, framework)
    assert (difference.key, difference.old.value, difference.new.value) == (
        "every",
        "quarter",
        "6 weeks from 2026-04-06",
    )
