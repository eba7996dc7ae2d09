"""RED: who hears of it, what it asks for, and that no way round leads past the Head of Service (D5, NEW-ALT-3)."""

from pathlib import Path

import pytest

from qabot.adapter import Say, ShowCard
from qabot.files import folder
from qabot.framework.loader import load
from qabot.messaging.card import plain_card
from qabot.models import Alert, Audit, AuditState, Deadline, DeadlineState, Moderation, RoleHolding
from qabot.workflows.core import looks
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import moderations
from tests.support.world import World


async def second_look(world: World, audit: Audit, grade: str) -> None:
    """A moderation of the QA layer, recorded by Rowan."""
    rowan = world.ids["rowan"]

    def work(unit: Unit) -> None:
        row = Moderation(audit_id=audit.id, layer="qa", rule="NEW-MOD-2", moderator_id=rowan, drawn_at=unit.now)
        unit.session.add(row)
        unit.session.flush()
        moderations.record(unit, row, unit.session.get_one(Audit, audit.id), grade, by=rowan)

    await world.run(work)
    await world.tick()


def state(world: World, audit: Audit) -> str:
    return world.all(Audit, Audit.id == audit.id)[0].state


def open_kinds(world: World) -> list[str]:
    return sorted(each.kind for each in world.all(Deadline, Deadline.state == DeadlineState.open))


async def test_a_second_look_does_not_make_a_red_audit_final_before_its_review(world: World) -> None:
    audit = await world.graded()
    await second_look(world, audit, "amber")
    assert state(world, audit) == AuditState.submitted
    assert "audit-final" not in [each.message for each in world.notices()]
    await world.moderate("hanif", audit, "red")
    assert state(world, audit) == AuditState.finalised


async def test_red_by_moderation_asks_for_the_head_of_service_review(world: World) -> None:
    audit = await world.graded("green")
    await second_look(world, audit, "red")
    assert {"alert", "pim-date", "red-review"} <= set(open_kinds(world))
    assert "red-alert" in world.messages("hanif")


async def test_a_moderation_that_waits_becomes_the_review(world: World) -> None:
    audit = await world.graded("green")
    rules = world.framework.samples["head-of-service"]

    def draw(unit: Unit) -> None:
        found = unit.session.get_one(Audit, audit.id)
        looks.draw_one(unit, found, "head-of-service", rules.rule, world.ids["harriet"], terms=rules.terms)

    await world.run(draw)
    assert "moderation" in open_kinds(world)
    await second_look(world, audit, "red")
    assert "moderation" not in open_kinds(world)
    assert "red-review" in open_kinds(world)


async def test_an_immediate_concern_that_turns_out_red_is_raised_anew(world: World) -> None:
    audit = await world.graded("amber", immediate=True)
    await world.acknowledge("mina", audit)
    await second_look(world, audit, "red")
    (alert,) = world.all(Alert)
    assert (alert.graded, alert.concern, alert.acknowledged_at) == (True, True, None)
    assert {"alert", "pim-date", "red-review"} <= set(open_kinds(world))


def alert_shown(world: World) -> list[str]:
    """The facts of the alert that the service manager has before them."""
    cards = [copy.card for copy in world.chat.copies.values() if copy.person_id == world.ids["mina"]]
    return [line for line in plain_card(cards[-1]).splitlines() if line.startswith(("Grade: ", "Why: "))]


async def test_an_alert_says_why_where_its_grade_does_not(world: World) -> None:
    await world.graded()
    assert alert_shown(world) == ["Grade: RED (Inadequate)"]
    concern = await world.graded("green", immediate=True)
    assert alert_shown(world) == ["Grade: GREEN (Good)", "Why: An immediate concern"]
    await second_look(world, concern, "red")
    assert alert_shown(world) == [
        "Grade: GREEN (Good)",
        "Why: An immediate concern and RED (Inadequate) in the second look",
    ]
    unseen = await world.graded("green")
    await second_look(world, unseen, "red")
    assert alert_shown(world) == ["Grade: GREEN (Good)", "Why: RED (Inadequate) in the second look"]


async def test_an_immediate_concern_is_kept_when_the_grade_is_red_too(world: World) -> None:
    await world.graded("red", immediate=True)
    assert alert_shown(world) == ["Grade: RED (Inadequate)", "Why: An immediate concern"]
    (alert,) = world.all(Alert)
    assert (alert.graded, alert.concern) == (True, True)
    assert [each.detail for each in world.events("alert-raised")] == [{"duty": "alert", "concern": "yes"}]
    assert {"alert", "pim-date", "red-review"} <= set(open_kinds(world))


WITH_CARE = (
    "We do not send the grade to the practitioner: please talk with them about it first, or agree with the "
    "managers who does. If a child may be at risk now, phone "
)


@pytest.mark.parametrize(("grade", "immediate"), [("red", False), ("green", True), ("red", True)])
async def test_whoever_raises_an_alert_reads_who_hears_of_it_and_what_is_next(
    world: World, grade: str, immediate: bool
) -> None:
    audit = await world.audit("cyrus")
    reply = await world.submit(audit, grade, immediate=immediate)
    assert reply == Say(
        f"Thank you. The grades are in. An alert about {audit.reference} goes to Mina Sharpe and Hanif Bello now. "
        f"{WITH_CARE}{world.framework.council.duty_line}."
    )
    await world.tick()
    told = {each.recipient_id for each in world.notices(message="red-alert", state="sent")}
    assert told == {world.ids["mina"], world.ids["hanif"]}


async def test_whoever_sends_grades_without_an_alert_reads_of_none(world: World) -> None:
    reply = await world.submit(await world.audit("cyrus"), "amber")
    assert reply == Say("Thank you. The grades are in.")


async def test_a_deputy_of_a_manager_who_is_away_is_named_and_oneself_is_you(world: World) -> None:
    await world.away("mina", "2026-11-23", "2026-11-24", deputy="cyrus")
    reply = await world.submit(await world.audit("cyrus"), "red")
    assert "goes to you and Hanif Bello now" in str(reply)


async def test_an_alert_that_is_held_overnight_is_not_said_to_have_gone(tmp_path: Path) -> None:
    framework = load("newham", [folder("frameworks")])
    council = framework.council.model_copy(update={"alerts_outside_hours": "hold"})
    world = await World.start(tmp_path, framework=framework.model_copy(update={"council": council}))
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 21:00")
    reply = await world.submit(audit, "red")
    assert "goes to Mina Sharpe and Hanif Bello on 25 November 2026 at 8:30am. We do not" in str(reply)
    await world.tick()
    assert world.notices(message="red-alert", state="sent") == []
    world.close()


async def test_red_alone_is_no_immediate_concern(world: World) -> None:
    await world.graded("red")
    assert [each.concern for each in world.all(Alert)] == [False]
    assert [each.detail for each in world.events("alert-raised")] == [{"duty": "alert", "concern": "no"}]


async def test_an_alert_about_one_part_of_a_review_says_so(world: World) -> None:
    audit = await world.audit("cyrus")
    values = {"practitioner-overall": "red", "manager-overall": "amber", "actions": "no", "immediate": False}
    await world.send_form("cyrus", "submit-grades", world.deadline("audit", audit).token, **values)
    await world.forward("4 working hours")
    assert alert_shown(world) == [
        "Grade: AMBER (Requires improvement)",
        "Why: RED (Inadequate) in one part of the audit",
    ]
    assert "red-alert-again" in world.messages("mina")


async def test_an_audit_without_actions_is_shared_all_the_same(world: World) -> None:
    await world.graded("green", actions=False)
    await world.forward("2 working days")
    assert "audit-final" in world.messages("sofia")
    assert "audit-final-lead" in world.messages("ade")
    assert "actions" not in open_kinds(world)


@pytest.mark.parametrize("rule", ["NEW-MOD-3", "NEW-ESC-1.1", "NEW-DDL-1"])
async def test_switching_a_rule_off_takes_its_step_and_no_other(tmp_path: Path, rule: str) -> None:
    framework = load("newham", [folder("frameworks")]).model_copy(update={"without": (rule,)})
    world = await World.start(tmp_path, framework=framework)
    audit = await world.graded()
    assert "red-review" in open_kinds(world)
    await world.moderate("hanif", audit, "red")
    assert state(world, audit) == AuditState.finalised
    assert "actions" in open_kinds(world)
    world.close()


async def test_no_review_that_can_be_opened_means_final_at_once(tmp_path: Path) -> None:
    framework = load("newham", [folder("frameworks")]).model_copy(
        update={"without": ("NEW-ALT-3", "OURS-RED-1", "OURS-RED-2", "OURS-OWN-1", "OURS-OWN-2")}
    )
    world = await World.start(tmp_path, framework=framework)
    audit = await world.graded()
    assert state(world, audit) == AuditState.finalised
    world.close()


@pytest.mark.parametrize(("successors", "asked"), [((), "dara"), (("harriet",), "harriet")])
async def test_a_review_goes_to_the_next_head_of_service_when_one_has_left(
    world: World, successors: tuple[str, ...], asked: str
) -> None:
    audit = await world.graded()
    with world.nodes[0].store.transaction() as session:
        for each in successors:
            session.add(
                RoleHolding(person_id=world.ids[each], role="head-of-service", service_id=world.ids["safeguarding"])
            )
    world.change("hanif", active=False)
    await world.forward("1 working day")
    assert {world.name(each.recipient_id) for each in world.notices(message="red-review", state="sent")} == {asked}
    assert world.deadline("red-review", audit).state == "open"


async def test_a_review_may_be_recorded_before_the_talk_and_is_over_after_it(world: World) -> None:
    audit = await world.graded()
    deadline = world.deadline("red-review", audit)
    await world.send_form("hanif", "moderate", deadline.token, grade="red", spoken="not-yet")
    [review] = world.all(Moderation)
    assert (review.grade, review.done_by_id) == ("red", world.ids["hanif"])
    assert "red-review" in open_kinds(world)
    assert state(world, audit) == AuditState.submitted
    await world.forward("2 working days")
    card = world.card_about("hanif", audit, "red-review")
    for _ in range(2):
        reply = await world.press_token("hanif", "moderate", card.token)
        assert isinstance(reply, ShowCard)
    assert state(world, audit) == AuditState.finalised
    assert world.deadline("red-review", audit, state="met").closed_why == "Moderated and talked through"
    assert len(world.events("moderated")) == 1


async def test_the_actions_of_a_red_review_count_from_the_talk(world: World) -> None:
    audit = await world.graded()
    token = world.deadline("red-review", audit).token
    await world.send_form("hanif", "moderate", token, grade="red", spoken="not-yet")
    await world.forward("21 days")
    await world.send_form("hanif", "moderate", token, grade="red", spoken="yes")
    await world.forward("2 working days")
    assert "actions-confirm" not in world.messages("sofia")
    anchors = world.deadline("actions", audit).anchors
    assert anchors["moderated"] == anchors["final"] == "2026-12-14"


async def test_the_director_is_told_of_the_talk_and_not_of_a_review_that_is_there(world: World) -> None:
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    token = world.deadline("red-review", audit).token
    await world.send_form("hanif", "moderate", token, grade="red", spoken="not-yet")
    await world.advance("2026-12-07 12:00")
    words = "".join(plain_card(each) for each in world.cards("dara"))
    assert (
        "We have not heard yet that somebody has spoken with the practitioner: it was due on 30 November 2026." in words
    )
    assert "Moderated by Hanif Bello on 23 November 2026" in words
    assert "send us your own grade" not in words
