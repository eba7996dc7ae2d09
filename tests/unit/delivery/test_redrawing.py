"""Every copy of a card is brought to its newest state, also one that was on its way when the state changed."""

import asyncio

import pytest

from qabot.adapter import Address
from tests.support.faulty import Fault
from tests.support.world import World


async def test_every_copy_of_an_acknowledged_alert_is_redrawn(world: World) -> None:
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    await world.tick()
    copies = [each for each in world.chat.copies.values() if each.first.message == "red-alert"]
    assert len(copies) == 2
    assert all(copy.card.done and not copy.first.done for copy in copies)


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
    assert all(copy.card.done for copy in again)


async def test_a_redraw_that_fails_is_done_in_a_later_round(world: World) -> None:
    audit = await world.graded()
    world.chat.update_faults.extend([Fault.busy, Fault.lost_after])
    await world.acknowledge("mina", audit)
    await world.tick()
    assert sum(copy.card.done for copy in world.chat.copies.values()) == 0
    await world.forward("5 minutes")
    copies = [each for each in world.chat.copies.values() if each.first.message == "red-alert"]
    assert [copy.card.done for copy in copies] == [True] * 2


async def test_a_home_tab_that_cannot_be_redrawn_stops_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(address: Address) -> None:
        raise RuntimeError("the home tab is broken")

    monkeypatch.setattr(world.chat, "home_changed", broken)
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    await world.tick()
    assert [copy.card.done for copy in world.chat.copies.values() if copy.first.message == "red-alert"] == [True] * 2
