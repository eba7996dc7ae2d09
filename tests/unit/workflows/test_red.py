"""RED: who hears of it, what it asks for, and that no way round leads past the Head of Service (D5, NEW-ALT-3)."""

from pathlib import Path

import pytest

from qabot.adapter import ShowCard
from qabot.files import folder
from qabot.framework.loader import load
from qabot.messaging.card import plain_card
from qabot.models import Alert, Audit, AuditState, Deadline, DeadlineState, Moderation
from qabot.workflows import moderations, samples
from qabot.workflows.unit import Unit
from tests.support.world import World


async def second_look(world: World, audit: Audit, grade: str, by: str = "rowan", layer: str = "qa") -> None:
    """A moderation of the QA layer, recorded."""

    def work(unit: Unit) -> None:
        row = Moderation(
            audit_id=audit.id or 0, layer=layer, rule="NEW-MOD-2", moderator_id=world.ids[by], drawn_at=unit.now
        )
        unit.session.add(row)
        unit.session.flush()
        moderations.record(unit, row, unit.session.get_one(Audit, audit.id), grade, by=world.ids[by])

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
        samples._add(unit, found, "head-of-service", rules, rules.deadline, "seed")

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
    assert (alert.kind, alert.acknowledged_at) == ("red", None)
    assert {"alert", "pim-date", "red-review"} <= set(open_kinds(world))


async def test_an_audit_without_actions_is_shared_all_the_same(world: World) -> None:
    await world.graded("green", actions=False)
    await world.forward("2 working days")
    assert "audit-final" in world.messages("sofia")
    assert "audit-final-lead" in world.messages("ade")
    assert "actions" not in open_kinds(world)


@pytest.mark.parametrize("rule", ["NEW-MOD-3", "NEW-ESC-1.1", "NEW-DDL-1"])
async def test_switching_a_rule_off_takes_its_step_and_no_other(tmp_path: Path, rule: str) -> None:
    framework = load("newham", [folder("frameworks")]).model_copy(update={"off": (rule,)})
    world = await World.start(tmp_path, framework=framework)
    audit = await world.graded()
    assert "red-review" in open_kinds(world)
    await world.moderate("hanif", audit, "red")
    assert state(world, audit) == AuditState.finalised
    assert "actions" in open_kinds(world)
    world.close()


async def test_no_review_that_can_be_opened_means_final_at_once(tmp_path: Path) -> None:
    framework = load("newham", [folder("frameworks")]).model_copy(
        update={"off": ("NEW-ALT-3", "OURS-RED-1", "OURS-RED-2")}
    )
    world = await World.start(tmp_path, framework=framework)
    audit = await world.graded()
    assert state(world, audit) == AuditState.finalised
    world.close()


async def test_a_review_goes_to_the_next_head_of_service_when_one_has_left(world: World) -> None:
    audit = await world.graded()
    world.change("hanif", active=False)
    world.change("harriet", team_id=None)
    await world.forward("7 working days")
    told = {each.message for each in world.notices("ade")}
    assert "red-review" not in told
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
    assert anchors["moderated"] == anchors["finalised"] == "2026-12-14"


async def test_the_director_is_told_of_the_talk_and_not_of_a_review_that_is_there(world: World) -> None:
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    token = world.deadline("red-review", audit).token
    await world.send_form("hanif", "moderate", token, grade="red", spoken="not-yet")
    await world.advance("2026-12-02 12:00")
    words = plain_card(world.cards("dara")[-1])
    assert "We have not heard yet that somebody has spoken with the practitioner: it was due yesterday." in words
    assert "Moderated by Hanif Bello on 23 November 2026" in words
    assert "send us your own grade" not in words
