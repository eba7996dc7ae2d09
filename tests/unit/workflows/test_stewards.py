"""What the QA service does with any audit: handing it over and withdrawing it. Nobody else may."""

from typing import Any

import pytest

from qabot.adapter import OpenForm, Reply, Say
from qabot.messaging.card import plain_card
from qabot.models import Action, ActionState, Audit, Case, CaseInvolvement
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import audits
from tests.support.world import World

SURE = {"why": "case", "sure": True}


async def hand_over(world: World, audit: Audit, to: str, *, by: str = "quinn") -> Reply:
    return await world.send_form(by, "reassign", audit.reference, to=str(world.ids[to]))


async def withdraw(world: World, audit: Audit, *, by: str = "quinn", **values: Any) -> Reply:
    return await world.send_form(by, "withdraw", audit.reference, **(values or SURE))


def told_about(world: World, audit: Audit) -> list[str]:
    """The messages about an audit that went out to anybody."""
    return [each.message for each in world.notices(state="sent") if world.is_about(each, audit)]


def card_of(world: World, person: str) -> str:
    """The newest card of somebody, as the chat shows it now."""
    return plain_card(world.cards(person)[-1])


async def test_a_review_is_handed_over_with_its_deadline_and_both_hear(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    opened = await world.press_token("quinn", "reassign", audit.reference)
    assert isinstance(opened, OpenForm)
    assert opened.form.title == f"Hand over {audit.reference}"
    assert "Cyrus Patel" in opened.form.intro
    assert await hand_over(world, audit, "dinah") == Say(
        f"{audit.reference} is with Dinah Cole now, and stays due on 31 December 2026."
    )
    deadline = world.deadline("audit", audit)
    assert (deadline.owner_id, deadline.team_id) == (world.ids["dinah"], world.ids["west"])
    assert deadline.due_on == audit.due_on
    (event,) = world.events("audit-reassigned")
    assert (event.actor_id, event.detail) == (
        world.ids["quinn"],
        {"before": world.ids["cyrus"], "after": world.ids["dinah"]},
    )
    await world.forward("1 working day")
    assert world.messages("dinah") == ["review-allocated"]
    assert world.messages("cyrus") == ["review-allocated", "no-longer-yours"]
    assert "Dinah Cole does it now." in card_of(world, "cyrus")


async def test_whoever_takes_it_on_reads_whose_it_was_and_of_no_draw(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await hand_over(world, audit, "dinah")
    await world.forward("1 working day")
    card = card_of(world, "dinah")
    assert card.splitlines()[0] == "1 Practice Learning Review handed over to you"
    assert "This was with Cyrus Patel before and is yours now" in card
    assert "due 31 December 2026, handed over from Cyrus Patel" in card
    assert "drawn at random" not in card
    assert "You get this because it is yours to do and this one was handed over to you." in card


async def test_beside_reviews_of_their_own_only_the_one_handed_over_says_whose_it_was(world: World) -> None:
    audit, drawn = await world.audit("cyrus"), await world.audit("dinah")
    await hand_over(world, audit, "dinah")
    await world.advance("2026-11-24 12:00")
    card = card_of(world, "dinah")
    said = [line for line in card.splitlines() if audit.reference in line or drawn.reference in line]
    assert ["from Cyrus Patel" in line for line in said] == [audit.reference in line for line in said]
    assert "You have 2 Practice Learning Reviews to do" in card
    assert "The other cases were drawn at random." in card
    assert "yours to do, and one was handed over to you." in card


async def test_whoever_had_it_gets_nothing_more_about_it(world: World) -> None:
    audit = await world.audit("cyrus")
    assert world.messages("cyrus", state="planned") == ["review-allocated"]
    await hand_over(world, audit, "dinah")
    await world.advance("2026-12-24 12:00")
    assert world.messages("cyrus") == [], "they had not heard of it yet"
    assert world.messages("dinah")[0] == "review-allocated"
    (left,) = [each for each in world.notices("cyrus", state="superseded") if each.message == "review-allocated"]
    assert left.reason == "handed over to Dinah Cole"


async def test_what_was_put_off_by_one_is_not_put_off_for_the_next(world: World) -> None:
    audit = await world.audit("cyrus")
    token = world.deadline("audit", audit).token
    await world.send_form("cyrus", "not-yet", token, new_date="2026-12-18")
    await hand_over(world, audit, "dinah")
    deadline = world.deadline("audit", audit)
    assert (deadline.expected_on, deadline.snoozed_until, deadline.snoozed_by_id) == (None, None, None)


async def test_handing_over_and_back_and_over_again_is_told_each_time(world: World) -> None:
    audit = await world.audit("cyrus")
    for to in ("dinah", "cyrus", "dinah"):
        await hand_over(world, audit, to)
        await world.forward("2 working days")
    assert world.messages("dinah") == ["review-allocated", "no-longer-yours", "review-allocated"]
    assert len(world.events("audit-reassigned")) == 3


async def test_nobody_who_knows_the_case_takes_it_on_and_the_field_says_why(world: World) -> None:
    audit = await world.audit("cyrus")

    def involve(unit: Unit) -> None:
        case = Case(reference="7199999", team_id=world.ids["stratford"], practitioner_id=world.ids["sofia"])
        unit.session.add(case)
        unit.session.flush()
        unit.session.add(CaseInvolvement(case_id=case.id, person_id=world.ids["dinah"]))

    await world.run(involve)
    for person, words in (
        ("dinah", "was involved in the case"),
        ("ade", "has oversight of the case"),
        ("mina", "has oversight of the case"),
        ("sofia", "about the work of Sofia Brandt"),
        ("cyrus", "has this audit already"),
    ):
        reply = await hand_over(world, audit, person)
        assert isinstance(reply, OpenForm), person
        assert words in reply.form.errors["to"], person
        assert reply.form.values == {"to": str(world.ids[person])}
    assert world.all(Audit)[0].auditor_id == world.ids["cyrus"]
    assert world.events("audit-reassigned") == []


async def test_a_review_whose_grades_are_in_is_not_handed_over(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "green")
    assert "only until its grades are in" in str(await hand_over(world, audit, "dinah"))
    assert world.all(Audit)[0].auditor_id == world.ids["cyrus"]


@pytest.mark.parametrize("person", ["mina", "cyrus", "sofia"])
@pytest.mark.parametrize("form", ["reassign", "withdraw"])
async def test_others_may_not_and_it_is_logged(world: World, person: str, form: str) -> None:
    audit = await world.audit("cyrus")
    await world.press_token(person, form, audit.reference)
    await world.send_form(person, form, audit.reference, to=str(world.ids["dinah"]), **SURE)
    row = world.all(Audit)[0]
    assert (row.state, row.auditor_id) == ("allocated", world.ids["cyrus"])
    assert [each.actor_id for each in world.events("press-refused")] == [world.ids[person]] * 2


async def test_nobody_does_it_with_the_review_of_their_own_work(world: World) -> None:
    audit = await world.audit("cyrus")
    practitioner = next(name for name, number in world.ids.items() if number == audit.practitioner_id)
    world.change(practitioner, administrator=True)
    await withdraw(world, audit, by=practitioner)
    assert world.all(Audit)[0].state == "allocated"
    assert [each.actor_id for each in world.events("press-refused")] == [audit.practitioner_id]


async def test_an_administrator_may(world: World) -> None:
    audit = await world.audit("cyrus")
    world.change("della", administrator=True)
    assert isinstance(await hand_over(world, audit, "dinah", by="della"), Say)
    assert world.all(Audit)[0].auditor_id == world.ids["dinah"]


async def test_a_reference_opens_no_other_door(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.press_token("cyrus", "submit-grades", audit.reference)
    await world.send_form("cyrus", "submit-grades", audit.reference, **{"manager-overall": "red", "actions": "no"})
    assert world.all(Audit)[0].state == "allocated"
    for nothing in ("QA-99", ""):
        assert isinstance(await world.press_token("quinn", "withdraw", nothing), Say)
    assert [each.why for each in world.events("press-unknown")] == ["submit-grades"] * 2 + ["withdraw"] * 2


async def test_a_withdrawn_review_asks_nothing_more_and_its_cards_say_so(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    assert await withdraw(world, audit) == Say(
        f"{audit.reference} is withdrawn. Nothing more is asked of anybody about it."
    )
    assert world.all(Audit)[0].state == "withdrawn"
    deadline = world.deadline("audit", audit, state="withdrawn")
    assert (deadline.closed_by_id, deadline.closed_why) == (world.ids["quinn"], "Withdrawn")
    (event,) = world.events("audit-withdrawn")
    assert (event.actor_id, event.why) == (world.ids["quinn"], "The case has closed, or is not suitable for an audit")
    await world.tick()
    assert "Withdrawn by Quinn Marsh on 24 November 2026" in card_of(world, "cyrus")
    await world.forward("1 working day")
    assert "The case has closed, or is not suitable for an audit" in card_of(world, "cyrus")
    await world.advance("2027-01-20 12:00")
    assert told_about(world, audit) == ["review-allocated", "no-longer-yours"]


async def test_withdrawing_is_confirmed_first_and_done_once(world: World) -> None:
    audit = await world.audit("cyrus")
    unsure = await withdraw(world, audit, why="case")
    assert isinstance(unsure, OpenForm)
    assert unsure.form.errors == {"sure": "Tick this to go on."}
    assert world.all(Audit)[0].state == "allocated"
    await withdraw(world, audit)
    assert "withdrawn already" in str(await withdraw(world, audit))
    assert len(world.events("audit-withdrawn")) == 1


async def test_an_alert_is_acknowledged_before_its_review_can_be_withdrawn(world: World) -> None:
    audit = await world.graded()
    assert "has not been acknowledged yet" in str(await withdraw(world, audit))
    assert world.deadline("alert", audit).state == "open"
    await world.acknowledge("mina", audit)
    assert "is withdrawn" in str(await withdraw(world, audit))
    for kind in ("pim-date", "red-review"):
        assert world.deadline(kind, audit, state="withdrawn").closed_why == "Withdrawn"


async def test_a_final_review_is_withdrawn_with_its_actions(world: World) -> None:
    audit = await world.audit("cyrus")
    number, sofia = audit.id, world.ids["sofia"]
    await world.submit(audit, "green")
    await world.run(
        lambda unit: audits.plan_actions(unit, unit.session.get_one(Audit, number), [(sofia, audit.due_on)])
    )
    await withdraw(world, audit)
    assert [each.state for each in world.all(Action)] == [ActionState.withdrawn]
    await world.advance("2027-01-20 12:00")
    assert told_about(world, audit) == []
