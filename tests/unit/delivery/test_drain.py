"""Draining goes on past what must not be sent, and checks again what had to wait for a slow platform."""

import asyncio
import itertools
from typing import Any

import pytest

from qabot.adapter import Rate
from qabot.delivery import attempt, sending
from qabot.delivery import drain as draining
from qabot.delivery.drain import drain
from qabot.delivery.outbox import Job
from qabot.delivery.processes import take_over
from qabot.delivery.sending import Batch
from qabot.messaging.card import Card
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import accounts
from tests.support.waiting import until
from tests.support.world import World


async def alert(world: World, person: str, count: int, deadline: int | None = None) -> None:
    """Alerts to somebody, of which each goes by itself."""
    number = world.ids[person]

    def make(unit: Unit) -> None:
        for each in range(count):
            unit.notify(
                "help",
                number,
                rule="OURS-NEW-1",
                subject=("person", number),
                key=f"{person}:{each}",
                reason="a test",
                lane="alert",
                deadline=deadline,
            )

    await world.run(make)


async def test_a_batch_of_which_nothing_may_go_does_not_hold_up_what_is_behind_it(world: World) -> None:
    audit = await world.audit("cyrus")
    closed = world.deadline("audit", audit).id
    await alert(world, "mina", 4, closed)
    await world.submit(audit, "green")
    await alert(world, "della", 1)
    node = world.nodes[0]
    node.engine.outlets.batch = 2
    assert await drain(node.desk, node.engine.outlets) == 1
    assert world.messages("della") == ["help"]
    assert [each.state for each in world.notices("mina", message="help")] == ["superseded"] * 4


async def test_what_is_met_while_the_platform_is_slow_is_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "FRESH", 0.0)
    audit = await world.audit("cyrus")
    world.chat.rate = Rate(at_once=3)
    await alert(world, "della", 3)
    await alert(world, "mina", 1, world.deadline("audit", audit).id)
    world.chat.hold()
    round_ = asyncio.ensure_future(world.tick())
    assert await world.chat.until_stuck(round_)
    await world.submit(audit, "green")
    world.chat.release()
    await round_
    assert world.messages("della").count("help") == 3
    assert [each.state for each in world.notices("mina", message="help")] == ["superseded"]


async def test_no_more_are_under_way_than_the_adapter_takes(world: World) -> None:
    world.chat.rate = Rate(at_once=3)
    await alert(world, "della", 5)
    world.chat.hold()
    round_ = asyncio.ensure_future(world.tick())
    assert await world.chat.until_stuck(round_)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(world.chat.tried) == 3
    world.chat.release()
    await round_
    assert world.messages("della").count("help") == 5


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The notices whose cards were drawn, in order."""
    numbers: list[int] = []
    real = Job.card

    def card(job: Job) -> Card | None:
        numbers.append(job.notice_id)
        return real(job)

    monkeypatch.setattr(Job, "card", card)
    return numbers


async def six_drawn(world: World, drawn: list[int]) -> "asyncio.Future[int]":
    """A round of eight alerts of which three are under way, and the next three are drawn."""
    world.chat.rate = Rate(at_once=3)
    await alert(world, "della", 8)
    world.chat.hold()
    round_ = asyncio.ensure_future(world.tick())
    assert await world.chat.until_stuck(round_)
    await until(lambda: len(drawn) == 6)
    return round_


async def test_while_some_are_under_way_the_next_are_drawn_and_have_not_begun(world: World, drawn: list[int]) -> None:
    round_ = await six_drawn(world, drawn)
    assert [each.state for each in world.notices("della", message="help")] == ["begun"] * 3 + ["claimed"] * 5
    world.chat.release()
    await round_
    assert world.messages("della").count("help") == 8
    assert len(set(drawn)) == len(drawn) == 8


async def test_what_is_drawn_and_has_not_begun_is_given_back(world: World, drawn: list[int]) -> None:
    round_ = await six_drawn(world, drawn)
    world.nodes[0].engine.outlets.holder.stopping = True
    world.chat.release()
    await round_
    assert [each.state for each in world.notices("della", message="help")] == ["sent"] * 3 + ["planned"] * 5


async def test_nothing_is_drawn_ahead_for_a_platform_that_makes_wait(world: World, drawn: list[int]) -> None:
    world.chat.rate = Rate(at_once=3, everybody=((2, 60),))
    await alert(world, "della", 9)
    await world.tick()
    assert world.messages("della").count("help") == len(drawn) == 2


async def test_one_that_cannot_be_drawn_ahead_is_tried_once_and_said(
    world: World, drawn: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.chat.rate = Rate(at_once=1)
    await alert(world, "della", 3)
    second = [each.id for each in world.notices("della", message="help")][1]
    real = Job.card
    monkeypatch.setattr(Job, "card", lambda job: None if job.notice_id == second else real(job))
    await world.tick()
    assert [each.state for each in world.notices("della", message="help")] == ["sent", "failed", "sent"]


async def test_an_answer_that_does_not_come_is_lost_and_holds_up_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "FRESH", 0.05)
    monkeypatch.setattr(attempt, "LONGEST_SEND", 0.05)
    await alert(world, "della", 1)
    world.chat.hold()
    round_ = asyncio.ensure_future(world.tick())
    assert await world.chat.until_stuck(round_)
    await alert(world, "mina", 1)
    await round_
    assert world.messages("mina") == ["help"]
    (lost,) = world.notices("della", message="help")
    assert (lost.state, lost.possible_repeat) == ("planned", True)
    assert [each.why for each in world.events("answer-lost")] == ["the platform did not answer in time"]


@pytest.mark.parametrize(("moment", "at_last"), [(1e6, 24), (0.0, 3)])
async def test_a_group_is_as_many_as_leave_within_a_moment(
    world: World, monkeypatch: pytest.MonkeyPatch, moment: float, at_last: int
) -> None:
    monkeypatch.setattr(sending, "LINGER", moment)
    world.chat.rate = Rate(at_once=3)
    await alert(world, "della", 3 + 6 + 4)
    await world.tick()
    assert world.messages("della").count("help") == 13
    assert world.nodes[0].engine.outlets.groups == {world.chat.name: at_last}


async def test_what_has_begun_and_is_late_is_checked_again_before_it_goes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine that slept in between: another process may have taken over."""
    monkeypatch.setattr(sending, "FRESH", 0.0)
    world.chat.rate = Rate(at_once=1)
    world.nodes[0].engine.outlets.groups[world.chat.name] = 4
    await alert(world, "della", 4)
    await world.tick()
    assert world.messages("della").count("help") == 4
    assert sorted(each.attempt for each in world.notices("della", message="help")) == [1, 2, 3, 4]


async def test_what_was_begun_before_a_sleep_and_not_sent_is_not_sent_beside_the_repeat_of_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process sleeps just as its sends have begun; another takes over, and each is said once, marked."""
    ahead, node = [0.0], world.nodes[0]
    monkeypatch.setattr(sending, "monotonic", lambda: ahead[-1])
    world.chat.rate = Rate(at_once=3)
    write = Batch._write

    async def sleep_after(batch: Batch, answers: Any, starting: Any) -> set[int]:
        begun = await write(batch, answers, starting)
        if starting and len(ahead) == 1:
            await world.run(lambda unit: take_over(unit, [node.engine.outlets.holder.id]))
            ahead.append(3600.0)
        return begun

    monkeypatch.setattr(Batch, "_write", sleep_after)
    await alert(world, "della", 3)
    await world.tick()
    assert len(ahead) == 2, "it slept"
    assert len(world.chat.tried) == 3, "each once"
    assert {each.possible_repeat for each in world.notices("della", message="help")} == {True}
    assert not world.events("late-answer"), "no platform was asked before the repeats"


async def test_no_more_is_claimed_than_goes_out_while_its_check_holds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a slow machine claims hundreds to send a few, gives the rest back, and is the slower for it."""
    monkeypatch.setattr(sending, "FRESH", 0.0)
    monkeypatch.setattr(draining, "SMALLEST_BATCH", 2)
    world.chat.rate = Rate(at_once=3)
    await alert(world, "della", 12)
    await world.tick()
    assert world.messages("della").count("help") == 12
    assert max(each.attempt for each in world.notices("della", message="help")) <= 3


async def test_as_many_are_claimed_again_once_all_goes_out_quickly(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "FRESH", 1e6)
    outlets = world.nodes[0].engine.outlets
    outlets.batch = 3
    await alert(world, "della", 10)
    await world.tick()
    assert world.messages("della").count("help") == 10
    assert 12 <= outlets.batch <= draining.LARGEST_BATCH


async def test_a_slow_chat_keeps_nothing_from_another_that_takes_all_of_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each send of the chat takes longer than a check holds."""
    seconds = itertools.count(step=3)
    moments = [next(seconds)]
    monkeypatch.setattr(sending, "monotonic", lambda: moments[-1])
    world.chat.watch = lambda address, card: moments.append(next(seconds))
    world.chat.rate = Rate(at_once=1)
    sizes, following = [draining.LARGEST_BATCH], draining._next_batch

    def note(*words: Any) -> int:
        sizes.append(following(*words))
        return sizes[-1]

    monkeypatch.setattr(draining, "_next_batch", note)
    await world.run(lambda unit: accounts.leave(unit, "chat", world.who("mina").external_id, "gone", gone=True))
    await alert(world, "della", 8)
    await alert(world, "mina", 3)
    await world.tick()
    assert sizes[:2] == [draining.LARGEST_BATCH] * 2, "the slow one's were not through, and the other's were"
    assert min(sizes) < draining.LARGEST_BATCH, "once the slow one's are left alone"


async def test_an_alert_does_not_wait_behind_a_chat_that_does_not_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What hangs is recorded when it comes back, once, whatever rounds there are meanwhile."""
    monkeypatch.setattr(sending, "SLOW", 0.0)
    monkeypatch.setattr(sending, "FRESH", 0.0)
    node, world.chat.rate = world.nodes[0], Rate(at_once=1)
    await world.run(lambda unit: accounts.leave(unit, "chat", world.who("mina").external_id, "gone", gone=True))
    await alert(world, "della", 2)
    world.chat.hold()
    await world.tick()
    await alert(world, "mina", 1)
    await world.tick()
    assert world.messages("mina") == ["help"], "by the web inbox"
    assert [each.state for each in world.notices("della", message="help")] == ["begun", "planned"]
    assert len(world.chat.tried) == 1, "the same chat is asked nothing more meanwhile"
    world.chat.release()
    await node.engine.outlets.slow.end()
    world.chat.holding = False
    await world.forward("1 minute")
    assert world.messages("della") == ["help", "help"]
    assert len(world.chat.tried) == len(world.chat.copies) == 2
    assert not node.engine.outlets.holder.under_way


async def test_what_goes_wrong_with_a_slow_chats_answers_is_said_by_the_next_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SLOW", 0.0)
    monkeypatch.setattr(sending, "FRESH", 0.0)
    await alert(world, "della", 1)
    world.chat.hold()
    await world.tick()

    async def fail(*_: Any) -> set[int]:
        raise RuntimeError("this cannot be written")

    with monkeypatch.context() as broken:
        broken.setattr(Batch, "_write", fail)
        world.chat.release()
        world.chat.holding = False
        await until(lambda: not world.nodes[0].engine.outlets.holder.under_way)
        with pytest.raises(RuntimeError, match="this cannot be written"):
            await world.tick()
    await world.tick()
    (row,) = world.notices("della", message="help")
    assert (row.state, row.possible_repeat) == ("sent", True)
