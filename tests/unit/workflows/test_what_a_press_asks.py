"""What a press asks of the database, and who may be behind it: counted in statements, which no slow machine changes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from qabot.adapter import Press, Say, ShowCard
from qabot.errors import SignInNeeded
from qabot.models import Audit, Deadline, DeadlineState, Receipt
from qabot.workflows.core.unit import Unit
from tests.support.world import World

MOST = 22
"""An acknowledgement of an alert was 40 statements and more on 30 November 2026, an action that is done 44."""


@contextmanager
def asked(world: World) -> Iterator[list[tuple[str, str]]]:
    """The statements that are asked meanwhile, each with its values."""
    seen: list[tuple[str, str]] = []

    def note(*words: Any) -> None:
        seen.append((words[2], repr(words[3])))

    event.listen(world.nodes[0].store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(world.nodes[0].store.engine, "before_cursor_execute", note)


def acknowledging(world: World, audit: Audit) -> Press:
    return Press(world.who("mina"), "acknowledge", world.card_about("mina", audit, "alert").token, bare=True)


async def test_a_press_asks_for_nothing_twice(world: World) -> None:
    audit = await world.graded()
    await world.tick()
    desk, first = world.nodes[0].desk, acknowledging(world, await world.graded(auditor="dinah"))
    await desk.press(first)  # what is put together once has been
    press = acknowledging(world, audit)
    with asked(world) as seen:
        reply = await desk.press(press)
    assert isinstance(reply, Say), reply
    reads = [each for each in seen if each[0].startswith("SELECT")]
    assert len(reads) == len(set(reads)), "\n".join(sorted(" ".join(each[0].split()) for each in reads))
    assert len(seen) <= MOST, "\n".join(" ".join(each[0].split())[:100] for each in seen)


async def test_a_press_of_which_no_card_is_shown_does_and_says_the_same(world: World) -> None:
    first, second = await world.graded(), await world.graded(auditor="dinah")
    await world.tick()
    card = await world.acknowledge("mina", first)
    bare = await world.nodes[0].desk.press(acknowledging(world, second))
    assert isinstance(card, ShowCard)
    assert isinstance(bare, Say)
    assert [each.label for each in bare.buttons] == [
        each.label.replace(first.reference, second.reference) for each in card.buttons
    ]
    for audit in (first, second):
        assert world.deadline("alert", audit, state=DeadlineState.met).closed_by_id == world.ids["mina"]
        copies = [each for each in world.notices(lane="alert") if world.is_about(each, audit)]
        assert copies
        assert all(each.wanted for each in copies), "every copy of its card is to be redrawn"


async def test_whoever_is_not_sure_of_them_any_more_does_nothing(world: World) -> None:
    def over(_: Session) -> None:
        raise SignInNeeded

    audit = await world.graded()
    await world.tick()
    with pytest.raises(SignInNeeded):
        await world.nodes[0].desk.press(acknowledging(world, audit), sure=over)
    assert world.deadline("alert", audit).state == DeadlineState.open
    assert world.all(Receipt) == []


def opened(work: Callable[[Unit, Deadline], object], deadline: Deadline) -> Callable[[Unit], list[int]]:
    """What is open about a deadline's subject: asked, then something is done, then asked again."""

    def asks(unit: Unit) -> list[int]:
        about = (deadline.subject_type, deadline.subject_id)
        assert deadline.id in [each.id for each in unit.open_deadlines(about)]
        work(unit, unit.session.get_one(Deadline, deadline.id))
        return [each.id for each in unit.open_deadlines(about)]

    return asks


async def test_what_is_open_is_known_as_it_is_after_a_change(world: World) -> None:
    audit = await world.graded()
    deadline = world.deadline("alert", audit)

    def close(unit: Unit, each: Deadline) -> None:
        assert unit.close(each, "Acknowledged")

    def undone(unit: Unit, each: Deadline) -> None:
        with unit.session.begin_nested() as part:
            close(unit, each)
            assert each.id not in [one.id for one in unit.open_deadlines((each.subject_type, each.subject_id))]
            part.rollback()

    def again(unit: Unit, each: Deadline) -> None:
        close(unit, each)
        assert each.id not in [one.id for one in unit.open_deadlines((each.subject_type, each.subject_id))]
        each.state = DeadlineState.open
        unit.poke([each])

    assert deadline.id in await world.run(opened(undone, deadline))
    assert deadline.id in await world.run(opened(again, deadline))
    assert deadline.id not in await world.run(opened(close, deadline))
