"""Promise 5: after an outage each person gets one catch-up, alerts first; what was overtaken is recorded, not sent."""

from qabot.framework.calendar import local_day
from tests.support.faulty import Fault
from tests.support.world import World


async def test_after_an_outage_of_the_service_each_person_gets_the_latest_step_alone(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.jump("2026-12-02 14:00")
    alerts = world.notices("dara", lane="alert")
    sent = [each for each in alerts if each.state == "sent"]
    assert len(sent) == 1
    assert len(alerts) == 7
    assert all(each.reason.startswith("overtaken by OURS-ALT-2") for each in alerts if each not in sent)
    # The digest that told her of the meeting was missed too: today's carries it, in her working hours.
    assert world.messages("mina") == ["red-alert-again", "past-date"], "the date of the meeting is past"
    assert [(each.state, each.reason) for each in world.notices("mina", message="red-alert")] == [
        ("superseded", "overtaken by OURS-ALT-3 (7)")
    ]


async def test_what_was_overtaken_stands_in_the_log_with_its_reason(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.jump("2026-12-02 14:00")
    rows = {each.id for each in world.notices(state="superseded")}
    logged = {(each.deadline_id, each.rule, each.why) for each in world.events("superseded")}
    assert rows
    assert all((each.deadline_id, each.rule, each.reason) in logged for each in world.notices(state="superseded"))


async def test_after_an_outage_of_the_platform_each_person_gets_the_latest_step_alone(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.chat.faults.extend([Fault.busy] * 10_000)
    for _ in range(17):
        await world.jump(world.later("6 hours"))
    assert not world.chat.copies
    world.chat.faults.clear()
    await world.forward("30 minutes")
    assert [each.first.message for each in world.chat.copies.values() if each.person_id == world.ids["dara"]] == [
        "red-alert-escalated"
    ]
    assert world.messages("dara") == ["red-alert-escalated"]
    assert {each.reason for each in world.notices("mina", message="red-alert")} == {"overtaken by OURS-ALT-1"}


async def test_alerts_are_sent_before_everything_else(world: World) -> None:
    for _ in range(3):
        await world.audit("bea")
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.jump("2026-11-25 12:00")
    lanes = [each.first.lane for each in world.chat.copies.values()]
    assert lanes == sorted(lanes)
    assert set(lanes) == {"alert", "due"}


async def test_a_digest_that_was_held_overnight_goes_in_the_next_days_one(world: World) -> None:
    await world.audit("cyrus")
    world.chat.faults.append(Fault.busy)
    world.chat.busy_seconds = 26 * 3600.0
    await world.advance("2026-11-24 09:31")
    await world.audit("cyrus")
    await world.advance("2026-11-27 17:00")
    digests = [each for each in world.chat.copies.values() if each.person_id == world.ids["cyrus"]]
    assert [each.message for each in world.notices("cyrus", state="sent")] == ["review-allocated"] * 2
    assert len({local_day(each.sent_at) for each in world.notices("cyrus") if each.sent_at}) == len(digests)
