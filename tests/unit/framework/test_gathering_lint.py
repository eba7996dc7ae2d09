"""What can be wrong with gatherings and imported events: the exact line, key and words, all of them at once."""

from datetime import date
from pathlib import Path

import pytest

from qabot.errors import BadFile
from qabot.framework import Framework, calendar_lint, describe, differences, lint, load, require
from qabot.messaging.files import Catalogue
from tests.unit.framework.conftest import SHIPPED, Write

TODAY = date(2026, 11, 23)
BOARD = """extends: newham
questions:
  actions: {label: Actions, rows: {what: text, owner: person, date: date}}
gatherings:
  board:
    rule: NEW-ACT-13
    title: Practice Board
    every: month on 3rd Tuesday
    starts: "14:00"
    ends: "16:00"
    chair: director-of-operations
    to: [head-of-service]
    brings:
      papers: {rule: NEW-ACT-24, title: Papers for the Board, owes-each: [service-manager], due: day - 8 working days}
    lists: [open actions, {of: [practice-learning-review], if: {grade: [red]}}]
    ask: [actions]
  digest-report: {rule: NEW-RPT-2, title: Quarterly report, every: quarter, to: [service-manager]}
events:
  closing: {rule: NEW-ACT-28, title: A file closes, about: case}
duties:
  action: {rule: NEW-ACT-30, title: An action of the Board, when: [actions.row], owes: [owner], due: date}
  feedback:
    {rule: NEW-ACT-28, title: Feedback, when: [closing.planned], owes: [practitioner], due: closing.day - 1 working day}
"""


def read(write: Write, text: str) -> Framework:
    return load(write("council", text), [SHIPPED])


def problems(write: Write, text: str) -> list[str]:
    """Each as "line: key: what"."""
    return [f"{each.line}: {each.where}: {each.what}" for each in lint(read(write, text))]


def test_a_file_with_gatherings_and_events_is_well(write: Write) -> None:
    assert problems(write, BOARD) == []
    framework = read(write, BOARD)
    assert framework.duties["papers"].when == ("board.planned",)
    assert framework.duties["board-held"].ask == ("held", "actions")


BROKEN = [
    (
        "    every: month on 3rd Tuesday\n",
        "",
        "5: gatherings.board: nothing says when it is: expected 'every', such as 'month on 3rd Tuesday', or 'days'",
    ),
    (
        "    every: month on 3rd Tuesday\n",
        "    every: month on 3rd Tuesday\n    days: [2026-12-15]\n",
        "9: gatherings.board.days: 'every' says already when it is; expected one of the two",
    ),
    (
        "every: month on 3rd Tuesday",
        "every: month on 5th Tuesday",
        "8: gatherings.board.every: not every month has a 5th Tuesday: expected 1st to 4th, or 'last Tuesday'",
    ),
    (
        "every: month on 3rd Tuesday",
        "every: on request",
        "8: gatherings.board.every: no clock plans what is on request: expected its days, or 'days: imported'",
    ),
    (
        "every: month on 3rd Tuesday",
        "days: [2026-12-15, 2026-12-15]",
        "8: gatherings.board.days[2]: 2026-12-15 stands here twice",
    ),
    (
        "chair: director-of-operations",
        "chair: service-manager",
        "11: gatherings.board.chair: nobody can chair it: a Service Manager is one of each service, and a gathering"
        " belongs to none; expected a role of the whole council",
    ),
    (
        "chair: director-of-operations",
        "chair: director-of-operation",
        "11: gatherings.board.chair: there is no role 'director-of-operation'; did you mean 'director-of-operations'?",
    ),
    (
        "to: [head-of-service]",
        "to: [heads-of-service]",
        "12: gatherings.board.to[1]: there is no role 'heads-of-service'; did you mean 'head-of-service'?",
    ),
    (
        "due: day - 8 working days",
        "due: day - 25 working days",
        "14: gatherings.board.brings.papers.due: this is due before the gathering is announced (day - 28 days); write"
        " an earlier 'announce'",
    ),
    (
        "    chair: director-of-operations\n",
        "    chair: director-of-operations\n    announce: day + 1 week\n",
        "12: gatherings.board.announce: this is after its day; expected one before it, such as 'day - 28 days'",
    ),
    (
        "due: day - 8 working days",
        "due: final - 8 working days",
        "14: gatherings.board.brings.papers.due: 'final' never has a date here",
    ),
    (
        "of: [practice-learning-review]",
        "of: [learning-review]",
        "15: gatherings.board.lists[2].of[1]: there is no activity 'learning-review'; did you mean"
        " 'practice-learning-review'?",
    ),
    (
        "if: {grade: [red]}}",
        "if: {grade: [reed]}}",
        "15: gatherings.board.lists[2].if.grade: there is no grade 'reed' in any scale; did you mean 'red'?",
    ),
    (
        "ask: [actions]",
        "ask: [actions, action]",
        "16: gatherings.board.ask[2]: there is no question 'action' under 'questions'; did you mean 'actions'?",
    ),
    (
        "when: [closing.planned], owes",
        "when: [closing.planned, practice-learning-review.final], owes",
        "23: duties.feedback.when: 'practice-learning-review.final' is about something else than 'closing'; make two"
        " duties of them",
    ),
    (
        "  feedback:\n",
        "  plan: {rule: NEW-ACT-30, title: A plan, when: [practice-learning-review.final], owes: [practice-lead],\n"
        "         due: none, ask: [actions]}\n"
        "  feedback:\n",
        "21: duties.action.when: 'actions' is asked by 'plan' too, which is about something else than 'board'; ask"
        " each a question of its own, with a duty of its own",
    ),
    (
        "when: [closing.planned], owes",
        "when: [closing.planed], owes",
        "23: duties.feedback.when[1]: nothing leaves the moment 'closing.planed'; did you mean 'planned'?",
    ),
    (
        "owes: [practitioner], due",
        "owes: [service-manager], if: {grade: [red]}, due",
        "23: duties.feedback.if: a day has no grade, no actions and no concern; expected a condition on an 'answer'",
    ),
    (
        "owes: [practitioner], due",
        "owes: [auditor], due",
        "23: duties.feedback.owes[1]: nobody is the auditor here: this is about 'closing'; expected a role",
    ),
    (
        "closing.day - 1 working day",
        "closing.dai - 1 working day",
        "23: duties.feedback.due: 'closing.dai' never has a date here; did you mean 'closing.day'?",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), BROKEN, ids=[each[2][:60] for each in BROKEN])
def test_each_mistake_is_one_clear_message(write: Write, old: str, new: str, expected: str) -> None:
    assert BOARD.count(old) == 1
    found = problems(write, BOARD.replace(old, new))
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_all_of_them_are_told_at_once(write: Write) -> None:
    text = BOARD.replace("    every: month on 3rd Tuesday\n", "").replace(
        "chair: director-of-operations", "chair: nobody"
    )
    text = text.replace("of: [practice-learning-review]", "of: [nothing]")
    with pytest.raises(BadFile) as wrong:
        require(read(write, text))
    assert len(wrong.value.problems) == 3


def test_an_event_from_which_nothing_follows_is_a_mistake(write: Write) -> None:
    text = BOARD[: BOARD.index("  feedback:")]
    assert problems(write, text) == [
        "19: events.closing: nothing follows from it: expected a duty with 'when: [closing.planned]'"
    ]


def test_a_list_of_days_that_ran_out_stops_no_service(write: Write) -> None:
    text = BOARD.replace("every: month on 3rd Tuesday", "days: [2026-09-15, 2026-10-20]")
    assert problems(write, text) == []
    (over,) = calendar_lint.problems(read(write, text), TODAY, over=True)
    assert (over.line, over.where) == (8, "gatherings.board.days")
    assert over.what == (
        "the last of its days was 20 October 2026, so it is planned no more; add the next ones, or write 'every'"
    )


def test_a_list_of_days_that_runs_out_soon_is_said_before(write: Write) -> None:
    text = BOARD.replace("every: month on 3rd Tuesday", "days: [2026-12-15]")
    assert calendar_lint.problems(read(write, text), TODAY, over=True) == []
    (ending,) = calendar_lint.problems(read(write, text), TODAY, over=False)
    assert ending.what.startswith("the last of its days is 15 December 2026, so it is planned no more after that;")
    assert calendar_lint.endings(read(write, BOARD), TODAY) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('    ends: "16:00"\n', "", "expected 'starts' and 'ends' together, or neither for the whole day"),
        ('ends: "16:00"', 'ends: "13:00"', "expected 'ends' after 'starts' (14:00)"),
        ("owes-each: [service-manager]", "when: [board.held], owes-each: [service-manager]", "papers.when"),
        ("  action: {", "  papers: {", "there is more than one duty 'papers', and one belongs to 'board'"),
        ("every: month on 3rd Tuesday", "days: soon", "gatherings.board.days"),
    ],
)
def test_what_the_schema_itself_refuses(write: Write, old: str, new: str, expected: str) -> None:
    with pytest.raises(BadFile) as wrong:
        read(write, BOARD.replace(old, new))
    assert expected in str(wrong.value)


def test_framework_show_says_gatherings_and_events(write: Write) -> None:
    sections = {each.title: each for each in describe(read(write, BOARD))}
    board = sections["Practice Board (board)"]
    assert board.intro == (
        "On the first day of a period, each month, from the 3rd Tuesday on (where that is no working day, on the next"
        " one), from 14:00 to 16:00."
    )
    assert [each.text for each in board.items] == [
        "The Director of Operations chairs it. It is planned 28 days before its day. Invited: the Head of Service."
        " Asked once it was held: Actions.",
        "Papers for the Board (papers): when 'Practice Board' is planned, the Service Manager each owe it, due 8"
        " working days before its day. Ladder: As usual.",
        "Its page lists open actions, by reference.",
        "Its page lists Practice Learning Reviews submitted since it was last held of which the grade is RED"
        " (Inadequate), by reference.",
    ]
    assert (
        sections["Quarterly report (digest-report)"]
        .items[0]
        .text.startswith("The Quality Assurance Service writes it.")
    )
    assert [each.text for each in sections["Events that come by a file"].items] == [
        "A file closes (closing): about a case."
    ]
    assert "papers" not in " ".join(each.text for each in sections["Duties"].items)


def test_framework_diff_says_what_changes_in_a_gathering(write: Write) -> None:
    old = read(write, BOARD)
    new = load(write("other", BOARD.replace("3rd Tuesday", "2nd Tuesday").replace("day - 8", "day - 9")), [SHIPPED])
    assert [(each.section, each.entry, each.key) for each in differences(old, new)] == [
        ("gatherings", "board", "every"),
        ("gatherings", "board", "brings.papers.due"),
    ]


def test_the_messages_of_gatherings_are_there(write: Write) -> None:
    require(read(write, BOARD), Catalogue.load([Path("messages").resolve()]))
