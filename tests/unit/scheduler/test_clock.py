"""The steady clock: a jump of the machine's clock is noticed, said, and not believed before it has lasted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from qabot.models import Deadline, Event, Meta
from qabot.scheduler.clock import SteadyClock
from qabot.scheduler.engine import Engine
from qabot.scheduler.tick import Ticker
from qabot.scheduler.watch import SEEN
from qabot.workflows.core.situation import Situations
from qabot.workflows.desk import Desk
from qabot.workflows.programme.cycles import DONE_UNTIL
from qabot.workflows.registrations import new_registry
from tests.support.world import World, local, tools

LASTS = timedelta(minutes=5)
START = local("2026-11-23 10:00").astimezone(UTC)


@dataclass
class Machine:
    """A machine: its wall clock, and how long it has run."""

    wall: datetime = START
    running: float = 0.0

    def passes(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Time passes, on both clocks."""
        self.running += seconds + 60 * minutes + 3600 * hours
        self.wall += timedelta(seconds=seconds, minutes=minutes, hours=hours)

    def sleeps(self, time: timedelta) -> None:
        """It is suspended: only the wall clock goes on."""
        self.wall += time

    def clock(self) -> SteadyClock:
        """A steady clock on it."""
        return SteadyClock(LASTS, wall=lambda: self.wall, monotonic=lambda: self.running)


def test_while_both_clocks_agree_it_is_the_machines_time() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.passes(hours=3)
    assert clock.now() == machine.wall
    machine.wall += timedelta(seconds=20)
    assert clock.look() is None
    assert clock.now() == machine.wall


@pytest.mark.parametrize("by", [timedelta(days=7), timedelta(hours=-1), timedelta(minutes=1), timedelta(days=-3650)])
def test_a_jump_is_said_once_and_believed_when_it_has_lasted(by: timedelta) -> None:
    machine = Machine()
    clock = machine.clock()
    before = machine.wall
    machine.wall += by
    change = clock.look()
    assert change is not None
    assert (change.kind, change.jump.by, change.jump.since) == ("jumped", by, before)
    machine.passes(minutes=4)
    assert clock.look() is None
    assert clock.now() == before + timedelta(minutes=4)
    machine.passes(minutes=1)
    change = clock.look()
    assert change is not None
    assert change.kind == "believed"
    assert (clock.now(), clock.jump) == (machine.wall, None)


def test_a_jump_that_does_not_last_changes_nothing() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += timedelta(days=7)
    clock.look()
    machine.passes(seconds=30)
    machine.wall -= timedelta(days=7)
    change = clock.look()
    assert change is not None
    assert change.kind == "returned"
    assert clock.now() == START + timedelta(seconds=30)
    machine.passes(hours=1)
    assert clock.look() is None


def test_a_jump_that_becomes_another_has_to_last_anew() -> None:
    machine = Machine()
    clock = machine.clock()
    kinds = []
    for _ in range(4):
        machine.wall += timedelta(days=1)
        machine.passes(minutes=3)
        change = clock.look()
        kinds.append(change.kind if change else None)
    assert kinds == ["jumped"] * 4
    assert clock.now() == START + timedelta(minutes=12)


def test_a_machine_that_was_suspended_is_believed_after_a_while() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.sleeps(timedelta(hours=14))
    assert clock.look() is not None
    machine.passes(minutes=5)
    assert clock.look() is not None
    assert clock.now() == machine.wall


def test_a_start_behind_what_was_seen_goes_on_from_there_and_one_ahead_is_nothing_odd() -> None:
    machine = Machine()
    behind, ahead = machine.clock(), machine.clock()
    behind.begin_no_earlier(START + timedelta(days=2))
    change = behind.look()
    assert change is not None
    assert (change.kind, change.jump.by) == ("jumped", timedelta(days=-2))
    assert behind.now() == START + timedelta(days=2)
    ahead.begin_no_earlier(START - timedelta(days=30))
    assert ahead.look() is None
    assert ahead.now() == START


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
async def world(tmp_path: Path, machine: Machine) -> AsyncIterator[World]:
    """The small council on a machine whose clock can jump."""
    made = await World.start(tmp_path)
    put_on(made, machine)
    await made.tick()
    yield made
    made.close()


def put_on(world: World, machine: Machine) -> None:
    """Start the service anew, on this machine."""
    node, clock = world.nodes[0], machine.clock()
    node.desk = Desk(node.store, Situations.of(world.framework), tools(), new_registry(), clock.now)
    node.engine = Engine(node.desk, world._outlets(), clock, Ticker())


async def meta(world: World, key: str) -> str:
    """What the database notes under a key."""
    return await world.run(lambda unit: unit.session.get_one(Meta, key).value)


def said(world: World) -> list[str]:
    """What the log says of the clock."""
    return [each.what for each in world.all(Event) if each.what.startswith("clock-")]


async def test_a_week_ahead_for_thirty_seconds_sends_nothing_of_next_week(world: World, machine: Machine) -> None:
    await world.audit("cyrus", due="2026-12-03")
    await world.submit(await world.audit("dinah"), "red")
    await world.tick()
    before, waiting = len(world.chat.tried), [each.next_at for each in world.all(Deadline)]
    machine.wall += timedelta(days=7)
    structlog.reset_defaults()
    with capture_logs() as lines:
        for _ in range(3):
            machine.passes(seconds=10)
            await world.tick()
    assert [each["action"] for each in lines if each["log_level"] == "error"] == ["clock-jumped"]
    assert world.nodes[0].engine.watch.jump is not None
    machine.wall -= timedelta(days=7)
    machine.passes(seconds=10)
    await world.tick()
    assert said(world) == ["clock-jumped", "clock-returned"]
    assert (len(world.chat.tried), [each.next_at for each in world.all(Deadline)]) == (before, waiting)


async def test_an_alert_is_sent_while_the_clock_is_in_doubt(world: World, machine: Machine) -> None:
    machine.wall -= timedelta(hours=1)
    await world.tick()
    await world.submit(await world.audit("cyrus"), "red")
    await world.tick()
    assert "red-alert" in world.messages("mina")
    machine.passes(minutes=5)
    await world.tick()
    assert said(world) == ["clock-jumped", "clock-believed"]
    machine.passes(hours=4, minutes=10)
    await world.tick()
    assert "red-alert-again" in world.messages("mina")


async def test_a_clock_that_comes_back_after_it_was_believed_leaves_no_alert_without_a_step(
    world: World, machine: Machine
) -> None:
    await world.submit(await world.audit("cyrus"), "red")
    await world.tick()
    machine.wall += timedelta(days=7)
    await world.tick()
    machine.passes(minutes=5)
    await world.tick()
    assert "red-alert-escalated" in world.messages("quinn")
    await world.submit(await world.audit("dinah"), "red")
    await world.tick()
    machine.passes(minutes=10)
    machine.wall -= timedelta(days=7)
    await world.tick()
    machine.passes(minutes=5)
    await world.tick()
    assert said(world) == ["clock-jumped", "clock-believed"] * 2
    told = len(world.messages("quinn"))
    for each in (row for row in world.all(Deadline) if row.kind == "alert"):
        assert each.next_at is not None
        assert each.next_at <= START + timedelta(days=1, hours=1)
    machine.passes(hours=24)
    await world.tick()
    machine.passes(hours=1)
    await world.tick()
    assert world.messages("quinn")[told:].count("red-alert-escalated") == 2
    assert await meta(world, DONE_UNTIL) == "2026-11-24"


async def test_a_start_far_behind_the_newest_time_is_said_and_alerts_go_on(world: World, machine: Machine) -> None:
    machine.passes(hours=2)
    await world.tick()
    machine.wall -= timedelta(days=300)
    put_on(world, machine)
    await world.tick()
    assert said(world) == ["clock-jumped"]
    assert world.nodes[0].desk.now() == START + timedelta(hours=2)
    await world.submit(await world.audit("cyrus"), "red")
    await world.tick()
    assert "red-alert" in world.messages("mina")


async def test_a_start_after_a_month_is_nothing_odd(world: World, machine: Machine) -> None:
    machine.wall += timedelta(days=30)
    put_on(world, machine)
    await world.tick()
    assert said(world) == []
    assert await meta(world, SEEN) == world.nodes[0].desk.now().isoformat()


async def test_the_last_round_is_not_late_because_a_jump_is_believed(world: World, machine: Machine) -> None:
    engine = world.nodes[0].engine
    for by in (timedelta(days=2), timedelta(days=-2)):
        machine.wall += by
        await world.tick()
        machine.passes(minutes=5)
        await world.tick()
        assert engine.last_tick == world.nodes[0].desk.now()


async def test_a_clock_that_comes_back_over_a_broken_deadline_plans_the_others_anew(
    world: World, machine: Machine
) -> None:
    broken, sound = await world.audit("cyrus"), await world.audit("dinah")
    for each in (broken, sound):
        await world.submit(each, "red")
    machine.wall += timedelta(days=7)
    await world.tick()
    machine.passes(minutes=5)
    await world.tick()
    with world.nodes[0].store.transaction() as session:
        row = session.get_one(Deadline, world.deadline("alert", broken).id)
        row.anchors = {"opened": "yesterday"}
        session.add(row)
    machine.wall -= timedelta(days=7)
    await world.tick()
    machine.passes(minutes=5)
    await world.tick()
    assert said(world)[-1] == "clock-believed"
    next_at = world.deadline("alert", sound).next_at
    assert next_at is not None
    assert next_at <= START + timedelta(days=1, hours=1)
