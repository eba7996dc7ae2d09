"""The engine's loop: it works when it is woken, outlives a database that is away, and finishes before it stops."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from qabot.adapter import Address, Outcome, Rate, Sent
from qabot.delivery import redraw
from qabot.messaging.card import Card
from qabot.scheduler import engine as engines
from qabot.scheduler import heartbeat
from tests.support.waiting import LONG, a_moment, turns, until, within
from tests.support.world import World


@pytest.fixture(autouse=True)
def no_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock ticks once an hour: what happens before that was asked for."""
    monkeypatch.setattr(engines, "EVERY_SECONDS", 3600)


def arrival(world: World, copies: int) -> asyncio.Event:
    """Set once the chat has taken so many messages."""
    arrived = asyncio.Event()
    world.chat.accepted = lambda copy: arrived.set() if len(world.chat.copies) >= copies else None
    return arrived


async def test_what_people_do_is_followed_at_once(world: World) -> None:
    engine = world.nodes[0].engine
    world.nodes[0].desk.woken = engine.wake
    await engine.start()
    for copies in (2, 4):
        arrived = arrival(world, copies)
        await world.submit(await world.audit("cyrus"), "red")
        await within(arrived.wait())
    await engine.stop()


async def test_what_many_press_in_a_moment_is_followed_by_one_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, breath, over = world.nodes[0].engine, asyncio.Event(), asyncio.Event()
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)
        breath.set()
        await over.wait()

    rounds = 0
    plan_and_send = engine.plan_and_send

    async def counted() -> int:
        nonlocal rounds
        rounds += 1
        return await plan_and_send()

    monkeypatch.setattr(engine, "_rest", rest)
    monkeypatch.setattr(engine, "plan_and_send", counted)
    await engine.start()
    await within(breath.wait())
    await until(lambda: rounds == 1)
    for _ in range(50):
        engine.wake()
        await turns()
    assert rounds == 1
    over.set()
    await until(lambda: rounds == 2)
    await engine.stop()
    assert rounds == 2
    assert set(rests) == {engines.BREATH}


async def test_the_loop_outlives_a_database_that_is_away_for_a_moment(world: World) -> None:
    node, arrived = world.nodes[0], arrival(world, 2)
    await world.submit(await world.audit("cyrus"), "red")
    failed, loop = asyncio.Event(), asyncio.get_running_loop()

    def say_so(_: object) -> None:
        loop.call_soon_threadsafe(failed.set)

    # The listener would hear the errors of every later engine of this process, too.
    event.listen(node.store.engine, "handle_error", say_so)
    rename(world, "notice", "away")
    await node.engine.start()
    await within(failed.wait())
    event.remove(node.store.engine, "handle_error", say_so)
    assert not world.chat.copies
    rename(world, "away", "notice")
    node.engine.wake()
    await within(arrived.wait())
    await node.engine.stop()


async def test_while_the_database_is_away_rounds_say_nothing_and_come_again_by_themselves(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, arrived = world.nodes[0], arrival(world, 2)
    await world.submit(await world.audit("cyrus"), "red")
    monkeypatch.setattr(engines, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(engines, "LONGEST_PAUSE", 0.001)
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.001)
    tries: list[int] = []

    @contextmanager
    def away() -> Iterator[None]:
        tries.append(1)
        raise OperationalError("BEGIN", {}, Exception("connection refused"))
        yield

    structlog.reset_defaults()
    with capture_logs() as lines, monkeypatch.context() as patch:
        patch.setattr(node.store, "transaction", away)
        await node.engine.start()
        await until(lambda: len(tries) > 20, "twenty tries")
    assert [each["action"] for each in lines] == ["database-away"]
    await within(arrived.wait())
    await node.engine.stop()


async def test_the_end_does_not_wait_for_a_database_that_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    node, failed = world.nodes[0], asyncio.Event()
    monkeypatch.setattr(engines, "FIRST_PAUSE", LONG * 10)

    async def away(work: object) -> None:
        failed.set()
        raise OperationalError("BEGIN", {}, Exception("connection refused"))

    monkeypatch.setattr(node.store, "run", away)
    await node.engine.start()
    await within(failed.wait())
    await within(node.engine.stop())


async def test_stopping_waits_for_the_round_under_way(world: World) -> None:
    node = world.nodes[0]
    await world.submit(await world.audit("cyrus"), "red")
    world.chat.hold()
    await node.engine.start()
    await within(world.chat.waiting.wait())
    stopping = asyncio.create_task(node.engine.stop())
    await turns()
    assert not stopping.done()
    world.chat.release()
    await within(stopping)
    assert {each.state for each in world.notices(message="red-alert")} == {"sent"}


async def test_what_waits_for_the_platforms_pace_does_not_wait_for_the_clock_too(world: World) -> None:
    engine, arrived = world.nodes[0].engine, arrival(world, 4)
    world.chat.rate = Rate(everybody=((3, 0.5),))
    for _ in range(2):
        await world.submit(await world.audit("cyrus"), "red")
    await engine.start()

    async def time_passes() -> None:
        while not arrived.is_set():
            # The engine and the pace take their time from the machine; the council's clock goes along with it.
            await a_moment()
            world.clock.set(world.clock.now() + timedelta(seconds=0.1))

    await within(time_passes())
    await engine.stop()


async def test_rounds_never_overlap(world: World) -> None:
    await world.submit(await world.audit("cyrus"), "red")
    world.chat.hold()
    first = asyncio.create_task(world.tick())
    assert await world.chat.until_stuck(first)
    await world.submit(await world.audit("cyrus"), "red")
    second = asyncio.create_task(world.tick())
    await turns()
    assert not second.done()
    assert len(world.chat.tried) == 2
    world.chat.release()
    await asyncio.gather(first, second)
    assert len(world.chat.tried) == 4


def rename(world: World, before: str, after: str) -> None:
    with world.nodes[0].store.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))


async def test_a_press_is_shown_on_the_other_copies_while_a_long_round_is_under_way(world: World) -> None:
    node = world.nodes[0]
    node.desk.woken = node.engine.wake
    audit = await world.graded()
    redrawn, update = asyncio.Event(), world.chat.update

    async def watched(address: Address, message_id: str, card: Card) -> Outcome:
        outcome = await update(address, message_id, card)
        redrawn.set()
        return outcome

    world.chat.update = watched  # type: ignore[method-assign]
    await world.submit(await world.audit("cyrus"), "red")
    world.chat.hold()
    await node.engine.start()
    await within(world.chat.waiting.wait())
    await world.acknowledge("mina", audit)
    await within(redrawn.wait())
    assert not node.engine._round.locked() or not world.chat.held.is_set()
    world.chat.release()
    await node.engine.stop()


async def test_an_alert_does_not_wait_while_copies_are_redrawn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redraw, "LONGEST_SEND", 10 * LONG)
    node, begun, held = world.nodes[0], asyncio.Event(), asyncio.Event()
    audit = await world.graded()

    async def update(address: Address, message_id: str, card: Card) -> Outcome:
        begun.set()
        await held.wait()
        return Sent(message_id)

    world.chat.update = update  # type: ignore[method-assign]
    await world.acknowledge("mina", audit)
    await node.engine.start()
    await within(begun.wait())
    arrived = arrival(world, len(world.chat.copies) + 2)
    await world.submit(await world.audit("cyrus"), "red")
    node.engine.wake()
    await within(arrived.wait())
    held.set()
    await node.engine.stop()


async def test_a_copy_that_must_wait_for_the_pace_is_redrawn_at_its_turn_not_at_the_tick(world: World) -> None:
    node = world.nodes[0]
    node.desk.woken = node.engine.wake
    audit = await world.graded()
    world.chat.rate = Rate(conversation=((1, 1.0),))
    world.chat.update_faults.clear()
    for each in ("mina", "hanif"):
        node.engine.outlets.pacer.wait("chat", f"U-{each}", world.chat.rate)
    await world.acknowledge("mina", audit)
    await node.engine.start()
    await until(lambda: [each for each in world.notices(lane="alert") if each.redraw_at])
    assert world.chat.redrawn == 0
    world.clock.set(world.clock.now() + timedelta(seconds=1))
    await until(lambda: world.chat.redrawn == 2)
    await node.engine.stop()


async def test_rounds_come_by_themselves_without_a_scheduler_that_waits_for_a_moment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The council's time is put back an hour: the next round comes all the same, without anybody pressing anything."""
    monkeypatch.setattr(engines, "EVERY_SECONDS", 0.01)
    engine, arrived = world.nodes[0].engine, arrival(world, 2)
    await engine.start()
    world.clock.set(world.clock.now() - timedelta(hours=1))
    await world.submit(await world.audit("cyrus"), "red")
    await within(arrived.wait())
    await engine.stop()
