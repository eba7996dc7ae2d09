"""The engine's loop: it works when it is woken, outlives a database that is away, and finishes before it stops."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from qabot.adapter import Rate
from qabot.scheduler.engine import EVERY_SECONDS
from tests.support.world import World


def arrival(world: World, copies: int) -> asyncio.Event:
    """Set once the chat has taken so many messages."""
    arrived = asyncio.Event()
    world.chat.accepted = lambda copy: arrived.set() if len(world.chat.copies) >= copies else None
    return arrived


async def test_what_people_do_is_followed_at_once(world: World) -> None:
    engine, arrived = world.nodes[0].engine, arrival(world, 2)
    world.nodes[0].desk.woken = engine.wake
    await engine.start()
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await asyncio.wait_for(arrived.wait(), 15)
    await engine.stop()


async def test_the_loop_outlives_a_database_that_is_away_for_a_moment(world: World) -> None:
    node, arrived = world.nodes[0], arrival(world, 2)
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    rename(world, "notice", "away")
    await node.engine.start()
    await asyncio.sleep(0.2)
    assert node.engine.last_tick == world.clock.now()
    assert not world.chat.copies
    rename(world, "away", "notice")
    node.engine.wake()
    await asyncio.wait_for(arrived.wait(), 15)
    await node.engine.stop()


async def test_stopping_waits_for_the_round_under_way(world: World) -> None:
    node = world.nodes[0]
    await world.submit(await world.audit("cyrus"), "red")
    world.chat.hold()
    await node.engine.start()
    async with asyncio.timeout(15):
        await world.chat.waiting.wait()
    stopping = asyncio.create_task(node.engine.stop())
    await asyncio.sleep(0.05)
    assert not stopping.done()
    world.chat.release()
    await asyncio.wait_for(stopping, 15)
    assert {each.state for each in world.notices(message="red-alert")} == {"sent"}


async def test_what_waits_for_the_platforms_pace_does_not_wait_for_the_clock_too(world: World) -> None:
    engine, arrived = world.nodes[0].engine, arrival(world, 4)
    world.chat.rate = Rate(everybody=((3, 0.5),))
    for _ in range(2):
        await world.submit(await world.audit("cyrus"), "red")
    await engine.start()

    async def time_passes() -> None:
        while not arrived.is_set():
            await asyncio.sleep(0.1)
            world.clock.set(world.clock.now() + timedelta(seconds=0.1))

    await asyncio.wait_for(time_passes(), EVERY_SECONDS / 2)
    await engine.stop()


async def test_rounds_never_overlap(world: World) -> None:
    for _ in range(3):
        await world.submit(await world.audit("cyrus"), "red")
    await asyncio.gather(*(world.tick() for _ in range(4)))
    assert len(world.chat.tried) == 6


def rename(world: World, before: str, after: str) -> None:
    with world.nodes[0].store.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))
