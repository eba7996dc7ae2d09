"""Correcting grades: what follows from them is judged again (the language, sentence 4)."""

from typing import Any

import pytest
from sqlmodel import col

from qabot.adapter import OpenForm, Say
from qabot.framework.calendar import local_day
from qabot.messaging.card import plain_card
from qabot.models import Alert, Audit, Deadline, Event, Moment
from qabot.workflows.access import records
from qabot.workflows.core.unit import Unit
from tests.support.councils import Start, answer, kinds
from tests.support.world import World

FOLLOWS = """
duties:
  help: {rule: ABC-DDL-1, title: Help with it, when: [practice-learning-review.submitted], if: {grade: [amber]},
         owes: [practice-lead], due: submitted + 5 working days}
  more: {rule: ABC-DDL-2, title: More help, when: [help.opened], owes: [service-manager], due: none}
  praise: {rule: ABC-DDL-3, title: Thank them, when: [practice-learning-review.submitted], if: {grade: [blue, green]},
           owes: [practice-lead], due: submitted + 5 working days}
"""


async def correct(world: World, person: str, audit: Audit, grade: str, **others: str) -> Any:
    values = {"overall": grade, "actions": "no", "why": "slip", **others}
    parts = dict.fromkeys(world.answers(audit), grade)
    return await world.send_form(person, "correct", audit.reference, **{**parts, **values})


def audit_now(world: World, audit: Audit) -> Audit:
    return world.all(Audit, col(Audit.id) == audit.id)[0]


def moments(world: World) -> list[str]:
    return [each.name.partition(".")[2] for each in world.all(Moment) if each.name.startswith("practice-learning")]


async def test_what_holds_now_opens_and_counts_from_the_correction(start: Start) -> None:
    world = await start(FOLLOWS)
    audit = await world.graded("green", actions=False)
    assert "help" not in kinds(world)
    await world.forward("10 working days")
    said = await correct(world, "cyrus", audit, "amber")
    assert isinstance(said, Say)
    assert (audit_now(world, audit).grade, moments(world)[-1]) == ("amber", "corrected")
    opened = world.deadline("help", audit)
    assert opened.due_on is not None
    assert opened.due_on > local_day(world.clock.now()), "five working days from now, not from when it was submitted"
    assert "more" in kinds(world)


async def test_what_holds_no_longer_is_withdrawn_with_what_opened_down_its_chain(start: Start) -> None:
    world = await start(FOLLOWS)
    audit = await world.graded("amber", actions=False)
    await correct(world, "cyrus", audit, "green")
    gone = [each for each in world.all(Deadline) if each.kind in ("help", "more")]
    assert [(each.state, each.closed_why) for each in gone] == 2 * [
        ("withdrawn", "Withdrawn: the answers were corrected")
    ]
    assert "praise" in kinds(world)
    await correct(world, "cyrus", audit, "amber")
    assert {"help", "more"} <= set(kinds(world)), "only what was withdrawn may open again"


async def test_what_was_answered_stays_and_does_not_open_again(start: Start) -> None:
    world = await start(FOLLOWS)
    audit = await world.graded("amber", actions=False)
    await answer(world, "ade", "help", audit)
    await correct(world, "cyrus", audit, "green")
    await correct(world, "cyrus", audit, "amber")
    assert [each.state for each in world.all(Deadline, col(Deadline.kind) == "help")] == ["met"]


async def test_a_grade_that_raises_an_alert_raises_it_and_one_that_does_not_ends_none(start: Start) -> None:
    world = await start("")
    audit = await world.graded("green")
    assert audit_now(world, audit).state == "finalised"
    await correct(world, "cyrus", audit, "red")
    assert {"alert", "red-review"} <= set(kinds(world))
    assert audit_now(world, audit).state == "submitted", "the Head of Service's review holds it"
    assert moments(world)[-2:] == ["corrected", "reopened"]
    await correct(world, "cyrus", audit, "green")
    assert {"alert", "red-review"} <= set(kinds(world)), "whoever corrects a RED, somebody else looks at it"
    assert audit_now(world, audit).state == "submitted"


async def test_that_it_waits_again_is_nothing_that_the_practitioner_sees(start: Start) -> None:
    """Only what follows from a RED grade lets it wait: their messages stay as they are."""
    world = await start("")
    audit = await world.graded("green")
    await world.forward("2 working days")

    def seen(person: str) -> list[str]:
        return [plain_card(each) for each in world.cards(person)]

    before, of_ade = seen("sofia"), seen("ade")
    assert "Final on: 23 November 2026" in before[0]
    await correct(world, "cyrus", audit, "red", actions="yes")
    await world.forward("1 working day")
    assert audit_now(world, audit).state == "submitted"
    assert seen("sofia") == before
    assert "Final on: 23 November 2026" not in seen("ade")[0] != of_ade[0]
    await correct(world, "cyrus", audit, "red", actions="no")
    await world.forward("1 working day")
    assert "Withdrawn: the answers were corrected" in seen("sofia")[0], "what they were asked for is withdrawn"
    assert "grades were" not in seen("sofia")[0]


async def test_a_grade_that_is_wrong_twice_is_told_again(start: Start) -> None:
    world = await start("")
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    assert "alert" not in kinds(world)
    await correct(world, "cyrus", audit, "green")
    assert "alert" not in kinds(world)
    await correct(world, "cyrus", audit, "red")
    assert "alert" in kinds(world), "who acknowledged it was told that it was corrected"
    await correct(world, "cyrus", audit, "red", actions="yes")
    assert kinds(world).count("alert") == 1


async def test_those_who_were_told_hear_once_and_the_practitioner_hears_nothing(start: Start) -> None:
    world = await start("")
    audit = await world.graded("red")
    await world.forward("1 working day")
    assert "red-alert" in world.messages("mina")
    await correct(world, "cyrus", audit, "amber", why="form")
    await correct(world, "cyrus", audit, "green", why="form")
    await world.forward("2 working days")
    news = [each for each in world.cards("mina") if each.message == "grades-corrected"]
    assert {each.title for each in news} == {f"The grades of {audit.reference} were corrected"}
    practitioner = next(name for name, number in world.ids.items() if number == audit.practitioner_id)
    assert "grades-corrected" not in world.messages(practitioner)
    assert "grades-corrected" not in world.messages("cyrus"), "whoever corrected knows"
    why = [(each.why, each.actor_id) for each in world.all(Event, col(Event.what) == "grades-corrected")]
    assert why == 2 * [("It is not what stands on the audit form", world.ids["cyrus"])]


async def test_whoever_gave_them_corrects_until_somebody_looked_again_and_then_quality_does(start: Start) -> None:
    world = await start("")
    audit = await world.graded("red")

    async def offered(name: str) -> list[str]:
        def work(unit: Unit) -> list[str]:
            sight = records.sight(unit, unit.session.get_one(Audit, audit.id), world.ids[name])
            return [each.action for each in sight.buttons] if sight else []

        return await world.run(work)

    assert "correct" in await offered("cyrus")
    assert "correct" in await offered("quinn")
    assert "correct" not in await offered("mina")
    form = await world.press_token("cyrus", "correct", audit.reference)
    assert isinstance(form, OpenForm)
    assert "red" in form.form.values.values()
    before = audit_now(world, audit).grade
    await correct(world, "mina", audit, "green")
    assert audit_now(world, audit).grade == before
    review = world.all(Deadline, col(Deadline.kind) == "red-review")[-1]
    await world.send_form("hanif", "moderate", review.token, grade="red", spoken="yes")
    assert "correct" not in await offered("cyrus")
    await correct(world, "cyrus", audit, "green")
    assert audit_now(world, audit).grade == before
    await correct(world, "quinn", audit, "green")
    assert audit_now(world, audit).grade == "green"


async def test_a_form_that_was_left_open_says_what_counts_and_offers_the_correction(start: Start) -> None:
    world = await start("")
    audit = await world.audit("cyrus")
    token = world.deadline("audit", audit).token
    form = await world.press_token("cyrus", "submit-grades", token)
    assert isinstance(form, OpenForm)
    parts = [each.name for each in form.form.fields if each.name not in ("actions", "immediate")]
    green, red = dict.fromkeys(parts, "green"), dict.fromkeys(parts, "red")
    await world.send_form("cyrus", "submit-grades", token, **green, actions="no")
    again = await world.send_form("cyrus", "submit-grades", token, **green, actions="no")
    assert isinstance(again, Say)
    offered = await world.send_form("cyrus", "submit-grades", token, **red, actions="no")
    assert isinstance(offered, OpenForm)
    assert offered.form.name == "correct"
    assert "overall GREEN (Good)" in offered.form.intro
    assert offered.form.values[parts[-1]] == "red", "what was sent is there already"
    assert "alert" not in kinds(world)
    said = await world.send_form("cyrus", "correct", offered.form.token, **red, actions="no", why="slip")
    assert isinstance(said, Say)
    assert audit_now(world, audit).grade == "red"
    assert "alert" in kinds(world)


async def test_a_concern_that_is_sent_late_is_not_lost(start: Start) -> None:
    world = await start("")
    audit = await world.graded("green", actions=False)
    parts = dict.fromkeys(world.answers(audit), "green")
    token = world.deadline("audit", audit, state="met").token
    offered = await world.send_form("cyrus", "submit-grades", token, **parts, actions="no", immediate="yes")
    assert isinstance(offered, OpenForm)
    assert "alert" not in kinds(world)
    await world.send_form("cyrus", "correct", audit.reference, **parts, actions="no", immediate="yes", why="new")
    assert "alert" in kinds(world)
    assert [each.concern for each in world.all(Alert)] == [True]


@pytest.mark.parametrize("grade", ["green"])
async def test_the_same_grades_again_change_nothing(start: Start, grade: str) -> None:
    world = await start("")
    audit = await world.graded(grade, actions=False)
    said = await correct(world, "cyrus", audit, grade)
    assert isinstance(said, Say)
    assert "as they stand" in said.text
    assert "corrected" not in moments(world)


async def test_work_that_is_not_in_has_no_grades_to_correct(world: World) -> None:
    audit = await world.audit("ade")
    said = await correct(world, "cyrus", audit, "green")
    assert isinstance(said, Say)
    assert audit_now(world, audit).state == "allocated"
