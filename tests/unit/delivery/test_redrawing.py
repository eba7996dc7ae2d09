"""Every copy of a card is brought to its newest state, also one that was on its way when the state changed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from qabot.adapter import Address, Ambiguous, Outcome, RefusedForPerson
from qabot.delivery import redraw
from qabot.delivery.cards import cards_of
from qabot.delivery.redraw import MOST_ATTEMPTS
from qabot.messaging.card import Card, plain_card
from qabot.models import Notice
from qabot.workflows.core.unit import Unit
from tests.support.faulty import Fault
from tests.support.world import World


def answered(card: Card) -> bool:
    """Whether it says who took the alert on, and nobody can do so any more."""
    return "Acknowledged by Mina Sharpe" in plain_card(card) and "acknowledge" not in {
        each.action for each in card.all_buttons()
    }


async def test_every_copy_of_an_acknowledged_alert_is_redrawn(world: World) -> None:
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    await world.tick()
    copies = [each for each in world.chat.copies.values() if each.first.message == "red-alert"]
    assert len(copies) == 2
    assert all(answered(copy.card) and not answered(copy.first) for copy in copies)


async def test_copies_in_the_web_inbox_are_not_drawn_for_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str | None] = []

    def noted(unit: Unit, rows: Sequence[Notice]) -> list[Card | None]:
        drawn.extend(each.adapter for each in rows)
        return cards_of(unit, rows)

    monkeypatch.setattr(redraw, "cards_of", noted)
    world.fail(*[Fault.card_refused] * 2)
    inside = await world.graded()
    await world.tick()
    outside = await world.graded(auditor="dinah")
    for audit in (inside, outside):
        await world.acknowledge("mina", audit)
    page = asyncio.create_task(world.web._bell.wait(world.ids["hanif"], 60))
    await asyncio.sleep(0)
    await world.tick()
    assert await page, "an open page is told to look"
    alerts = world.notices(message="red-alert")
    assert {each.adapter for each in alerts} == {"web", "chat"}
    assert all(each.wanted and each.drawn == each.wanted for each in alerts), "there is nothing left to redraw"
    assert set(drawn) == {"chat"}


async def test_a_card_on_its_way_is_redrawn_when_it_arrives_out_of_date(two_nodes: World) -> None:
    world = two_nodes
    audit = await world.graded()
    world.clock.set(world.later("4 working hours"))
    world.chat.hold()
    round_ = asyncio.create_task(world.tick(1))
    assert await world.chat.until_stuck(round_)
    await world.press("mina", "acknowledge", audit, kind="alert")
    world.chat.release()
    await round_
    again = [each for each in world.chat.copies.values() if each.first.message == "red-alert-again"]
    assert again
    assert all(answered(copy.card) for copy in again)


async def test_a_redraw_that_fails_is_done_in_a_later_round(world: World) -> None:
    audit = await world.graded()
    world.chat.update_faults.extend([Fault.busy, Fault.lost_after])
    await world.acknowledge("mina", audit)
    await world.tick()
    assert sum(answered(copy.card) for copy in world.chat.copies.values()) == 0
    await world.forward("5 minutes")
    copies = [each for each in world.chat.copies.values() if each.first.message == "red-alert"]
    assert [answered(copy.card) for copy in copies] == [True] * 2


async def test_a_home_tab_that_cannot_be_redrawn_stops_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(address: Address) -> None:
        raise RuntimeError("the home tab is broken")

    monkeypatch.setattr(world.chat, "home_changed", broken)
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    await world.tick()
    copies = [each for each in world.chat.copies.values() if each.first.message == "red-alert"]
    assert [answered(copy.card) for copy in copies] == [True] * 2


async def test_a_redraw_that_is_always_refused_is_tried_later_and_later_and_ends_with_a_word(world: World) -> None:
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    tried: list[datetime] = []

    async def update(address: Address, message_id: str, card: Card) -> Outcome:
        tried.append(world.clock.now())
        return Ambiguous("503")

    world.chat.update = update  # type: ignore[method-assign]
    for _ in range(3000):
        world.clock.set(world.clock.now() + timedelta(seconds=10))
        await world.nodes[0].engine.redraw()
    assert len(tried) == 2 * MOST_ATTEMPTS
    pauses = [later - earlier for earlier, later in pairwise(tried[::2])]
    assert pauses == sorted(pauses)
    assert len(world.events("redraw-ended")) == 2
    assert {each.why for each in world.events("redraw-ended")} == {"503"}


async def test_a_redraw_that_is_refused_for_good_is_tried_once_and_said(world: World) -> None:
    audit = await world.graded()
    why, tried = "the message is not the bot's own (cant_update_message)", []

    async def update(address: Address, message_id: str, card: Card) -> Outcome:
        tried.append(message_id)
        return RefusedForPerson(why)

    world.chat.update = update  # type: ignore[method-assign]
    await world.acknowledge("mina", audit)
    await world.forward("1 day")
    assert len(tried) == len(set(tried)) == 2
    assert [each.why for each in world.events("redraw-ended")] == [why] * 2


async def test_a_press_meanwhile_is_drawn_at_once_however_long_the_pause(world: World) -> None:
    audit = await world.graded()
    world.chat.update_faults.extend([Fault.lost_before] * 2)
    alerts = [each.id for each in world.notices(lane="alert")]
    await world.run(lambda unit: unit.redraw_notices(alerts))
    await world.tick()
    assert world.chat.redrawn == 0
    await world.acknowledge("mina", audit)
    await world.tick()
    copies = [each for each in world.chat.copies.values() if each.first.message == "red-alert"]
    assert [answered(each.card) for each in copies] == [True] * 2


async def test_the_pause_that_a_platform_asks_for_is_kept(world: World) -> None:
    audit = await world.graded()
    world.chat.update_faults.extend([Fault.busy] * 2)
    await world.acknowledge("mina", audit)
    await world.tick()
    waiting = [each.redraw_at for each in world.notices(lane="alert") if each.redraw_at]
    assert waiting == [world.clock.now() + timedelta(seconds=60)] * 2
