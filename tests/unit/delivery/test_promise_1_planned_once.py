"""Promise 1: every step that is due is planned exactly once; the decision and the notice are one transaction."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import Session

from qabot.framework import Framework
from qabot.framework.calendar import local_day
from qabot.framework.offsets import Offset
from qabot.models import Deadline, Meta
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import cycles, lapsing, resting
from tests.support.world import World, newham


def slots(world: World) -> Counter[tuple[int | None, str, int, str]]:
    return Counter((each.deadline_id, each.step, each.recipient_id, each.slot) for each in world.notices() if each.step)


async def test_ticking_often_on_two_nodes_plans_each_step_once(two_nodes: World) -> None:
    audit = await two_nodes.audit("cyrus")
    await two_nodes.submit(audit, "red")
    for number in (0, 1, 0, 1, 1):
        await two_nodes.tick(number)
    assert set(slots(two_nodes).values()) == {1}
    assert two_nodes.messages("mina") == ["red-alert"]
    assert len([each for each in two_nodes.chat.copies.values() if each.first.message == "red-alert"]) == 2


async def test_two_nodes_that_tick_at_the_same_instant_plan_and_send_once(tmp_path: Path) -> None:
    world = await World.start(tmp_path, nodes=2, inline=False)
    for _ in range(5):
        audit = await world.audit("cyrus")
        await world.submit(audit, "red")
    await asyncio.gather(*(world.tick(number) for number in (0, 1, 0, 1)))
    assert set(slots(world).values()) == {1}
    sent = Counter(copy.token for copy in world.chat.copies.values())
    assert len(sent) == 10
    assert set(sent.values()) == {1}
    world.close()


async def test_a_tick_that_dies_half_way_has_planned_nothing(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    engine = world.nodes[0].engine

    def die(session: Session) -> None:
        assert engine.ticker.plan_due(engine.desk.unit(session)) > 0
        raise RuntimeError("the process died before it could commit")

    with pytest.raises(RuntimeError):
        await world.nodes[0].store.run(die)
    assert not [each for each in world.notices() if each.step]
    assert world.deadline("alert", audit).fired == []
    await world.tick()
    assert world.messages("mina") == ["red-alert"]


async def test_a_lost_tick_is_made_up_for(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.clock.set(world.later("90 minutes"))
    await world.tick()
    assert world.messages("mina") == ["red-alert"]


def _hurried(framework: Framework) -> Framework:
    """Newham's framework with an alert that climbs after two hours and says something else."""
    ladder = framework.ladders["red-alert"]
    again = ladder.steps[1].model_copy(update={"at": Offset.parse("opened + 2 working hours")})
    edited = ladder.model_copy(update={"steps": (ladder.steps[0], again, ladder.steps[2])})
    return framework.model_copy(update={"ladders": {**framework.ladders, "red-alert": edited}})


async def test_a_running_deadline_keeps_the_ladder_with_which_it_was_opened(world: World) -> None:
    before = await world.audit("cyrus")
    await world.submit(before, "red")
    await world.tick()
    world.framework = _hurried(newham())
    world.restart()
    after = await world.audit("dinah")
    await world.submit(after, "red")
    await world.forward("2 working hours")
    assert [each.subject_id for each in world.notices("hanif", message="red-alert-again")] == [after.id]
    await world.forward("2 working hours")
    assert [each.subject_id for each in world.notices("hanif", message="red-alert-again")] == [after.id, before.id]


async def test_a_broken_deadline_does_not_stop_the_others(world: World) -> None:
    broken, sound = await world.audit("cyrus"), await world.audit("dinah")
    await world.submit(broken, "red")
    await world.submit(sound, "red")
    with world.nodes[0].store.transaction() as session:
        row = session.get_one(Deadline, world.deadline("alert", broken).id)
        row.anchors = {"opened": "yesterday"}
        session.add(row)
    await world.tick()
    assert [each.subject_id for each in world.notices("mina", message="red-alert")] == [sound.id]
    (event,) = world.events("plan-failed")
    assert event.deadline_id == world.deadline("alert", broken).id
    assert "yesterday" in event.why


async def test_a_programme_that_cannot_be_run_holds_up_no_alert_and_is_made_up_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Unit] = []

    def breaks(unit: Unit) -> bool:
        unit.event("cycle-made")
        tries.append(unit)
        raise ZeroDivisionError("of an odd framework")

    world.clock.set(world.later("1 working day"))
    with monkeypatch.context() as patch:
        patch.setattr(cycles, "run", breaks)
        await world.submit(await world.audit("cyrus"), "red")
        before = len(world.events("cycle-made"))
        await world.tick()
        await world.tick()
    assert "red-alert" in world.messages("mina")
    assert len(tries) == 1
    assert [each.why for each in world.events("programme-failed")] == ["ZeroDivisionError: of an odd framework"]
    assert len(world.events("cycle-made")) == before, "half of it was kept"
    await world.forward("2 hours")
    today = local_day(world.clock.now()).isoformat()
    assert await world.run(lambda unit: unit.session.get_one(Meta, cycles.DONE_UNTIL).value) == today


async def test_a_part_of_the_programme_that_cannot_be_run_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def breaks(unit: Unit) -> None:
        unit.event("calendar-ended")
        raise ZeroDivisionError("of an odd framework")

    world.clock.set(world.later("1 working day"))
    with monkeypatch.context() as patch:
        patch.setattr(resting, "say_what_ends", breaks)
        patch.setattr(lapsing, "run", lambda unit: tries.append(unit.today.isoformat()))
        before = len(world.events("cycle-made"))
        world.clock.set(world.later("40 days"))
        await world.tick()
        await world.tick()
        assert len(world.events("cycle-made")) > before
    today = local_day(world.clock.now()).isoformat()
    assert tries == [today]
    (event,) = world.events("programme-failed")
    assert (event.why, event.detail) == ("ZeroDivisionError: of an odd framework", {"parts": ["the calendar"]})
    assert world.events("calendar-ended") == [], "half of it was kept"
    before = len(world.events("cycle-made"))
    await world.forward("2 hours")
    assert await world.run(lambda unit: unit.session.get_one(Meta, cycles.DONE_UNTIL).value) == today
    assert len(world.events("cycle-made")) == before, "it was made twice"
