"""The platform's pace: nobody sleeps, nothing is lost, and who must wait is told when there will be room."""

from qabot.adapter import Rate
from qabot.delivery.pacing import Pacer
from qabot.models import Event
from tests.support.world import World

FIFTY = Rate(everybody=((50, 1.0),))


def test_those_who_must_wait_are_told_one_after_another_when_there_is_room() -> None:
    pacer = Pacer(lambda: 100.0)
    waits = [pacer.wait("teams", f"chat-{number}", FIFTY) for number in range(200)]
    assert waits == [0.0] * 50 + [1.0] * 50 + [2.0] * 50 + [3.0] * 50


def test_the_queue_is_forgotten_once_there_is_room_again() -> None:
    now = [0.0]
    pacer = Pacer(lambda: now[0])
    for number in range(120):
        pacer.wait("teams", f"chat-{number}", FIFTY)
    now[0] = 1.5
    waits = [pacer.wait("teams", f"chat-{number}", FIFTY) for number in range(60)]
    assert waits == [0.0] * 50 + [1.0] * 10


def test_an_alert_stands_behind_other_alerts_only() -> None:
    pacer = Pacer(lambda: 100.0)
    for number in range(1_000):
        pacer.wait("teams", f"chat-{number}", FIFTY, "reminder")
    waits = [pacer.wait("teams", f"alert-{number}", FIFTY, "alert") for number in range(60)]
    assert waits == [1.0] * 50 + [2.0] * 10


def test_one_busy_conversation_holds_nobody_else_up() -> None:
    pacer = Pacer(lambda: 0.0)
    rate = Rate(everybody=((50, 1.0),), conversation=((1, 1.0),))
    assert [pacer.wait("slack", "one", rate) for _ in range(3)] == [0.0, 1.0, 1.0]
    assert pacer.wait("slack", "another", rate) == 0.0


async def test_a_burst_goes_at_the_platforms_pace_and_the_log_says_so_once(world: World) -> None:
    world.chat.rate = Rate(everybody=((3, 60.0),))
    for _ in range(4):
        await world.submit(await world.audit("cyrus"), "red")
    await world.tick()
    assert len(world.chat.copies) == 3
    for expected in (6, 8):
        await world.forward("1 minute")
        assert len(world.chat.copies) == expected
    assert [each.attempt for each in world.notices(message="red-alert")].count(1) == 3
    held = world.all(Event, Event.what == "held")
    assert [(each.why, len(each.detail["notices"])) for each in held] == [("kept to the platform's pace", 5)]


async def test_an_alert_in_the_midst_of_a_burst_goes_with_the_next_that_may(world: World) -> None:
    for auditor in ("ade", "bea", "cyrus", "dinah", "mina", "marcus", "sofia", "ben"):
        await world.audit(auditor)
    red = await world.audit("ewan")
    await world.advance("2026-11-24 09:29")
    before = len(world.chat.copies)
    world.chat.rate = Rate(everybody=((2, 60.0),))
    await world.forward("1 minute")
    assert len(world.chat.copies) == before + 2
    await world.submit(red, "red")
    await world.tick()
    await world.forward("1 minute")
    assert [each.first.message for each in world.chat.copies.values()][before + 2 :] == ["red-alert"] * 2
