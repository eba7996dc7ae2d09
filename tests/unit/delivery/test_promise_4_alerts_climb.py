"""Promise 4: an alert that nobody acknowledges climbs its ladder, and the last step repeats until somebody does."""

from datetime import timedelta
from itertools import pairwise

import pytest

from qabot.adapter import ShowCard
from qabot.framework.calendar import PUBLISHED_UNTIL
from qabot.messaging.card import plain_card
from qabot.workflows.access import owing
from qabot.workflows.cards.draw import SENT_AGAIN
from tests.support.faulty import Fault
from tests.support.small_council import PEOPLE
from tests.support.world import World, local, newham


async def test_an_alert_climbs_and_its_last_step_repeats_each_working_day(world: World) -> None:
    await world.graded()
    assert world.messages("mina") == world.messages("hanif") == ["red-alert"]
    await world.forward("4 working hours")
    assert [each for each in world.messages("mina") if "alert" in each] == ["red-alert", "red-alert-again"]
    assert world.messages("ade") == ["red-alert-again"]
    await world.advance("2026-12-04 18:00")
    days = [
        each.sent_at.date().isoformat() for each in world.notices("dara", message="red-alert-escalated") if each.sent_at
    ]
    assert days == [f"2026-11-{day}" for day in (24, 25, 26, 27, 30)] + [f"2026-12-0{day}" for day in (1, 2, 3, 4)]
    assert world.messages("quinn").count("red-alert-escalated") == 9


async def test_the_repeat_goes_on_over_christmas_and_into_the_next_year(world: World) -> None:
    world.clock.set(world.later("20 working days"))
    audit = await world.audit("cyrus", due="2026-12-31")
    await world.submit(audit, "red")
    await world.advance("2027-01-12 18:00")
    calendar = newham().calendar()
    days = [each.sent_at.date() for each in world.notices("dara", message="red-alert-escalated") if each.sent_at]
    assert all(calendar.is_working(day) for day in days)
    assert days == sorted(set(days))
    assert all(calendar.add_days(earlier, 1) == later for earlier, later in pairwise(days))
    assert days[-1].isoformat() == "2027-01-12"


async def test_a_clock_that_is_behind_does_not_silence_an_alert(world: World) -> None:
    """Two machines never agree to the second: one has said the next repeat, the other plans before its moment."""
    await world.graded()
    await world.advance("2026-11-26 18:00")
    world.clock.set(world.clock.now() - timedelta(hours=12))
    await world.run(lambda unit: unit.poke_all())
    await world.tick()
    await world.advance("2026-12-01 18:00")
    days = [f"{each.sent_at:%m-%d}" for each in world.notices("dara", message="red-alert-escalated") if each.sent_at]
    assert days == ["11-24", "11-25", "11-26", "11-27", "11-30", "12-01"]


async def test_however_often_it_is_sent_one_card_is_left_to_act_on(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.advance("2026-11-26 18:00")
    shown = world.cards("dara")
    assert len(shown) == 3
    assert [bool(card.buttons) for card in shown] == [False, False, True]
    assert {plain_card(card).split("\n\n", 1)[1] for card in shown[:-1]} == {SENT_AGAIN}
    await world.acknowledge("dara", audit)
    await world.tick()
    assert all("Acknowledged by Dara" in plain_card(card) for card in world.cards("dara"))


@pytest.mark.parametrize("person", ["mina", "hanif", "ade", "dara", "quinn"])
async def test_whoever_was_told_may_acknowledge_and_that_ends_it_for_all(world: World, person: str) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.forward("2 working days")
    await world.acknowledge(person, audit)
    told = len(world.notices(lane="alert"))
    await world.forward("10 working days")
    assert len(world.notices(lane="alert")) == told
    assert world.deadline("alert", audit, state="met").closed_by_id == world.ids[person]


async def test_an_alert_goes_on_while_the_chat_refuses_one_of_them(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.fail(*[Fault.refused] * 20)
    await world.advance("2026-11-26 18:00")
    for person in ("mina", "hanif", "dara"):
        assert {each.state for each in world.notices(person, lane="alert")} == {"sent"}
        assert {each.adapter for each in world.notices(person, lane="alert")} == {"web"}


async def test_an_alert_reaches_somebody_as_soon_as_anybody_is_back(world: World) -> None:
    for person in PEOPLE:
        await world.away(person, "2026-11-23", "2026-11-29")
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.advance("2026-11-29 23:00")
    assert [each for each in world.notices(lane="alert") if each.state == "sent"] == []
    assert ("audit", audit.id) in {(each.subject_type, each.subject_id) for each in world.events("nobody-to-tell")}
    await world.advance("2026-11-30 17:00")
    assert "red-alert-escalated" in world.messages("dara")


async def test_not_me_tells_the_deputy_at_once_and_leaves_the_alert_open(world: World) -> None:
    audit = await world.graded()
    reply = await world.press("mina", "not-me", audit, kind="alert")
    await world.tick()
    assert isinstance(reply, ShowCard)
    assert reply.say == "Thank you. We have passed this on to Ade Lawal."
    assert "This has been passed on to Ade Lawal." in str(reply.card)
    (told,) = world.notices("ade", message="alert-handed-on")
    assert (told.lane, told.role, told.state) == ("alert", "service-manager", "sent")
    assert world.messages("dara") == []
    assert world.deadline("alert", audit).state == "open"
    (event,) = world.events("alert-handed-on")
    assert event.detail == {"to": [world.ids["ade"]]}
    assert (event.subject_type, event.subject_id) == ("audit", audit.id)
    await world.acknowledge("ade", audit)
    assert world.deadline("alert", audit, state="met").closed_by_id == world.ids["ade"]


async def test_an_alert_that_was_passed_on_waits_for_others_not_for_whoever_passed_it_on(world: World) -> None:
    audit = await world.graded()
    deadline = world.deadline("alert", audit)
    other = world.deadline("alert", await world.graded())

    async def owed(person: str) -> list[int]:
        found = await world.run(lambda unit: owing.owed(unit, world.ids[person]))
        return [each.id for each in found if each.kind == "alert"]

    assert await owed("mina") == [deadline.id, other.id]
    await world.press("mina", "not-me", audit, kind="alert")
    await world.tick()
    assert await owed("mina") == [other.id]
    assert await owed("hanif") == [deadline.id, other.id]
    told = await world.run(lambda unit: owing.for_others(unit, world.ids["mina"]))
    assert deadline.id in [each.id for each in told]


async def test_not_me_without_a_deputy_tells_the_last_level_at_once(world: World) -> None:
    audit = await world.graded()
    reply = await world.press("hanif", "not-me", audit, kind="alert")
    await world.tick()
    assert isinstance(reply, ShowCard)
    assert reply.say == "Thank you. We have passed this on to Dara Okafor, Quinn Marsh and Rowan Vale."
    assert world.messages("dara") == world.messages("rowan")[:1] == ["alert-handed-on"]
    assert world.deadline("alert", audit).state == "open"


async def test_a_deputy_who_is_not_the_right_person_either_hands_it_on_to_the_last_level(world: World) -> None:
    audit = await world.graded()
    await world.press("mina", "not-me", audit, kind="alert")
    await world.tick()
    await world.press("ade", "not-me", audit, kind="alert")
    await world.tick()
    assert world.messages("dara") == ["alert-handed-on"]
    assert [each.message for each in world.notices("mina", lane="alert")] == ["red-alert"], "not back again"


async def test_a_deputy_who_knows_of_it_already_is_not_told_again(world: World) -> None:
    audit = await world.graded()
    await world.forward("4 working hours")
    assert world.messages("ade") == ["red-alert-again"]
    await world.press("mina", "not-me", audit, kind="alert")
    await world.tick()
    assert (world.messages("ade"), world.messages("dara")) == (["red-alert-again"], ["alert-handed-on"])


@pytest.mark.parametrize("auditor", ["ade", "cyrus"])
async def test_an_alert_is_handed_to_no_deputy_whose_own_work_it_is(world: World, auditor: str) -> None:
    world.change("mina", deputy_id=world.ids["ade" if auditor == "ade" else "sofia"])
    audit = await world.graded(auditor=auditor)
    await world.press("mina", "not-me", audit, kind="alert")
    await world.tick()
    assert world.notices("ade", lane="alert") == world.notices("sofia", lane="alert") == []
    assert world.messages("dara") == ["alert-handed-on"]


async def test_a_folded_card_still_says_to_whom_it_was_passed_on(world: World) -> None:
    audit = await world.graded()
    await world.press("mina", "not-me", audit, kind="alert")
    await world.forward("4 working hours")
    assert "You said that you are not the right person" in plain_card(world.cards("mina")[0])


async def test_handing_on_twice_tells_nobody_else(world: World) -> None:
    audit = await world.graded()
    replies = [await world.press("mina", "not-me", audit, kind="alert") for _ in range(3)]
    await world.tick()
    first, *again = [getattr(each, "say", "") for each in replies]
    assert first == "Thank you. We have passed this on to Ade Lawal."
    assert {each[:54] for each in again} == {"Thank you. We had passed this on to Ade Lawal already."}
    assert len(world.notices(message="alert-handed-on")) == len(world.events("alert-handed-on")) == 1


async def test_what_was_handed_on_climbs_all_the_same(world: World) -> None:
    audit = await world.graded()
    await world.press("mina", "not-me", audit, kind="alert")
    await world.forward("2 working days")
    assert "red-alert-escalated" in world.messages("dara")


async def test_whom_nobody_stands_behind_keeps_the_alert_and_hears_whom_to_phone(world: World) -> None:
    audit = await world.graded()
    for person in ("quinn", "rowan"):
        world.change(person, active=False)
    await world.forward("2 working days")
    reply = await world.press("dara", "not-me", audit, kind="alert")
    assert isinstance(reply, ShowCard)
    assert "this stays with you" in reply.say
    assert world.framework.council.duty_line in reply.say
    assert "acknowledge" in [button.action for button in reply.card.buttons]
    assert world.notices(message="alert-handed-on") == []


async def test_a_moderation_down_to_red_raises_the_alert_too(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "green")
    await world.advance("2026-12-01 12:00")
    owner = world.name(world.deadline("moderation", audit).owner_id)
    await world.moderate(owner, audit, "red", "moderation")
    await world.tick()
    assert "red-alert" in world.messages("mina")


async def test_a_grade_that_is_red_in_any_part_raises_one_alert(world: World) -> None:
    audit = await world.audit("cyrus")
    values = {"practitioner-part-a": "red", "manager-part-a": "red", "manager-overall": "green", "actions": "no"}
    await world.send_form("cyrus", "submit-grades", world.deadline("audit", audit).token, **values)
    await world.tick()
    assert world.messages("mina").count("red-alert") == 1
    assert len(world.events("alert-raised")) == 1


async def test_an_alert_does_not_wait_while_the_chat_refuses_everybody(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.fail(*[Fault.locked_out] * 4)
    await world.tick()
    sent = world.notices(lane="alert", state="sent")
    assert {(world.name(each.recipient_id), each.adapter) for each in sent} >= {("mina", "web"), ("hanif", "web")}
    assert {each.not_before for each in world.notices(lane="alert")} == {world.clock.now()}


async def test_an_alert_is_raised_and_climbs_past_the_published_bank_holidays(world: World) -> None:
    audit = await world.audit("cyrus")
    world.clock.set(local(f"{PUBLISHED_UNTIL}-12-29 10:00"))
    await world.submit(audit, "red")
    await world.tick()
    assert "red-alert" in world.messages("mina")
    await world.forward("4 days")
    assert "red-alert-again" in world.messages("mina")
    assert world.deadline("alert", audit).id not in {each.deadline_id for each in world.events("plan-failed")}
