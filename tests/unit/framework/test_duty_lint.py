"""What can be wrong with scales, questions and duties: the exact line, key and words."""

import pytest

from qabot.errors import Problem
from qabot.framework import Framework, lint, load, warn
from tests.unit.framework.conftest import SHIPPED, Broken, Write

ASKED = "ask: [meeting-date, chair]"
FINAL = "title: A review that is final\n    when: [practice-learning-review.final]\n    if: {has-actions: false}\n"
SHARED = FINAL + "    tell: [practitioner]\n"

# old text, new text, lines below the change, key path, what is wrong
BROKEN = [
    (
        "when: [practice-learning-review.submitted, practice-learning-review.moderated]",
        "when: [practice-learning-review.submited]",
        0,
        "duties.alert.when[1]",
        "nothing leaves the moment 'practice-learning-review.submited'; did you mean 'submitted'?",
    ),
    (
        "when: [actions.put-off]",
        "when: [actions.begun]",
        0,
        "duties.promised.when[1]",
        "nothing leaves the moment 'actions.begun'; expected one of opened, done, late, put-off",
    ),
    (
        "when: [actions.put-off]",
        "when: [action.put-off]",
        0,
        "duties.promised.when[1]",
        "nothing leaves the moment 'action.put-off': there is no 'action' in this file; did you mean 'actions'?",
    ),
    (
        "when: [actions.put-off]",
        "when: [final-shared.opened]",
        0,
        "duties.promised.when[1]",
        "nothing leaves the moment 'final-shared.opened': there is no 'final-shared' in this file",
    ),
    (
        "when: [practice-learning-review.planned]",
        "when: [practice-learning-review.planned, practice-learning-review.given]",
        0,
        "duties.data-request.when",
        "'planned' is about a cycle and the others about a piece of work; make two duties of them",
    ),
    (
        "    owes: [data-and-impact]\n",
        "",
        -4,
        "duties.data-request",
        "nobody owes this: expected 'owes', 'owes-each' or, if nothing is owed, 'tell'",
    ),
    (
        "    owes: [data-and-impact]\n",
        "    owes: [data-and-impact]\n    owes-each: [slt]\n",
        1,
        "duties.data-request.owes-each",
        "expected one of 'owes', 'owes-each' and 'tell'; 'owes' is there already",
    ),
    (
        "    owes: [data-and-impact]\n",
        "    owes: [data-and-impact]\n    tell: [slt]\n",
        1,
        "duties.data-request.tell",
        "expected one of 'owes', 'owes-each' and 'tell'; 'owes' is there already",
    ),
    (
        SHARED,
        FINAL + "    tell: [practitioners]\n",
        3,
        "duties.final-shared.tell[1]",
        "there is no role 'practitioners'; did you mean 'practitioner'?",
    ),
    (
        "tell: [service-manager], send",
        "tell: [service-managers], send",
        0,
        "duties.actions.put-off.tell[1]",
        "there is no role 'service-managers'; did you mean 'service-manager'?",
    ),
    (
        "if: [{any-grade: [red]}, {concern: true}]",
        "if: [{any-grade: [red]}, {grade: [redd]}]",
        0,
        "duties.alert.if[2].grade",
        "there is no grade 'redd' in any scale; did you mean 'red'?",
    ),
    (
        "if: [{any-grade: [red]}, {concern: true}]",
        "if: {}",
        0,
        "duties.alert.if",
        "this asks nothing; expected a condition such as {any-grade: [red]}",
    ),
    (
        "when: [practice-learning-review.planned]\n",
        "when: [practice-learning-review.planned]\n    if: {grade: [red]}\n",
        1,
        "duties.data-request.if",
        "a cycle that is only planned has no grade and no answer yet, so this could never hold",
    ),
    (
        "if: [{any-grade: [red]}, {concern: true}]",
        "if: {answer: {chairs: [yes]}}",
        0,
        "duties.alert.if.answer.chairs",
        "nothing asks 'chairs'; did you mean 'chair'?",
    ),
    (
        "if: [{any-grade: [red]}, {concern: true}]",
        "if: {answer: {seen: [maybe]}}",
        0,
        "duties.alert.if.answer.seen",
        "nothing asks 'seen'",
    ),
    (
        ASKED,
        "ask: [meeting-day, chair]",
        0,
        "duties.pim-date.ask[1]",
        "there is no question 'meeting-day' under 'questions'; did you mean 'meeting-date'?",
    ),
    (
        "ask: [acknowledged]",
        "ask: [acknowledged, chair]",
        0,
        "duties.alert.ask",
        "an alert asks to be acknowledged and nothing else; ask the rest with another duty",
    ),
    (
        "ask: [second-grade, told-in-person]",
        "ask: [second-grade, chair]",
        0,
        "duties.red-review.ask",
        "beside 'second-grade' only 'told-in-person' can be asked; ask the rest with another duty",
    ),
    (
        "ask: [meeting-date, chair]",
        "ask: [meeting-date, chair, told-in-person]",
        0,
        "duties.pim-date.ask",
        "'told-in-person' is asked alone, or beside 'second-grade'; ask the rest with another duty",
    ),
    (
        'done: "Meeting on {meeting-date}"',
        'done: "Meeting on {meeting-day}"',
        0,
        "duties.pim-date.done",
        "'meeting-day' is not asked here, so it has no answer; did you mean 'meeting-date'?",
    ),
    (
        "thanks: The data is marked as sent.",
        'thanks: "Sent on {meeting-date}."',
        0,
        "duties.data-request.thanks",
        "'meeting-date' is not asked here, so it has no answer",
    ),
    (
        'button: "Give the meeting date for {about}"',
        'button: "Give the meeting date {meeting-date}"',
        0,
        "duties.pim-date.button",
        "a button can name {about} and nothing else, found 'meeting-date'",
    ),
    (
        "    due: cycle-start - 1 working day\n",
        "",
        -5,
        "duties.data-request",
        "this key is missing: due; write 'due: none' if it has no date",
    ),
    (
        "due: cycle-start - 1 working day",
        "due: cycle-stat - 1 working day",
        0,
        "duties.data-request.due",
        "'cycle-stat' never has a date here; did you mean 'cycle-start'?",
    ),
    (
        "due: cycle-start - 1 working day",
        "due: submitted + 1 working day",
        0,
        "duties.data-request.due",
        "'submitted' never has a date here; known: cycle-start, opened",
    ),
    (
        "    due: cycle-start - 1 working day\n",
        "    due: cycle-start - 1 working day\n    opens: cycle-start + 2 weeks\n",
        1,
        "duties.data-request.opens",
        "this window closes before it opens: 'due' comes before 'opens'",
    ),
    (
        "due: cycle-start - 1 working day",
        "due: {according-to: risk, else: cycle-start, high: cycle-start - 1 week}",
        0,
        "duties.data-request.due.according-to",
        "nothing asks 'risk' before this is due",
    ),
    (
        "    owes: [service-manager, head-of-service]\n    due: none",
        "    owes: [service-manager, head-of-service]\n    due: opened + 1 working day",
        1,
        "duties.alert.due",
        "an alert is open until somebody acknowledges it: expected 'due: none'",
    ),
    (
        "    ask: [acknowledged]\n",
        "    ask: [acknowledged]\n    holds: final\n",
        1,
        "duties.alert.holds",
        "an alert has no end that is known before, so it may hold nothing",
    ),
    (
        "    put-off: {times: 1, tell: [service-manager], send: new-date-given}\n",
        "    holds: final\n    put-off: {times: 1, tell: [service-manager], send: new-date-given}\n",
        0,
        "duties.actions.holds",
        "this opens after the work is final, so it cannot hold it",
    ),
    (
        "    due: new-date\n",
        "    due: new-date\n    holds: final\n",
        1,
        "duties.promised.holds",
        "this opens after the work is final, so it cannot hold it",
    ),
    (
        "    when: [alert.opened]\n    if: {any-grade: [red]}\n    owes: [service-manager]\n"
        "    due: opened + 5 working days\n",
        "    when: [alert.opened]\n    owes: [service-manager]\n    due: none\n    holds: final\n",
        3,
        "duties.pim-date.holds",
        "what has no date may not hold: expected a 'due'",
    ),
    (
        "when: [actions.put-off]",
        "when: [actions.put-off, promised.done]",
        0,
        "duties.promised.when",
        "this goes round in a circle: promised after promised",
    ),
    (
        "never: [practitioner], present-on: meeting-date}",
        "never: [practitioner], present-on: chair}",
        0,
        "questions.chair.present-on",
        "'chair' asks for no date, so nobody can be present on it",
    ),
    (
        "never: [practitioner], present-on: meeting-date}",
        "never: [practitioner], present-on: meeting}",
        0,
        "questions.chair.present-on",
        "there is no question 'meeting'; did you mean 'meeting-date'?",
    ),
    (
        "earliest: alert.opened",
        "earliest: alert.opend",
        0,
        "questions.meeting-date.earliest",
        "'alert.opend' never has a date here; did you mean 'alert.opened'?",
    ),
    (
        "latest: today + 60 days",
        "latest: toady + 60 days",
        0,
        "questions.meeting-date.latest",
        "'toady' never has a date here; did you mean 'today'?",
    ),
    (
        "put-off: {times: 1,",
        "put-off: {within: due + 5 days, times: 1,",
        0,
        "duties.actions.put-off.within",
        "a new date is never counted from 'due', but from the day on which somebody gives it: expected 'today' and "
        "some time, such as 'today + 60 days'",
    ),
    (
        "\nquestions:\n",
        "\nquestions:\n  second-grade: {label: Your grade, scale: brag}\n",
        2,
        "questions.second-grade",
        "'second-grade' needs no words here: what its answer does is known",
    ),
    (
        "\nquestions:\n",
        "\nquestions:\n  quality: {label: How good, scale: bragg}\n",
        2,
        "questions.quality.scale",
        "there is no scale 'bragg' under 'scales'; did you mean 'brag'?",
    ),
    (
        "\nquestions:\n",
        "\nquestions:\n  score: {label: How many, type: number, least: 5, greatest: 1}\n",
        2,
        "questions.score.greatest",
        "this is less than 'least', so no number would do",
    ),
    (
        "\nscales:\n",
        "\nscales:\n  other: {version: newham-brag-1, labels: {well: Well}}\n",
        4,
        "scales.brag.version",
        "'other' has this version too; an answer must say by which it was given",
    ),
]


def found_in(framework: Framework, messages: frozenset[str] | None = None) -> dict[str, Problem]:
    return {problem.where: problem for problem in lint(framework, messages)}


@pytest.mark.parametrize(("old", "new", "below", "where", "what"), BROKEN, ids=lambda value: str(value)[-40:])
def test_what_is_wrong_with_a_duty_is_found_on_its_line(
    broken: Broken, old: str, new: str, below: int, where: str, what: str
) -> None:
    framework, line = broken(old, new)
    assert (line + below, where, what) in [(each.line, each.where, each.what) for each in lint(framework)]


CHAIN = """extends: newham
questions:
  risk: {label: How urgent is it?, choice: {high: High, low: Low}}
  seen: {label: Was the child seen?, type: tick}
duties:
  first: {rule: NEW-ALT-3, title: First, when: [WHEN], owes: [slt], due: opened + 1 day, ask: [risk, seen]}
  second:
    rule: NEW-ALT-3
    title: Second
    when: [first.done]
    if: {answer: {ANSWER}}
    owes: [slt]
    due: {according-to: risk, else: opened + 1 day, DUE}
"""


def chain(
    write: Write, when: str = "actions.done", answer: str = "risk: [low]", due: str = "low: opened + 5 days"
) -> list[tuple[int, str, str]]:
    text = CHAIN.replace("WHEN", when).replace("ANSWER", answer).replace("DUE", due)
    return [(each.line, each.where, each.what) for each in lint(load(write("ours", text), [SHIPPED]))]


def test_a_chain_whose_due_date_goes_by_an_answer_has_no_problem(write: Write) -> None:
    assert chain(write) == []


def test_an_answer_that_a_question_does_not_have_is_found(write: Write) -> None:
    assert chain(write, answer="risk: [lo]") == [
        (11, "duties.second.if.answer.risk", "'lo' is no answer to 'risk'; did you mean 'low'?")
    ]
    assert chain(write, answer='seen: ["maybe"]') == [
        (11, "duties.second.if.answer.seen", "'maybe' is no answer to 'seen'")
    ]
    assert chain(write, due="lo: opened + 5 days") == [
        (13, "duties.second.due.lo", "'lo' is no answer to 'risk'; did you mean 'low'?")
    ]


def test_a_circle_of_duties_is_told_once_whichever_moment_it_goes_through(write: Write) -> None:
    for when in ("second.done", "actions.done, second.done", "second.late, actions.done"):
        assert chain(write, when) == [
            (6, "duties.first.when", "this goes round in a circle: first after second after first")
        ]


def test_a_duty_may_not_be_called_what_an_activity_or_a_sample_is(write: Write) -> None:
    for name in ("practice-learning-review", "qa", "moderation", "nomination"):
        text = f"extends: newham\nduties:\n  {name}: {{rule: NEW-ALT-3, title: A, when: [alert.done], tell: [slt]}}\n"
        found = found_in(load(write("ours", text), [SHIPPED]))
        assert found[f"duties.{name}"].what == f"{name!r} already means something else; call the duty something else"


def test_a_message_for_those_who_are_told_must_be_there(broken: Broken) -> None:
    framework, line = broken("    send: audit-final\n", "    send: audit-finale\n")
    assert "duties.final-shared.send" not in found_in(framework)
    problem = found_in(framework, frozenset({"audit-final"}))["duties.final-shared.send"]
    assert (problem.line, problem.what) == (
        line,
        "there is no message 'audit-finale'; did you mean 'audit-final'?",
    )


WRONG = """extends: newham
duties:
  one: {rule: NEW-ALT-3, title: One, when: [actions.stopped], owes: [mayor], ask: [colour], ladder: lader}
  two: {rule: NEW-ALT-3, title: Two, when: [actions.done, two.done], if: {any-grade: [rad]}, due: none, holds: final}
"""


def test_all_that_is_wrong_with_duties_is_told_at_once(write: Write) -> None:
    found = [(each.line, each.where) for each in lint(load(write("ours", WRONG), [SHIPPED]))]
    assert sorted(found) == [
        (3, "duties.one"),
        (3, "duties.one.ask[1]"),
        (3, "duties.one.ladder"),
        (3, "duties.one.owes[1]"),
        (3, "duties.one.when[1]"),
        (4, "duties.two"),
        (4, "duties.two.holds"),
        (4, "duties.two.if.any-grade"),
        (4, "duties.two.when"),
        (4, "duties.two.when[2]"),
    ]


def test_a_title_that_speaks_to_one_person_is_warned_of_because_others_read_it(broken: Broken) -> None:
    """A senior leader's list said "Actions to confirm by your new date" of somebody else's."""
    framework, _ = broken("title: Actions to confirm by the new date", "title: Actions to confirm by Your new date")
    assert [(each.where, each.what) for each in warn(framework)] == [
        ("duties.promised.title", "others read this too, on lists and pages, so it should not say 'you' or 'your'")
    ]


@pytest.mark.parametrize("name", sorted(each.stem for each in SHIPPED.glob("*.yaml")))
def test_no_title_that_is_shipped_speaks_to_one_person(name: str) -> None:
    assert [each for each in warn(load(name, [SHIPPED])) if "you" in each.what] == []
