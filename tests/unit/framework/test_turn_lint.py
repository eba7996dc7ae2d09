"""A duty that comes round by itself: what is wrong with it, and how it is shown."""

import pytest

from qabot.framework import lint, load
from qabot.framework.describe import describe
from tests.unit.framework.conftest import SHIPPED, Write

FILE = """
extends: newham
duties:
  survey: {{rule: NEW-ACT-28, title: Yearly survey, {keys}}}
"""


def found(write: Write, keys: str) -> dict[str, str]:
    return {each.where: each.what for each in lint(load(write("ours", FILE.format(keys=keys)), [SHIPPED]))}


@pytest.mark.parametrize(
    "keys",
    [
        "every: year, owes-each: [practice-lead], due: opened + 15 working days",
        "every: quarter, owes: [quality-assurance], due: cycle-end - 1 week at 16:00",
        "every: year from 2026-01-01, owes: [quality-assurance], opens: 1 June, due: 30 September",
        "every: month on last Friday, tell: [practice-lead]",
        "every: 2 months, owes: [quality-assurance], due: none",
    ],
)
def test_a_rhythm_of_its_own_is_taken(write: Write, keys: str) -> None:
    assert found(write, keys) == {}


@pytest.mark.parametrize(
    ("keys", "where", "what"),
    [
        ("owes: [slt], due: none", "", "nothing opens this: expected 'when' with a moment, or 'every' with how often"),
        (
            "every: year, when: [practice-learning-review.final], owes: [slt], due: none",
            ".every",
            "this opens on a moment already: expected one of 'when' and 'every'",
        ),
        ("every: since last, owes: [slt], due: none", ".every", "nothing comes round 'since last': expected how often"),
        ("every: on request, owes: [slt], due: none", ".every", "nothing comes round 'on request': expected how often"),
        ("every: 6 weeks, owes: [slt], due: none", ".every", "nothing says from when '6 weeks' is counted"),
        ("every: month on 5th Friday, owes: [slt], due: none", ".every", "not every month has a 5th Friday"),
        ("every: year, owes: [slt], due: last + 1 month", ".due", "'last' never has a date here"),
        ("every: year, owes: [slt], due: submitted + 1 month", ".due", "'submitted' never has a date here"),
        ("every: quarter, owes: [slt], due: 31 May", ".due", "'31 May' comes once a year: expected 'every: year'"),
        ("every: year, if: {grade: [red]}, owes: [slt], due: none", ".if", "nothing has happened as its turn comes"),
        ("every: year, holds: final, owes: [slt], due: opened + 1 day", ".holds", "this is about no piece of work"),
        ("every: year, owes: [practitioner], due: none", ".owes[1]", "this is about nobody's work, so it has no pract"),
        (
            "every: year, owes: [slt], due: none, ask: [second-grade]",
            ".ask",
            "this is about no piece of work, so",
        ),
    ],
)
def test_what_is_wrong_with_a_rhythm_of_its_own(write: Write, keys: str, where: str, what: str) -> None:
    assert found(write, keys)[f"duties.survey{where}"].startswith(what)


def test_it_is_shown_in_words(write: Write) -> None:
    keys = "every: year, owes-each: [practice-lead], due: opened + 15 working days"
    sections = {each.title: each for each in describe(load(write("ours", FILE.format(keys=keys)), [SHIPPED]))}
    [text] = [each.text for each in sections["Duties"].items if "survey" in each.text]
    assert text.startswith(
        "Yearly survey (survey): each year, the Practice Lead each owe it, due 15 working days after"
    )
