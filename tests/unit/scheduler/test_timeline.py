"""Moving time: however it is moved, the same is said at the same moments."""

from datetime import timedelta

from qabot.models import Notice
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.timeline import Timeline
from tests.support.world import World, local


async def busy_month(world: World) -> None:
    await world.audit("bea", team="east")
    await world.submit(await world.audit("cyrus"), "red")
    await world.submit(await world.audit("dinah"), "green")


def said(world: World) -> list[tuple[str, str, object]]:
    return sorted((each.key, each.state, each.sent_at) for each in world.all(Notice))


async def month(*, hop: timedelta) -> list[tuple[str, str, object]]:
    """What is said from a December's Monday to a Tuesday in January, if time moves so far at once."""
    world, end = await World.start(at="2026-12-07 10:00"), local("2027-01-12 12:00")
    await busy_month(world)
    while world.clock.now() < end:
        await world.advance(min(world.clock.now() + hop, end))
    sent = said(world)
    world.close()
    return sent


async def test_many_hops_say_the_same_as_one() -> None:
    once = await month(hop=timedelta(days=99))
    assert len(once) > 30
    for hop in (timedelta(hours=5), timedelta(days=1), timedelta(days=9)):
        assert await month(hop=hop) == once, hop


async def test_the_next_moment_is_when_something_happens_by_itself(world: World) -> None:
    await world.submit(await world.audit("cyrus"), "red")
    await world.tick()
    timeline = Timeline(world.nodes[0].engine, world.clock)
    assert await timeline.next_moment() == local("2026-11-23 14:00")
    world.clock.set(local("2026-11-23 23:59"))
    await world.tick()
    following = await timeline.next_moment()
    assert following is not None
    assert following <= local("2026-11-24 00:00"), "the programme runs as each day begins"


def test_a_demo_clock_keeps_utc() -> None:
    clock = DemoClock(local("2026-07-01 10:00"))
    assert clock.now().isoformat() == "2026-07-01T09:00:00+00:00"
