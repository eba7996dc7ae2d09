"""No grade reaches the practitioner: the linter refuses what would give one away (language, sentence 25)."""

from pathlib import Path

import pytest

from qabot.framework import Framework, lint, load
from qabot.framework.vocabulary import graded
from tests.unit.framework.conftest import SHIPPED, Write

RULES = """extends: newham
rules:
  ABC-DDL-1: {text: A rule of another council., source: invented}
"""
WHEN = "rule: ABC-DDL-1, title: A duty, due: none, when: [practice-learning-review.submitted], if: {grade: [red]}"


def problems(write: Write, text: str) -> list[str]:
    return [each.where for each in lint(load(write("ours", f"{RULES}{text}"), [SHIPPED]))]


def test_newhams_own_file_gives_nothing_away(newham: Framework) -> None:
    assert lint(newham) == []
    assert Path("frameworks/newham.yaml").is_file()


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ("owes: [practitioner]", "owes"),
        ("owes-each: [practice-lead, practitioner]", "owes-each"),
        ("owes: [practice-lead], put-off: {tell: [practitioner]}", "put-off"),
        ("tell: [practitioner]", "tell"),
    ],
)
def test_what_a_grade_opens_for_the_practitioner_is_refused(write: Write, keys: str, where: str) -> None:
    assert problems(write, f"duties:\n  talk: {{{WHEN}, {keys}}}\n") == [f"duties.talk.{where}"]


def test_a_step_to_the_practitioner_is_refused(write: Write) -> None:
    text = f"""duties:
  talk: {{{WHEN}, owes: [practice-lead], ladder: theirs}}
ladders:
  theirs: {{title: Theirs, steps: [{{rule: ABC-DDL-1, at: opened, to: [practitioner], send: duty}}]}}
"""
    assert problems(write, text) == ["ladders.theirs.steps[1].to"]


def test_so_is_what_follows_down_a_chain(write: Write) -> None:
    text = f"""duties:
  look: {{{WHEN}, owes: [practice-lead]}}
  then: {{rule: ABC-DDL-1, title: Then, when: [look.done], owes: [practitioner], due: none}}
"""
    assert problems(write, text) == ["duties.then.owes"]


def test_what_comes_after_the_talk_is_the_practitioners_to_know(write: Write) -> None:
    text = f"""duties:
  talk: {{{WHEN}, owes: [head-of-service], ask: [second-grade, told-in-person]}}
  then: {{rule: ABC-DDL-1, title: Then, when: [talk.done], owes: [practitioner], due: none}}
  after: {{rule: ABC-DDL-1, title: After, when: [then.done], tell: [practitioner], send: duty-news}}
"""
    assert problems(write, text) == []


def test_what_opens_for_every_grade_gives_nothing_away(write: Write) -> None:
    text = """duties:
  read: {rule: ABC-DDL-1, title: Read it, when: [practice-learning-review.final], owes: [practitioner], due: none}
"""
    assert problems(write, text) == []


def test_judging_an_answer_would_tell_them_too(write: Write) -> None:
    text = f"duties:\n  talk: {{{WHEN}, owes: [practice-lead], judged-by: [practitioner]}}\n"
    assert problems(write, text) == ["duties.talk.judged-by"]


FINAL = "rule: ABC-DDL-1, title: Read it, due: none, when: [practice-learning-review.final]"


def test_what_comes_after_a_talk_that_holds_the_work_is_theirs_to_know(write: Write) -> None:
    text = f"duties:\n  read: {{{FINAL}, if: {{grade: [red]}}, owes: [practitioner]}}\n"
    assert problems(write, text) == [], "Newham's red-review holds final, and asks for the talk"


@pytest.mark.parametrize(
    "text",
    [
        f"duties:\n  read: {{{FINAL}, if: {{grade: [red, amber]}}, owes: [practitioner]}}\n",
        f"duties:\n  read: {{{FINAL}, if: {{any-grade: [red]}}, owes: [practitioner]}}\n",
        f"without: [NEW-ALT-3]\nduties:\n  read: {{{FINAL}, if: {{grade: [red]}}, owes: [practitioner]}}\n",
    ],
    ids=["a grade for which nobody talks", "a second look may come later", "the talk is switched off"],
)
def test_but_not_where_the_talk_may_not_have_been(write: Write, text: str) -> None:
    assert "duties.read.owes" in problems(write, text)


def test_a_duty_of_theirs_for_every_grade_may_also_follow_the_talk(write: Write) -> None:
    text = f"""duties:
  talk: {{{WHEN}, owes: [head-of-service], ask: [second-grade, told-in-person]}}
  read: {{rule: ABC-DDL-1, title: Read it, due: none, owes: [practitioner],
          when: [practice-learning-review.final, talk.done]}}
"""
    assert problems(write, text) == []


def test_whoever_may_not_know_a_grade_is_not_shown_who_judges_what_follows_from_one(write: Write) -> None:
    text = f"duties:\n  talk: {{{WHEN}, owes: [practice-lead], judged-by: [service-manager]}}\n"
    assert {"talk", "talk-judged"} <= graded(load(write("ours", f"{RULES}{text}"), [SHIPPED]))


CONCERN = WHEN.replace("{grade: [red]}", "{concern: true}")


@pytest.mark.parametrize(
    "keys",
    [
        "owes: [practitioner]",
        "owes-each: [practitioner, practice-lead]",
        "tell: [practitioner]",
        "owes: [practice-lead], put-off: {tell: [practitioner]}",
        "owes: [practice-lead], judged-by: [practitioner]",
    ],
)
def test_an_immediate_concern_is_no_grade_and_may_be_told_to_the_practitioner(write: Write, keys: str) -> None:
    assert problems(write, f"duties:\n  talk: {{{CONCERN}, {keys}}}\n") == []


def test_neither_is_what_follows_from_one(write: Write) -> None:
    text = f"""duties:
  look: {{{CONCERN}, owes: [practice-lead]}}
  then: {{rule: ABC-DDL-1, title: Then, when: [look.done], owes: [practitioner], due: none}}
"""
    assert problems(write, text) == []


@pytest.mark.parametrize("condition", ["{concern: true, any-grade: [red]}", "[{concern: true}, {grade: [red]}]"])
def test_a_concern_beside_a_grade_still_gives_the_grade_away(write: Write, condition: str) -> None:
    keys = f"{WHEN.replace('{grade: [red]}', condition)}, owes: [practitioner]"
    assert problems(write, f"duties:\n  talk: {{{keys}}}\n") == ["duties.talk.owes"]


def test_an_alert_of_either_is_not_the_practitioners(write: Write) -> None:
    text = "duties: {alert: {owes: [service-manager, head-of-service, practitioner]}}\n"
    assert "duties.alert.owes" in problems(write, text)


ASKED = """questions:
  quality: {label: How good is it?, scale: brag}
  stars: {label: How many stars?, scale: stars}
scales: {stars: {version: stars-1, labels: {one: One star, two: Two stars}}}
"""


@pytest.mark.parametrize(
    ("question", "where"), [("{quality: [red]}", ["duties.then.owes"]), ("{stars: [one]}", [])], ids=["grade", "other"]
)
def test_a_grade_that_a_question_asked_is_one_too(write: Write, question: str, where: list[str]) -> None:
    text = f"""{ASKED}duties:
  look: {{rule: ABC-DDL-1, title: Look, due: none, when: [practice-learning-review.final], owes: [practice-lead],
          ask: [quality, stars]}}
  then: {{rule: ABC-DDL-1, title: Then, due: none, when: [look.done], if: {{answer: {question}}},
          owes: [practitioner]}}
"""
    assert problems(write, text) == where
