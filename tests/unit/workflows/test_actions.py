"""The rows of a question: each is a subject of its own, and duties open on it, such as one for each action.

The rules cited are invented: what is tested is that a file is carried out, not one council's rules.
"""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col

from qabot.adapter import Command, OpenForm, Say, ShowCard
from qabot.framework.lint import lint
from qabot.framework.loader import load
from qabot.messaging.check import texts
from qabot.models import Action, AnswerRow, Audit, Deadline, Moment
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import withdrawing
from qabot.workflows.verbs import audits, grades
from tests.support.councils import RULES
from tests.support.world import World, tools

PLAN = """
questions:
  steps: {rule: ABC-DDL-1, label: Action, rows: {what: text, owner: person, date: date}, most: 3}
duties:
  plan: {rule: ABC-DDL-1, title: The plan, when: [practice-learning-review.submitted], owes: [practice-lead],
         due: none, ask: [steps]}
"""
ACTION = "  action: {rule: ABC-DDL-2, title: Action, when: [steps.row], owes: [owner], due: date}\n"
Start = Callable[[str], Coroutine[Any, Any, World]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts a council whose file adds these lines to Newham's."""

    async def begin(text: str) -> World:
        path = tmp_path / "council.yaml"
        path.write_text(f"{RULES}{text}", "utf-8")
        framework = load(path, [Path("frameworks")])
        assert [str(each) for each in lint(framework)] == []
        return await World.start(tmp_path, framework=framework)

    return begin


def row(world: World, number: int, what: str, owner: str, date: str) -> dict[str, str]:
    """One row, as it is filled in on the form."""
    given = {"what": what, "owner": str(world.ids[owner]), "date": date}
    return {f"steps.{number}.{column}": value for column, value in given.items()}


async def plan(world: World, audit: Audit, *rows: tuple[str, str, str]) -> Any:
    """Ade answers the plan with these rows."""
    values: dict[str, str] = {}
    for number, each in enumerate(rows, start=1):
        values |= row(world, number, *each)
    return await world.send_form("ade", "answer", world.deadline("plan", audit).token, **values)


def opened(world: World, kind: str = "action", state: str = "open") -> list[tuple[str, str]]:
    """Whose the deadlines of a kind are, and when they are due."""
    found = world.all(Deadline, col(Deadline.kind) == kind, col(Deadline.state) == state)
    return [(world.name(each.owner_id), str(each.due_on)) for each in found]


TWO = ("Write the chronology", "sofia", "2026-12-03"), ("Ring the school", "hanif", "2026-12-10")


def words(world: World, person: str) -> str:
    """All that the chat shows somebody."""
    said = []
    for card in world.cards(person):
        said += [card.title, *texts(card), *(each.label for each in card.all_buttons())]
    return " ".join(said)


def the(world: World, kind: str, owner: str) -> Deadline:
    """The newest deadline of a kind that is somebody's."""
    found = world.all(Deadline, col(Deadline.kind) == kind, col(Deadline.owner_id) == world.ids[owner])
    return found[-1]


async def test_each_row_is_an_action_of_its_own_with_its_owner_and_date(start: Start) -> None:
    world = await start(PLAN + ACTION)
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *TWO)
    assert opened(world) == [("sofia", "2026-12-03"), ("hanif", "2026-12-10")]
    assert [each.name for each in world.all(Moment, col(Moment.subject_type) == "row")] == [
        "steps.row",
        "action.opened",
        "steps.row",
        "action.opened",
    ]
    await world.forward("1 working day")
    said = words(world, "sofia")
    for each in (
        "Action",
        audit.reference,
        "Write the chronology",
        "Thursday 3 December 2026",
        f"Done: {audit.reference} (1)",
    ):
        assert each in said
    assert "Ring the school" not in said
    assert "Ring the school" in words(world, "hanif")
    shown = await world.press_token("sofia", "answer", world.notices("sofia", message="duty")[0].token)
    assert isinstance(shown, ShowCard)
    assert opened(world) == [("hanif", "2026-12-10")], "the other one's goes on"
    assert [each.name for each in world.all(Moment, col(Moment.subject_type) == "row")][-1] == "action.done"


async def test_half_a_row_opens_nothing_and_an_empty_one_is_none(start: Start) -> None:
    world = await start(PLAN + ACTION)
    audit = await world.graded("green", actions=False)
    half = row(world, 1, "Write it", "sofia", "2026-12-03") | {"steps.1.date": ""}
    back = await world.send_form("ade", "answer", world.deadline("plan", audit).token, **half)
    assert isinstance(back, OpenForm)
    assert back.form.errors == {"steps.1.date": "Fill in the whole row, or leave it empty."}
    assert world.all(AnswerRow) == []
    third = row(world, 3, "Write it", "sofia", "2026-12-03")
    await world.send_form("ade", "answer", world.deadline("plan", audit).token, **third)
    assert [(each.number, each.given["what"]) for each in world.all(AnswerRow)] == [(1, "Write it")]
    assert opened(world) == [("sofia", "2026-12-03")]


async def test_of_two_answers_only_the_first_ones_rows_are_given(start: Start) -> None:
    world = await start(PLAN.replace("owes: [practice-lead]", "owes: [practice-lead, service-manager]") + ACTION)
    audit = await world.graded("green", actions=False)
    token = world.deadline("plan", audit).token
    await world.forward("1 working day")
    await world.send_form("mina", "answer", token, **row(world, 1, *TWO[0]))
    await world.send_form("ade", "answer", token, **row(world, 1, *TWO[1]))
    assert opened(world) == [("sofia", "2026-12-03")]
    assert [each.given["what"] for each in world.all(AnswerRow)] == ["Write the chronology"]


async def test_without_a_row_nothing_follows(start: Start) -> None:
    world = await start(PLAN + ACTION)
    audit = await world.graded("green", actions=False)
    await plan(world, audit)
    assert world.deadline("plan", audit, state="met")
    assert opened(world) == []


async def test_its_ladder_tells_reminds_and_tells_quality_once_its_own_date_has_passed(start: Start) -> None:
    world = await start(PLAN + ACTION)
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *TWO)
    await world.advance("2026-12-07 12:00")
    assert [each for each in world.messages("sofia") if each.startswith("duty")] == ["duty", "duty", "duty-late"]
    assert [each for each in world.messages("hanif") if each.startswith("duty")] == ["duty"]
    assert "duty-late" in world.messages("quinn")
    assert "Write the chronology" in words(world, "quinn")
    assert "Ring the school" not in words(world, "quinn")


async def test_an_offset_counts_from_the_rows_own_date(start: Start) -> None:
    action = ACTION.replace("due: date", "due: date - 2 days, roll: earlier")
    world = await start(PLAN + action)
    audit = await world.graded("green", actions=False)
    await plan(
        world, audit, ("One", "sofia", "2026-12-08"), ("Two", "hanif", "2026-12-10"), ("Now", "ade", "2026-11-24")
    )
    assert opened(world) == [("sofia", "2026-12-04"), ("hanif", "2026-12-08"), ("ade", "2026-11-20")]
    await world.forward("1 working day")
    assert "duty-late" in world.messages("ade"), "what was due before it was given is said all the same"


async def test_dates_of_the_work_count_too_and_a_row_counts_anew_from_what_comes_later(start: Start) -> None:
    held = PLAN.replace("due: none", "due: opened + 5 working days, holds: final")
    ladder = """
ladders:
  later: {title: Later, steps: [{rule: ABC-DDL-3, at: submitted or final + 7 days, to: [owner], send: duty}]}
"""
    action = ACTION.replace("due: date", "due: submitted + 6 weeks, ladder: later")
    world = await start(held + action + ladder)
    audit = await world.graded("green", actions=False)
    await world.advance("2026-11-25 10:00")
    await plan(world, audit, TWO[0])
    assert opened(world) == [("sofia", "2027-01-04")]
    assert the(world, "action", "sofia").anchors["final"] == "2026-11-25"


async def test_while_its_owner_is_away_the_deputy_is_told_and_may_say_that_it_is_done(start: Start) -> None:
    world = await start(PLAN + ACTION)
    audit = await world.graded("green", actions=False)
    await world.away("sofia", "2026-11-20", "2026-12-31", "bea")
    await plan(world, audit, TWO[0])
    await world.forward("1 working day")
    assert opened(world) == [("sofia", "2026-12-03")], "it stays its owner's"
    assert [each.role for each in world.notices("bea", message="duty")] == ["owner"]
    await world.press_token("bea", "answer", world.notices("bea", message="duty")[0].token)
    assert opened(world) == []


async def test_when_its_owner_leaves_whoever_leads_the_team_hears(start: Start) -> None:
    world = await start(PLAN + ACTION)
    audit = await world.graded("green", actions=False)
    await plan(world, audit, ("Write it", "wanda", "2026-12-03"))
    world.change("wanda", active=False)
    await world.advance("2026-12-04 12:00")
    assert "duty-late" in world.messages("ade") or "duty" in world.messages("ade")
    assert world.messages("wanda") == []


async def test_others_may_owe_it_with_its_owner_and_one_answer_is_enough(start: Start) -> None:
    world = await start(PLAN + ACTION.replace("[owner]", "[owner, service-manager]"))
    audit = await world.graded("green", actions=False)
    await plan(world, audit, TWO[0])
    await world.forward("1 working day")
    assert "duty" in world.messages("sofia")
    assert "This is with Sofia Brandt" in words(world, "mina")
    await world.press_token("mina", "answer", world.notices("mina", message="duty")[0].token)
    assert opened(world) == []


async def test_each_of_several_columns_owes_their_own_and_what_follows_comes_with_the_last(start: Start) -> None:
    two = PLAN.replace("owner: person", "owner: person, helper: person")
    world = await start(
        two
        + ACTION.replace("owes: [owner]", "owes-each: [owner, helper]")
        + "  seen: {rule: ABC-DDL-3, title: Seen, when: [action.done], owes: [helper], due: date + 1 week}\n"
    )
    audit = await world.graded("green", actions=False)
    given = row(world, 1, "Write it", "sofia", "2026-12-03") | {"steps.1.helper": str(world.ids["hanif"])}
    given |= row(world, 2, "Ring", "hanif", "2026-12-04") | {"steps.2.helper": str(world.ids["bea"])}
    await world.send_form("ade", "answer", world.deadline("plan", audit).token, **given)
    assert [who for who, _ in opened(world)] == ["sofia", "hanif", "hanif", "bea"]
    await world.press_token("sofia", "answer", the(world, "action", "sofia").token)
    assert opened(world, "seen") == []
    first = world.all(Deadline, col(Deadline.kind) == "action", col(Deadline.owner_id) == world.ids["hanif"])[0]
    await world.press_token("hanif", "answer", first.token)
    assert opened(world, "seen") == [("hanif", "2026-12-10")]


async def test_somebody_whom_a_row_names_is_only_told(start: Start) -> None:
    world = await start(PLAN + ACTION.replace("owes: [owner], due: date", "tell: [owner, service-manager]"))
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *TWO)
    await world.forward("1 working day")
    assert "duty-news" in world.messages("sofia")
    assert "Write the chronology" in words(world, "sofia")
    assert world.messages("mina").count("duty-news") == 2, "of each row"


CHAIN = """  chase: {rule: ABC-DDL-3, title: Action that is late, when: [action.late], owes: [practice-lead],
          due: opened + 2 working days}
"""


async def test_what_is_late_is_handed_on_with_its_own_row_alone(start: Start) -> None:
    world = await start(PLAN + ACTION + CHAIN)
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *TWO)
    await world.advance("2026-12-04 12:00")
    assert opened(world, state="withdrawn") == [("sofia", "2026-12-03")]
    assert opened(world) == [("hanif", "2026-12-10")]
    assert opened(world, "chase") == [("ade", "2026-12-08")]
    await world.forward("1 working day")
    assert "Action that is late" in words(world, "ade")
    assert "Write the chronology" in words(world, "ade")


async def test_a_new_date_is_given_for_one_row_and_stays_its_owners(start: Start) -> None:
    world = await start(
        PLAN
        + ACTION.replace("due: date", "due: date, put-off: {tell: [owner, practice-lead]}")
        + "  again: {rule: ABC-DDL-3, title: By the new date, when: [action.put-off], owes: [owner], due: new-date}\n"
    )
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *TWO)
    await world.away("sofia", "2026-11-20", "2026-12-31", "bea")
    await world.forward("1 working day")
    token = world.notices("bea", message="duty")[0].token
    await world.send_form("bea", "not-yet", token, new_date="2026-12-17")
    assert opened(world, "again") == [("sofia", "2026-12-17")], "whoever stands in does not come to own it"
    assert opened(world) == [("hanif", "2026-12-10")]


async def test_an_action_is_judged_and_asks_questions_of_its_own(start: Start) -> None:
    world = await start(
        PLAN.replace("duties:", "  how: {label: How did it go?, type: text}\nduties:")
        + ACTION.replace("due: date", "due: date, ask: [how], judged-by: [service-manager]")
        + CHAIN.replace("action.late", "action.refused")
    )
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *TWO)
    await world.send_form("sofia", "answer", the(world, "action", "sofia").token, how="It is written.")
    await world.send_form("hanif", "answer", the(world, "action", "hanif").token, how="Nobody picked up.")
    judging = world.all(Deadline, col(Deadline.kind) == "action-judged")
    assert [world.name(each.owner_id) for each in judging] == ["mina", "mina"]
    await world.send_form("mina", "answer", judging[0].token, satisfied="yes")
    await world.send_form("mina", "answer", judging[1].token, satisfied="no")
    chase = world.all(Deadline, col(Deadline.kind) == "chase")
    assert [each.subject_id for each in chase] == [judging[1].subject_id]


async def test_actions_hold_the_work_until_each_is_done(start: Start) -> None:
    world = await start(
        PLAN.replace("due: none", "due: opened + 5 working days, holds: final")
        + ACTION.replace("due: date", "due: date, holds: final")
    )
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *TWO)
    states = [world.all(Audit)[0].state]
    for owner in ("sofia", "hanif"):
        await world.press_token(owner, "answer", the(world, "action", owner).token)
        states.append(world.all(Audit)[0].state)
    assert states == ["submitted", "submitted", "finalised"]


CHECK = """  check: {rule: ABC-DDL-3, title: Check, when: [plan.done], if: {has-actions: true}, owes: [slt], due: none}
"""


@pytest.mark.parametrize("rows", [(), TWO])
async def test_rows_on_which_a_duty_opens_are_actions(start: Start, rows: tuple[Any, ...]) -> None:
    world = await start(PLAN + ACTION + CHECK)
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *rows)
    assert len(opened(world, "check")) == bool(rows)


async def test_rows_that_nothing_opens_on_are_none(start: Start) -> None:
    world = await start(PLAN + CHECK)
    await plan(world, await world.graded("green", actions=False), *TWO)
    assert opened(world, "check") == []


async def test_that_an_action_is_done_leaves_the_actions_of_the_submission_as_they_are(start: Start) -> None:
    world = await start(PLAN + ACTION.replace("when: [steps.row]", "when: [steps.row], if: {has-actions: true}"))
    audit = await world.graded("green", actions=True)
    number = audit.id
    await world.run(
        lambda unit: audits.plan_actions(unit, unit.session.get_one(Audit, number), [(world.ids["ade"], unit.today)])
    )
    await plan(world, audit, TWO[0])
    await world.press_token("sofia", "answer", the(world, "action", "sofia").token)
    assert [each.state for each in world.all(Action)] == ["open"]
    assert opened(world, "actions"), "Newham's own duty about them goes on"


async def test_withdrawing_the_work_withdraws_what_is_open_on_its_rows(start: Start) -> None:
    world = await start(PLAN + ACTION)
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *TWO)
    await world.press_token("hanif", "answer", the(world, "action", "hanif").token)
    await world.run(
        lambda unit: withdrawing.withdraw(unit, unit.session.get_one(Audit, audit.id), "case", by=world.ids["quinn"])
    )
    assert opened(world, state="withdrawn") == [("sofia", "2026-12-03")]
    assert opened(world, state="met") == [("hanif", "2026-12-10")]
    await world.forward("2 working days")
    assert "duty" not in world.messages("sofia")


async def test_numbers_go_on_where_a_question_is_asked_again(start: Start) -> None:
    more = "  more: {rule: ABC-DDL-3, title: More, when: [plan.done], owes: [practice-lead], due: none, ask: [steps]}\n"
    world = await start(PLAN + ACTION + more)
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *TWO)
    third = row(world, 1, "Ask again", "bea", "2026-12-11")
    await world.send_form("ade", "answer", world.deadline("more", audit).token, **third)
    assert [(each.number, each.given["what"]) for each in world.all(AnswerRow)] == [
        (1, "Write the chronology"),
        (2, "Ring the school"),
        (3, "Ask again"),
    ]
    assert len(opened(world)) == 3


async def test_a_row_of_an_action_is_about_the_same_work(start: Start) -> None:
    world = await start(
        PLAN.replace("duties:", "  further: {label: Further action, rows: {who: person, by-when: date}}\nduties:")
        + ACTION.replace("due: date", "due: date, ask: [further]")
        + "  next: {rule: ABC-DDL-3, title: Further, when: [further.row], owes: [who], due: by-when}\n"
    )
    audit = await world.graded("green", actions=False)
    await plan(world, audit, TWO[0])
    values = {"further.1.who": str(world.ids["bea"]), "further.1.by-when": "2026-12-18"}
    await world.send_form("sofia", "answer", the(world, "action", "sofia").token, **values)
    assert opened(world, "next") == [("bea", "2026-12-18")]
    await world.forward("1 working day")
    assert audit.reference in words(world, "bea")
    assert "Further action 1" in words(world, "bea"), "no column of text says what it is"


async def test_rows_can_be_about_a_cycle_that_is_planned(start: Start) -> None:
    world = await start(
        """
questions:
  sets: {label: Data set, rows: {what: text, owner: person, date: date}}
duties:
  prepare: {rule: ABC-DDL-1, title: Prepare the cycle, when: [practice-learning-review.planned],
            owes: [data-and-impact], due: cycle-start - 1 working day, ask: [sets]}
  gather: {rule: ABC-DDL-2, title: Gather it, when: [sets.row], owes: [owner], due: date}
"""
    )
    await world.advance("2026-12-10 10:00")
    token = the(world, "prepare", "della").token
    await world.send_form(
        "della",
        "answer",
        token,
        **{
            "sets.1.what": "Open cases",
            "sets.1.owner": str(world.ids["bea"]),
            "sets.1.date": "2026-12-15",
        },
    )
    assert opened(world, "gather") == [("bea", "2026-12-15")]
    await world.forward("1 working day")
    assert "Open cases" in words(world, "bea")


async def test_whoever_asks_what_is_theirs_reads_each_action(start: Start) -> None:
    world = await start(PLAN + ACTION)
    audit = await world.graded("green", actions=False)
    await plan(
        world, audit, ("Write the chronology", "sofia", "2026-12-03"), ("Ring the school", "sofia", "2026-12-10")
    )
    mine = await world.nodes[0].desk.command(Command(world.who("sofia"), "mine"))
    assert isinstance(mine, ShowCard)
    said = " ".join(texts(mine.card))
    assert f"Action: {audit.reference} (case 7199999): Write the chronology, due 3 December 2026" in said
    assert "Ring the school, due 10 December 2026" in said
    labels = [each.label for each in mine.card.all_buttons()]
    assert [each for each in labels if each.startswith("Done")] == [
        f"Done: {audit.reference} (1)",
        f"Done: {audit.reference} (2)",
    ]


async def test_who_helps_and_who_covers_reads_which_action_it_is(start: Start) -> None:
    world = await start(PLAN + ACTION)
    audit = await world.graded("green", actions=False)
    await plan(world, audit, *TWO)
    await world.forward("1 working day")
    await world.press_token("sofia", "more-time", world.notices("sofia", message="duty")[0].token)
    await world.away("hanif", "2026-11-26", "2026-12-31", "bea")
    await world.forward("2 working days")
    assert f"{audit.reference}, case 7199999, Write the chronology, due 3 December 2026" in words(world, "ade")
    assert f"{audit.reference}, case 7199999, Stratford, Ring the school, due 10 December 2026" in words(world, "bea")


BEHIND = PLAN.replace("due: none", "due: none, if: {grade: [amber]}")
HEARS = "This is about the work of Sofia Brandt, who hears of it from a person first. Choose somebody else."


async def test_behind_a_grade_nobody_can_name_whose_work_it_is(start: Start) -> None:
    world = await start(BEHIND + ACTION)
    audit = await world.graded("amber", actions=False)
    back = await plan(world, audit, *TWO)
    assert isinstance(back, OpenForm)
    assert back.form.errors == {"steps.1.owner": HEARS}
    assert world.all(AnswerRow) == []
    done = await plan(world, audit, TWO[1])
    assert isinstance(done, Say)


async def test_nor_where_the_duty_of_the_row_has_the_grade_in_its_condition(start: Start) -> None:
    world = await start(PLAN + ACTION.replace("owes: [owner]", "if: {any-grade: [red, amber]}, owes: [owner]"))
    back = await plan(world, await world.graded("green", actions=False), TWO[0])
    assert isinstance(back, OpenForm)
    assert back.form.errors == {"steps.1.owner": HEARS}


async def test_what_is_asked_for_every_grade_may_be_theirs_and_tells_none(start: Start) -> None:
    world = await start(PLAN + ACTION)
    await plan(world, await world.graded("red", actions=False), TWO[0])
    await world.forward("1 working day")
    said = words(world, "sofia")
    assert "Write the chronology" in said
    assert not tools().catalogue.house.grade_in(said)


async def test_a_column_may_name_nobody_whom_the_question_leaves_out(start: Start) -> None:
    world = await start(PLAN.replace("most: 3", "most: 3, never: [practitioner], days: working") + ACTION)
    audit = await world.graded("green", actions=False)
    back = await plan(world, audit, TWO[0], ("Ring", "hanif", "2026-12-06"))
    assert isinstance(back, OpenForm)
    assert back.form.errors == {
        "steps.1.owner": "This is about the work of Sofia Brandt. Choose somebody else.",
        "steps.2.date": "Sunday 6 December 2026 is not a working day. Give another date.",
    }


async def test_a_row_that_may_hold_an_identifier_is_stored_nowhere(start: Start) -> None:
    world = await start(PLAN + ACTION)
    audit = await world.graded("green", actions=False)
    back = await plan(world, audit, ("Ring about 943 476 5919", "hanif", "2026-12-10"))
    assert isinstance(back, OpenForm)
    assert "steps.1.what" in back.form.errors
    assert world.all(AnswerRow) == []


async def corrected(world: World, audit: Audit, grade: str) -> None:
    """Quality corrects the grade, because it was a slip."""
    number = audit.id

    def correct(unit: Unit) -> None:
        piece, given = unit.session.get_one(Audit, number), {"manager-overall": grade}
        grades.correct(unit, piece, given, by=world.ids["quinn"], has_actions=False, why="slip")

    await world.run(correct)


async def test_a_correction_withdraws_the_actions_of_what_holds_no_longer(start: Start) -> None:
    world = await start(BEHIND + ACTION)
    audit = await world.graded("amber", actions=False)
    await plan(world, audit, TWO[1], ("Ask again", "bea", "2026-12-11"))
    await world.press_token("bea", "answer", the(world, "action", "bea").token)
    await corrected(world, audit, "green")
    assert opened(world, state="withdrawn") == [("hanif", "2026-12-10")]
    assert opened(world, state="met") == [("bea", "2026-12-11")], "what was answered stays"


async def test_a_correction_opens_for_each_row_what_holds_now(start: Start) -> None:
    world = await start(PLAN + ACTION.replace("due: date", "if: {grade: [amber]}, due: date"))
    audit = await world.graded("green", actions=False)
    await plan(world, audit, TWO[1], ("Ask again", "bea", "2026-12-11"))
    assert opened(world) == []
    await corrected(world, audit, "amber")
    assert opened(world) == [("hanif", "2026-12-10"), ("bea", "2026-12-11")]
    await corrected(world, audit, "blue")
    assert opened(world) == []
