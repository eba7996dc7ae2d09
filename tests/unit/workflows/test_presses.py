"""A press is done once however often it comes, by whoever may, and says what it did."""

import pytest

from qabot.adapter import OpenForm, Press, Say, ShowCard, Submission, Who
from qabot.models import Audit, Moderation
from tests.support.world import World


async def test_pressing_three_times_acknowledges_once(world: World) -> None:
    audit = await world.graded()
    replies = [await world.acknowledge("mina", audit) for _ in range(3)]
    assert all(isinstance(reply, ShowCard) and "Acknowledged by" in str(reply.card) for reply in replies)
    closed = [each for each in world.events("deadline-met") if each.why == "Acknowledged"]
    assert len(closed) == 1
    assert closed[0].actor_id == world.ids["mina"]


async def test_the_second_manager_sees_who_was_first(world: World) -> None:
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    reply = await world.acknowledge("hanif", audit)
    assert isinstance(reply, ShowCard)
    assert "Mina Sharpe" in str(reply.card)
    assert world.deadline("alert", audit, state="met").closed_by_id == world.ids["mina"]


async def test_somebody_elses_card_does_nothing_and_is_logged(world: World) -> None:
    audit = await world.graded()
    reply = await world.press("wanda", "acknowledge", audit, kind="alert", of="mina")
    assert reply == Say("This message is for somebody else, so nothing was changed.")
    assert world.deadline("alert", audit).state == "open"
    (event,) = world.events("press-refused")
    assert event.actor_id == world.ids["wanda"]


async def test_a_deputy_may_press_only_while_the_person_is_away(world: World) -> None:
    audit = await world.graded()
    refused = await world.press("ade", "acknowledge", audit, kind="alert", of="mina")
    assert isinstance(refused, Say)
    await world.away("mina", "2026-11-23", "2026-11-24")
    done = await world.press("ade", "acknowledge", audit, kind="alert", of="mina")
    assert isinstance(done, ShowCard)
    assert world.deadline("alert", audit, state="met").closed_by_id == world.ids["ade"]


async def test_nobody_knows_a_stranger_and_a_guest_is_turned_away(world: World) -> None:
    audit = await world.graded()
    token = world.card_about("mina", audit, "alert").token
    for who in (Who("chat", "U-nobody", "nobody@elsewhere.example"), Who("chat", "U-mina-2", None, trusted=False)):
        reply = await world.nodes[0].desk.press(Press(who, "acknowledge", token))
        assert isinstance(reply, Say)
        assert reply.card is None
    assert world.deadline("alert", audit).state == "open"
    assert len(world.events("stranger")) == len(world.events("stranger-refused")) == 1


async def test_an_old_or_invented_token_changes_nothing(world: World) -> None:
    reply = await world.press_token("mina", "acknowledge", "no-such-token")
    assert isinstance(reply, Say)
    assert len(world.events("press-unknown")) == 1


async def test_grades_that_are_sent_twice_are_taken_once(world: World) -> None:
    audit = await world.audit("cyrus")
    token = world.deadline("audit", audit).token
    values = {"manager-overall": "red", "actions": "no"}
    first = await world.send_form("cyrus", "submit-grades", token, **values)
    second = await world.send_form("cyrus", "submit-grades", token, **{**values, "manager-overall": "green"})
    assert "were in already" in str(second)
    assert first != second
    assert [each.grade for each in world.all(Audit)] == ["red"]
    assert len(world.events("alert-raised")) == 1


async def test_a_form_that_lacks_something_opens_again_and_stores_nothing(world: World) -> None:
    audit = await world.audit("cyrus")
    reply = await world.send_form("cyrus", "submit-grades", world.deadline("audit", audit).token, actions="yes")
    assert isinstance(reply, OpenForm)
    assert "manager-overall" in reply.form.errors
    assert world.all(Audit)[0].state == "allocated"


async def test_a_red_one_is_final_only_after_the_head_of_service_has_looked(world: World) -> None:
    audit = await world.graded()
    await world.forward("1 working day")
    assert "audit-final" not in world.messages("sofia")
    owner = world.name(world.deadline("red-review", audit).owner_id)
    assert owner == "hanif"
    token = world.deadline("red-review", audit).token
    unspoken = await world.nodes[0].desk.submit(Submission(world.who(owner), "moderate", token, {"grade": "red"}))
    assert isinstance(unspoken, OpenForm)
    await world.moderate(owner, audit, "red")
    await world.forward("2 working days")
    assert "audit-final" in world.messages("sofia")
    assert not [card for card in world.cards("sofia") if "RED" in str(card)]


async def test_a_moderation_is_recorded_once(world: World) -> None:
    audit = await world.graded()
    for grade in ("red", "amber"):
        deadline = world.deadline("red-review", audit, state="open" if grade == "red" else "met")
        await world.send_form("hanif", "moderate", deadline.token, grade=grade, spoken="yes")
    assert [each.grade for each in world.all(Moderation)] == ["red"]


@pytest.mark.parametrize("action", ["answer", "moderate", "submit-grades", "no-such-button"])
async def test_a_cards_token_opens_no_other_door(world: World, action: str) -> None:
    """A request that somebody made up: the right person, the right token, a button that the card does not have."""
    audit = await world.graded()
    reply = await world.press("mina", action, audit, kind="alert")
    assert isinstance(reply, ShowCard)
    assert "from an older message" in reply.say
    assert not reply.card.done
    assert world.deadline("alert", audit).state == "open"
    (event,) = world.events("press-unknown")
    assert (event.actor_id, event.why) == (world.ids["mina"], "unknown" if action == "no-such-button" else action)


async def test_only_a_duty_can_be_answered(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.press_token("cyrus", "answer", world.deadline("audit", audit).token)
    assert world.deadline("audit", audit).state == "open"


async def test_whoever_was_only_told_of_a_review_cannot_send_its_grades(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-12-24 12:00")
    token = world.card_about("marcus", audit).token
    await world.send_form("marcus", "submit-grades", token, **{"manager-overall": "red", "actions": "no"})
    assert world.all(Audit)[0].state == "allocated"


async def test_an_alert_cannot_be_put_off(world: World) -> None:
    audit = await world.graded()
    deadline = world.deadline("alert", audit)
    await world.send_form("mina", "not-yet", deadline.token, new_date="2026-12-18")
    await world.send_form("mina", "snooze", deadline.token, until="next working day")
    assert world.deadline("alert", audit).snoozed_until is None


async def test_a_form_opens_again_by_its_own_address_for_whoever_may_send_it(world: World) -> None:
    audit = await world.audit("cyrus")
    token, desk = world.deadline("audit", audit).token, world.nodes[0].desk
    opened = await desk.form(world.who("cyrus"), "submit-grades", token=token)
    pressed = await world.press_token("cyrus", "submit-grades", token)
    assert opened == pressed, "the address shows what the button opened"
    refused = await desk.form(world.who("wanda"), "submit-grades", token=token)
    assert isinstance(refused, Say)
    assert world.all(Audit) == [audit], "opening a form changes nothing"
    for name, about in (("submit-grades", ""), ("submit-grades", "no-such-token"), ("no-such-form", token)):
        assert isinstance(await desk.form(world.who("cyrus"), name, token=about), Say)
    await world.send_form("cyrus", "submit-grades", token, **{"manager-overall": "green", "actions": "no"})
    assert isinstance(await desk.form(world.who("wanda"), "correct", token=audit.reference), Say)
