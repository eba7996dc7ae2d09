"""Duties for each row of a question: what a file may say of them, and what is refused with line and words."""

import pytest

from qabot.framework import Framework, lint, load
from qabot.framework.describe import describe
from qabot.framework.differences import differences
from qabot.framework.secret_lint import hidden_from
from qabot.framework.vocabulary import anchors, graded
from tests.unit.framework.conftest import SHIPPED, Write

RULES = """extends: newham
rules:
  ABC-DDL-1: {text: A rule of another council., source: invented}
"""
STEPS = "questions:\n  steps: {label: Action, rows: {what: text, owner: person, date: date}}\n"
SUBMITTED = "rule: ABC-DDL-1, when: [practice-learning-review.submitted], owes: [practice-lead], due: none"
PLAN = f"duties:\n  plan: {{title: The plan, {SUBMITTED}, ask: [steps]}}\n"
ACTION = "rule: ABC-DDL-1, title: Action, when: [steps.row], owes: [owner], due: date"


THEN = "  then: {rule: ABC-DDL-1, title: Then, when: [steps.row], owes: [practice-lead], due: none}\n"


def council(write: Write, text: str) -> Framework:
    return load(write("ours", f"{RULES}{text}"), [SHIPPED])


def problems(write: Write, text: str) -> list[tuple[str, str]]:
    return [(each.where, each.what) for each in lint(council(write, text))]


def with_action(old: str = "", new: str = "", more: str = "") -> str:
    """The plan and its actions, with some words of the action's line changed, and more lines."""
    assert old in ACTION
    return f"{STEPS}{PLAN}  action: {{{ACTION.replace(old, new) if old else ACTION}}}\n{more}"


@pytest.mark.parametrize(
    "text",
    [
        with_action(),
        with_action("due: date", "due: date - 2 days, roll: earlier"),
        with_action("due: date", "due: submitted + 6 weeks"),
        with_action("owes: [owner]", "owes: [owner, practice-lead]"),
        with_action("owes: [owner]", "owes-each: [practice-lead, owner]"),
        with_action("owes: [owner], due: date", "tell: [owner]"),
        with_action("owes: [owner], due: date", "owes: [practice-lead], due: date, judged-by: [owner]"),
        with_action("due: date", "due: date, put-off: {tell: [owner, practice-lead]}"),
        with_action(
            "owes: [owner], due: date",
            "owes: [practice-lead], due: date, put-off: {approve: [owner]}, let-off: {approve: [owner]}",
        ),
        with_action("due: date", "due: date, holds: final"),
        with_action("due: date", "due: date, ends-with: [then.done]", more=THEN),
        with_action(more="  then: {rule: ABC-DDL-1, title: Then, when: [action.late], owes: [owner], due: none}\n"),
        with_action(more="  then: {rule: ABC-DDL-1, title: Then, when: [action.done], owes: [owner], due: date}\n"),
    ],
)
def test_what_can_be_said_of_a_row(write: Write, text: str) -> None:
    assert problems(write, text) == []


def test_a_column_may_be_the_day_that_its_row_is_due(write: Write) -> None:
    text = with_action("due: date", "due: due").replace("date: date}", "due: date}")
    assert problems(write, text) == []


def test_a_question_may_have_the_name_of_a_duty(write: Write) -> None:
    text = with_action("steps.row", "actions.row").replace("steps", "actions")
    assert problems(write, text) == [], "Newham has a duty 'actions'"


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (
            with_action("steps.row", "step.row"),
            "duties.action.when[1]",
            "there is no question 'step' under 'questions'; did you mean 'steps'?",
        ),
        (
            with_action("steps.row", "steps.rows"),
            "duties.action.when[1]",
            "nothing leaves the moment 'steps.rows'; did you mean 'row'?",
        ),
        (
            with_action("steps.row", "chair.row"),
            "duties.action.when[1]",
            "'chair' is answered by a person, so it has no rows",
        ),
        (
            with_action().replace("ask: [steps]", "ask: [chair]"),
            "duties.action.when[1]",
            "nothing asks 'steps', so no row of it is ever given",
        ),
        (
            with_action("owes: [owner]", "owes: [ower]"),
            "duties.action.owes[1]",
            "there is no role 'ower' and no column that holds a person; did you mean 'owner'?",
        ),
        (
            with_action("owes: [owner]", "owes: [date]"),
            "duties.action.owes[1]",
            "there is no role 'date' and no column that holds a person",
        ),
        (
            with_action("owes: [owner]", "owes-each: [owner, ower]"),
            "duties.action.owes-each[2]",
            "there is no role 'ower' and no column that holds a person; did you mean 'owner'?",
        ),
        (
            with_action("owes: [owner]", "owes: [practice-lead, owner]"),
            "duties.action.owes[2]",
            "'owner' is the person whom a row names, so it is theirs first: expected it at the beginning of 'owes' and "
            "no other one there, or 'owes-each'",
        ),
        (
            with_action("due: date", "due: dat"),
            "duties.action.due",
            "'dat' never has a date here; did you mean 'date'?",
        ),
        (
            with_action("due: date", "due: owner"),
            "duties.action.due",
            "'owner' holds a person in each row of 'steps', and this needs a date: expected date",
        ),
        (
            with_action().replace("date: date}", "date: text}"),
            "duties.action.due",
            "'date' holds a text in each row of 'steps', and this needs a date: no column holds a date",
        ),
        (
            with_action("when: [steps.row]", "when: [steps.row, plan.done]"),
            "duties.action.when",
            "'plan.done' is not about a row, and another moment is; make two duties of them",
        ),
        (
            with_action("due: date", "due: date, ends-with: [plan.done]"),
            "duties.action.ends-with[1]",
            "'plan.done' is about the whole work, and this about a row of it, so it would never end with it",
        ),
        (
            with_action().replace("ask: [steps]", "ask: [steps], ends-with: [action.done]"),
            "duties.plan.ends-with[1]",
            "'action.done' is about a row, and this about the whole work, so it would never end with it",
        ),
        (
            with_action("due: date", "due: none, ask: [acknowledged], ladder: red-alert"),
            "duties.action.ask",
            "an alert is about a whole piece of work, and this is about a row; ask another question",
        ),
        (
            with_action("due: date", "due: date, ask: [second-grade]"),
            "duties.action.ask",
            "a row has no grade, so nobody can judge it a second time; ask another question",
        ),
        (
            with_action("owes: [owner]", "owes: [practice-lead]").replace("owner: person", "practice-lead: person"),
            "questions.steps.rows.practice-lead",
            "'practice-lead' is a role as well; call the column something else",
        ),
        (
            with_action("owes: [owner]", "owes: [auditor]").replace("owner: person", "auditor: person"),
            "questions.steps.rows.auditor",
            "'auditor' already means somebody else; call the column something else",
        ),
        (
            with_action("due: date", "due: submitted").replace("date: date}", "submitted: date}"),
            "questions.steps.rows.submitted",
            "'submitted' is another date already; call the column something else",
        ),
        (
            with_action("due: date", "due: date, ask: [steps]"),
            "duties.action.when",
            "this goes round in a circle: action after action",
        ),
        (
            f"{with_action()}  other: {{title: Other, {SUBMITTED.replace('[practice-lead]', '[owner]')}}}\n",
            "duties.other.owes[1]",
            "there is no role 'owner'",
        ),
    ],
)
def test_what_cannot_be_said_is_told_with_its_place(write: Write, text: str, where: str, what: str) -> None:
    assert problems(write, text) == [(where, what)]


def test_what_a_row_leads_to_may_not_hold_what_made_the_work_final(write: Write) -> None:
    text = with_action("due: date", "due: date, holds: final").replace(".submitted", ".final")
    assert problems(write, text) == [
        ("duties.action.holds", "this opens after the work is final, so it cannot hold it")
    ]


def test_the_days_of_a_row_count_for_its_duties_alone(write: Write) -> None:
    ours = council(write, with_action())
    assert {"date", "steps.row", "submitted"} <= anchors(ours, "action")
    assert not {"date", "steps.row"} & anchors(ours, "plan")


def test_what_stands_behind_a_grade_by_way_of_a_row_gives_it_away(write: Write) -> None:
    ours = council(write, with_action().replace("due: none, ask", "due: none, if: {grade: [red]}, ask"))
    assert {"plan", "action"} <= graded(ours)
    assert lint(ours) == [], "nobody can name the practitioner there"


def test_a_duty_for_each_row_is_told_in_plain_english(write: Write) -> None:
    ours = council(write, with_action("due: date", "due: date - 2 days"))
    said = [item.text for section in describe(ours) if section.title == "Duties" for item in section.items]
    assert [each for each in said if "(action)" in each] == [
        "Action (action): for each row that answers 'Action', the row's owner owes it, due 2 days before the row's "
        "date. Ladder: As usual."
    ]


def test_what_differs_is_told_key_by_key(write: Write) -> None:
    old, new = council(write, with_action()), council(write, with_action("due: date", "due: date + 1 week"))
    assert [(each.entry, each.key, each.new.value) for each in differences(old, new)] == [
        ("action", "due", "date + 1 week")
    ]


def behind_red(more: str) -> str:
    """A plan that is asked for only where the grade is RED, and its actions."""
    return with_action().replace("due: none, ask", f"due: none, {more}, ask")


def test_nobody_names_whose_work_it_is_before_somebody_has_spoken_with_them(write: Write) -> None:
    assert hidden_from(council(write, with_action()), "steps") == frozenset()
    assert hidden_from(council(write, behind_red("if: {grade: [red]}")), "steps") == {"owner"}
    after = behind_red("if: {grade: [red]}").replace("practice-learning-review.submitted", "red-review.done")
    assert hidden_from(council(write, after), "steps") == frozenset(), "that asks whether somebody has"


def test_a_column_that_owes_nothing_may_hold_anybody(write: Write) -> None:
    text = behind_red("if: {grade: [red]}").replace("owner: person", "owner: person, met: person")
    assert hidden_from(council(write, text), "steps") == {"owner"}
