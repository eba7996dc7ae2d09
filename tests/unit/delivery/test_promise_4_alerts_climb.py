"""Promise 4: an alert that nobody acknowledges climbs its ladder, and the last step repeats until somebody does."""

from itertools import pairwise

import pytest

from qabot.framework.calendar import LAST_YEAR
from tests.support.faulty import Fault
from tests.support.small_council import PEOPLE
from tests.support.world import World, local, newham


async def test_an_alert_climbs_and_its_last_step_repeats_each_working_day(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.tick()
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
    assert world.events("nobody-to-tell")
    await world.advance("2026-11-30 17:00")
    assert "red-alert-escalated" in world.messages("dara")


async def test_not_me_tells_the_next_level_at_once_and_leaves_the_alert_open(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.tick()
    await world.press("mina", "not-me", audit, kind="alert")
    await world.tick()
    assert world.messages("dara") == world.messages("rowan")[:1] == ["alert-handed-on"]
    assert world.deadline("alert", audit).state == "open"


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


async def test_an_alert_is_raised_and_climbs_past_the_table_of_bank_holidays(world: World) -> None:
    audit = await world.audit("cyrus")
    world.clock.set(local(f"{LAST_YEAR}-12-29 10:00"))
    await world.submit(audit, "red")
    await world.tick()
    assert "red-alert" in world.messages("mina")
    await world.forward("4 days")
    assert "red-alert-again" in world.messages("mina")
    assert not [each for each in world.events("plan-failed") if each.subject_id == audit.id]
