"""When work is given and due: what is wrong with it, each on its line; and how it is shown."""

import pytest

from qabot.errors import BadFile
from qabot.framework import lint, load
from qabot.framework.describe import describe
from tests.unit.framework.conftest import SHIPPED, Broken, Write

AT = "activities.practice-learning-review"
LADDER = "extends: newham\nladders: {review-due: null}\nactivities:\n  practice-learning-review: {ladder: usual, "


def found(write: Write, keys: str) -> dict[str, str]:
    return {each.where: each.what for each in lint(load(write("ours", LADDER + keys + "}\n"), [SHIPPED]))}


@pytest.mark.parametrize(
    "keys",
    [
        "opens: cycle-start + 2 weeks, due: cycle-end - 1 week",
        "due: cycle-end - 5 working days at 12:00",
        "every: year, opens: 31 May, due: 30 September",
        "every: year from 2026-01-01, due: 30 September at 16:00",
        "every: 2 years from 2026-01-01, opens: 30 September - 1 week",
        "due: cycle-end + 2 weeks",
        "every: 6 weeks from 2026-04-06, opens: cycle-start + 3 working days",
    ],
)
def test_a_window_that_has_its_days_is_taken(write: Write, keys: str) -> None:
    assert found(write, keys) == {}


@pytest.mark.parametrize(
    ("keys", "where", "what"),
    [
        ("due: last + 12 months", "due", "'last' is the last piece about a subject, which only 'every: since last'"),
        ("opens: last + 6 months", "opens", "'last' is the last piece about a subject, which only 'every: since last'"),
        ("due: submitted + 2 days", "due", "'submitted' never has a date here; known: cycle-end, cycle-start"),
        ("opens: 31 May", "opens", "'31 May' comes once a year: expected 'every: year', or an offset from 'cycle-star"),
        ("due: {according-to: last.grade, red: cycle-end, else: cycle-end}", "due", "only 'every: since last' knows a"),
        ("opens: cycle-start + 2 days at 10:00", "opens", "days are counted here: leave out 'at 10:00'"),
        ("opens: cycle-start - 2 weeks", "opens", "work is given within its cycle, and this is 18 March 2026 in the c"),
        ("opens: cycle-end - 1 day, due: cycle-end - 2 days", "due", "this window closes before it opens: in the cycl"),
        ("every: month, due: cycle-start", "due", "this window closes before it opens: in the cycle from"),
        ("every: year, opens: 30 September, due: 31 May", "due", "this window closes before it opens: in the cycle fr"),
        (
            "every: on request, do: [], due: 30 September",
            "due",
            "work on request comes with a date of its own, so nothing counts from here: take 'due' out",
        ),
    ],
)
def test_what_is_wrong_with_a_window_in_a_cycle(write: Write, keys: str, where: str, what: str) -> None:
    assert found(write, keys)[f"{AT}.{where}"].startswith(what)


@pytest.mark.parametrize(
    ("due", "what"),
    [
        ("31 June", "there is no day '31 June' in any year: expected one such as '31 May'"),
        ("none", "work has a date: expected one such as 'cycle-end - 7 days'"),
        ("30 September at 24:30", "'24:30' is no time of day: expected one such as 16:00"),
    ],
)
def test_a_day_or_time_that_is_none_is_refused_as_the_file_is_read(broken: Broken, due: str, what: str) -> None:
    with pytest.raises(BadFile) as error:
        broken("    every: quarter\n", f"    every: year\n    due: {due}\n")
    [problem] = error.value.problems
    assert problem.where == f"{AT}.due"
    assert problem.what.startswith(what)


@pytest.mark.parametrize(
    ("keys", "where", "what"),
    [
        ("every: since last", "", "nothing says when this is due: expected 'due', such as 'last + 12 months'"),
        ("every: since last, due: cycle-end", ".due", "'cycle-end' never has a date here; known: last"),
        ("every: since last, due: 30 September", ".due", "'30 September' never has a date here"),
        ("every: since last, due: last - 2 months", ".due", "expected some time after the last one, in days, weeks or"),
        ("every: since last, due: last", ".due", "expected some time after the last one"),
        ("every: since last, due: last + 8 working hours", ".due", "expected some time after the last one"),
        (
            "every: since last, opens: last + 12 months, due: last + 6 months",
            ".opens",
            "this window closes before it opens: 'due' comes before 'opens'",
        ),
        (
            "every: since last, due: {according-to: grade, red: last + 3 months, else: last + 1 month}",
            ".due.according-to",
            "'grade' is not about the last piece: expected 'last.' and what the last piece was asked, such as 'last.gr",
        ),
        (
            "every: since last, due: {according-to: last.score, red: last + 3 months, else: last + 12 months}",
            ".due.according-to",
            "this work never asks 'score'",
        ),
        (
            "every: since last, due: {according-to: last.grade, read: last + 3 months, else: last + 12 months}",
            ".due.read",
            "'read' is no answer to 'grade'; did you mean 'red'?",
        ),
    ],
)
def test_what_is_wrong_since_the_last_one(write: Write, keys: str, where: str, what: str) -> None:
    assert found(write, keys)[f"{AT}{where}"].startswith(what)


def test_a_window_is_shown_in_words(write: Write) -> None:
    path = write("ours", LADDER + "every: year, opens: 31 May, due: 30 September at 12:00}\n")
    [section] = [each for each in describe(load(path, [SHIPPED])) if each.title == "Practice Learning Review"]
    texts = [each.text for each in section.items]
    assert "Its work is given on 31 May." in texts
    assert "It is due on 30 September, at 12:00." in texts


def test_a_rhythm_by_the_last_result_is_shown_in_words(write: Write) -> None:
    due = "{according-to: last.grade, red: last + 3 months, else: last + 12 months}"
    path = write("ours", LADDER + f"every: since last, opens: last + 6 months, due: {due}}}\n")
    [section] = [each for each in describe(load(path, [SHIPPED])) if each.title == "Practice Learning Review"]
    assert section.intro == "It is done since the last one: each subject has a clock of its own."
    texts = [each.text for each in section.items]
    by = "3 months after the last one for “RED (Inadequate)”, else 12 months after the last one"
    assert "Its work is given 6 months after the last one." in texts
    assert f"It is due by the last one's grade: {by}." in texts
