"""Conditions that never hold, and dates that give a grade away: what passed the check and then never acted."""

from pathlib import Path

import pytest

from qabot.framework import lint, load
from qabot.messaging.files import Catalogue
from tests.unit.framework.conftest import SHIPPED, Write
from tests.unit.framework.test_never_silently import duties, entry, problems

REVIEW = "practice-learning-review"
DUTY = {
    "rule": "NEW-ALT-3",
    "title": "Look into it",
    "when": f"[{REVIEW}.submitted]",
    "owes": "[slt]",
    "due": "opened + 5 days",
}
OTHER_SCALE = """
scales:
  steps: {version: steps-1, labels: {safe: Safe, unsafe: Unsafe}}
questions:
  how-safe: {label: How safe is it?, scale: steps}
  risk: {label: Risk?, choice: {high: High, low: Low}}
activities:
  home-visit: {rule: NEW-ACT-1, title: home visit, plural: home visits, every: month, about: case,
    do: [{rule: NEW-QUO-1, count: 1, per: practice-lead}], ask: [how-safe], grade: how-safe}
rules:
  NEW-ACT-1: {text: Home visits are looked at., source: invented}
"""
KEPT = "\nscales:\n  before: {version: before-1, labels: {weak: Weak, strong: Strong}}\n"
ASKS = entry(DUTY, ask="[risk]")


@pytest.fixture(scope="module")
def messages() -> Catalogue:
    return Catalogue.load([Path("messages").resolve()])


@pytest.mark.parametrize("key", ["grade", "any-grade"])
def test_a_grade_that_only_other_work_is_given_is_told(write: Write, messages: Catalogue, key: str) -> None:
    text = OTHER_SCALE + duties(asks=ASKS, look=entry(DUTY, if_=f"{{{key}: [unsafe]}}"))
    assert problems(write, text, messages) == [
        f"duties.look.if.{key}: no Practice Learning Review is given the grade 'unsafe', so this never holds; "
        "expected one or more of blue, green, amber, red"
    ]


@pytest.mark.parametrize("when", [f"[{REVIEW}.submitted, home-visit.submitted]", "[home-visit.final]"])
def test_a_grade_of_some_of_the_work_is_taken(write: Write, messages: Catalogue, when: str) -> None:
    text = OTHER_SCALE + duties(asks=ASKS, look=entry(DUTY, when=when, if_="{grade: [unsafe]}"))
    assert problems(write, text, messages) == []


def test_a_grade_of_a_scale_that_is_kept_for_what_it_has_graded_is_taken(write: Write, messages: Catalogue) -> None:
    text = KEPT + duties(look=entry(DUTY, when=f"[{REVIEW}.final]", if_="{grade: [weak, red]}"))
    assert problems(write, text, messages) == []


def test_an_answer_that_nobody_can_have_given_yet_is_told(write: Write, messages: Catalogue) -> None:
    told = (
        "duties.look.if.answer.risk: 'asks' asks 'risk', and opens no sooner than this, so this could never hold: "
        "open this on 'asks.done'"
    )
    look = entry(DUTY, if_="{answer: {risk: [high]}}")
    assert problems(write, OTHER_SCALE + duties(asks=ASKS, look=look), messages) == [told]
    later = duties(first=entry(DUTY), asks=entry(DUTY, when="[first.done]", ask="[risk]"), look=look)
    assert problems(write, OTHER_SCALE + later, messages) == [told]


@pytest.mark.parametrize(
    ("asks", "look"),
    [
        (f"[{REVIEW}.given]", f"[{REVIEW}.submitted]"),
        (f"[{REVIEW}.submitted]", "[asks.done]"),
        (f"[{REVIEW}.submitted]", f"[{REVIEW}.final]"),
        (f"[{REVIEW}.submitted]", f"[{REVIEW}.submitted, asks.done]"),
    ],
)
def test_an_answer_that_may_be_there_is_taken(write: Write, messages: Catalogue, asks: str, look: str) -> None:
    text = duties(
        asks=entry(DUTY, when=asks, ask="[risk]"), look=entry(DUTY, when=look, if_="{answer: {risk: [high]}}")
    )
    assert problems(write, OTHER_SCALE + text, messages) == []


def test_a_date_of_the_practitioners_by_a_grade_is_told(write: Write, messages: Catalogue) -> None:
    due = "{according-to: manager-overall, red: submitted + 1 day, else: submitted + 1 week}"
    [found] = problems(write, duties(look=entry(DUTY, owes="[practitioner]", due=due)), messages)
    assert found.startswith("duties.look.due.according-to: this goes by a grade, so the date would give it away")


def test_such_a_date_may_follow_the_talk(write: Write, messages: Catalogue) -> None:
    due = "{according-to: manager-overall, red: opened + 1 day, else: opened + 1 week}"
    text = duties(
        talk=entry(DUTY, ask="[told-in-person]"),
        look=entry(DUTY, when="[talk.done]", owes="[practitioner]", due=due),
    )
    assert problems(write, text, messages) == []
    assert lint(load(write("ours", f"extends: newham\n{text}"), [SHIPPED]), messages) == []
