"""What is decided about good practice is said by a part of a question, never by its name: a message for each fault."""

from pathlib import Path

import pytest

from qabot.framework import lint, load
from qabot.framework.describe import describe
from qabot.messaging.files import Catalogue
from tests.unit.framework.conftest import SHIPPED, Write

WHO = "{label: Who may read it, choice: {private: Nobody, everyone: Everybody}, decides: who-may-read}"
MAY = '{label: May it be read, choice: {"yes": "Yes", "no": "No"}, decides: may-be-shared}'
GIVEN = "nomination.given"


def council(questions: str, ask: str = "[readers]", when: str = GIVEN, more: str = "") -> str:
    duty = f"{{rule: NCT-REC-1, title: Decide, when: [{when}], owes: [practitioner], due: none, ask: {ask}}}"
    return f"extends: newham\nquestions: {{{questions}}}\nduties:\n  decide: {duty}\n{more}"


def problems(write: Write, text: str) -> list[tuple[str, str]]:
    return [(each.where, each.what) for each in lint(load(write("ours", text), [SHIPPED]))]


def test_the_names_are_the_councils_own(write: Write) -> None:
    text = council(f"readers: {WHO}, sound: {MAY}", "[readers, sound]")
    assert problems(write, text) == []
    framework = load(write("ours", text), [SHIPPED])
    said = [item.text for section in describe(framework) for item in section.items if "readers" in item.text]
    assert any("It decides who else may read a record of good practice" in each for each in said)


LEVELS = "who may read it is a choice of private, service and everyone, of which private is one"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            council(f"readers: {WHO}, others: {WHO}", "[readers, others]"),
            ("questions.readers.decides", "'others' decides who-may-read already, and only one question may"),
        ),
        (council(f"readers: {WHO.replace('everyone', 'all')}"), ("questions.readers", LEVELS)),
        (council(f"readers: {WHO.replace('private', 'service')}"), ("questions.readers", LEVELS)),
        (council(f"readers: {WHO.replace('decides', 'optional: true, decides')}"), ("questions.readers", LEVELS)),
        (
            council(f"readers: {WHO}, sound: {MAY.replace('no', 'not')}", "[readers, sound]"),
            ("questions.sound", 'whether it may be shared is a choice of "yes" and "no", in quotes'),
        ),
        (
            council(f"sound: {MAY}", "[sound]"),
            (
                "questions.sound.decides",
                "nobody decides who may read it: expected a question with 'who-may-read'",
            ),
        ),
        (
            council(f"readers: {WHO}", when="practice-learning-review.final"),
            ("questions.readers", "'decide' asks this and is not about a nomination, so it would decide nothing"),
        ),
        (
            council(f"readers: {WHO.replace(', decides: who-may-read', '')}"),
            ("questions.readers", "nothing heeds what is answered here: expected 'decides: who-may-read'"),
        ),
    ],
)
def test_each_fault_has_one_clear_message(write: Write, text: str, found: tuple[str, str]) -> None:
    assert problems(write, text) == [found]


def test_what_tells_of_news_comes_round(write: Write) -> None:
    step = "{rule: NCT-REC-1, at: opened, to: [owner], send: good-practice-card}"
    text = (
        "extends: newham\nduties:\n"
        "  card: {rule: NCT-REC-1, title: Card, when: [nomination.given], tell: [slt], send: good-practice-card}\n"
        f"ladders:\n  ours: {{title: Ours, steps: [{step}]}}\n"
    )
    found = {
        each.where: each.what
        for each in lint(load(write("ours", text), [SHIPPED]), Catalogue.load([Path("messages").resolve()]))
    }
    assert found["duties.card"].endswith("expected 'every', such as month, and no 'when'")
    assert "only a duty with 'every' and 'tell' can" in found["ladders.ours.steps[1].send"]
