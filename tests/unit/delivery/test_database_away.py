"""What came back is recorded, however long the database is away; what cannot be written fails no other."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from qabot.adapter import Sent
from qabot.delivery import drain as draining
from qabot.delivery import sending
from qabot.delivery.outbox import Job, claim
from qabot.delivery.outlets import Outlets
from qabot.delivery.processes import leave
from qabot.delivery.record import Result, record
from qabot.models import Process
from qabot.workflows.core.unit import Unit
from tests.support.waiting import until
from tests.support.world import World


async def red(world: World) -> None:
    await world.submit(await world.audit("cyrus"), "red")


async def test_answers_wait_for_a_database_that_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(sending, "LONGEST_PAUSE", 0.001)
    await red(world)
    world.chat.hold()
    round_ = asyncio.create_task(world.tick())
    assert await world.chat.until_stuck(round_)
    store, failures = world.nodes[0].store, []
    real = store._do

    def away(work: object) -> object:
        failures.append(work)
        raise OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(store, "_do", away)
    world.chat.release()
    await until(lambda: len(failures) > 20, "twenty tries")
    assert not round_.done()
    monkeypatch.setattr(store, "_do", real)
    await round_
    assert [each.state for each in world.notices(message="red-alert")] == ["sent"] * 2
    assert len(world.chat.copies) == 2


async def test_one_answer_that_cannot_be_written_fails_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await red(world)
    real = record

    def breaks(unit: Unit, answers: Sequence[Result], outlets: Outlets) -> None:
        if any(isinstance(outcome, Sent) and outcome.message_id == "chat-1" for _, outcome in answers):
            raise ValueError("an odd answer")
        real(unit, answers, outlets)

    monkeypatch.setattr(sending, "record", breaks)
    await world.tick()
    rows = {each.token: each for each in world.notices(message="red-alert")}
    odd, fine = (rows[each.token] for each in world.chat.copies.values())
    assert (fine.state, fine.possible_repeat) == ("sent", False)
    assert (odd.state, odd.possible_repeat) == ("planned", True)


async def test_what_is_claimed_is_given_back_at_the_end(world: World) -> None:
    await red(world)
    node = world.nodes[0]
    world.chat.hold()
    round_ = asyncio.create_task(world.tick())
    assert await world.chat.until_stuck(round_)
    node.engine.end_soon()
    world.chat.release()
    await round_
    await node.desk.run(lambda unit: leave(unit, node.engine.outlets.holder))
    assert {each.state for each in world.notices(message="red-alert")} == {"sent"}
    with Session(node.store.engine) as session:
        assert session.get(Process, node.engine.outlets.holder.id) is None


async def test_a_claim_that_was_committed_without_our_hearing_of_it_is_taken_up_by_the_next_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is killed as the server has committed: the rows are ours, and nobody here knows."""
    await red(world)
    store, jobs = world.nodes[0].store, list[Job]()
    real = store._do

    def watched(*arguments: Any, **more: Any) -> list[Job] | None:
        found = claim(*arguments, **more)
        jobs.extend(found or ())
        return found

    def answerless(work: Any, *more: Any) -> Any:
        done = real(work, *more)
        if jobs:
            jobs.clear()
            monkeypatch.undo()
            raise OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))
        return done

    monkeypatch.setattr(draining, "claim", watched)
    monkeypatch.setattr(store, "_do", answerless)
    with pytest.raises(OperationalError):
        await world.tick()
    assert [each.state for each in world.notices(message="red-alert")] == ["claimed"] * 2
    await world.tick()
    rows = world.notices(message="red-alert")
    assert {(each.state, each.possible_repeat) for each in rows} == {("sent", False)}


async def test_a_round_that_breaks_off_leaves_nothing_that_the_next_does_not_take_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await red(world)
    with monkeypatch.context() as patch:
        patch.setattr(sending.Lane, "draw", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await world.tick()
    await world.tick()
    assert [each.state for each in world.notices(message="red-alert")] == ["sent"] * 2
