"""While a chat is away its alerts go to the web inbox; when it is back, what is still open is brought to it."""

import asyncio

import pytest

from qabot.delivery.returning import chat_changed
from qabot.delivery.supervisor import AdapterState, Standing, Supervisor
from qabot.errors import ChatAway
from qabot.models import Event
from tests.support.faulty import Fault
from tests.support.world import World


class Chats:
    """A world whose chat is kept by a supervisor that is told what happens."""

    def __init__(self, world: World) -> None:
        self.world = world
        desk, holder = world.nodes[0].desk, world.nodes[0].engine.outlets.holder
        self.supervisor = Supervisor(
            world.clock.now, lambda state, held: desk.run(lambda unit: chat_changed(unit, state, held, holder.id))
        )
        world.nodes[0].engine.outlets.supervisor = self.supervisor
        self.supervisor._noted["chat"] = asyncio.Event()
        self.supervisor._asked["chat"] = world.clock.now()
        self._set(Standing.running)

    def _set(self, standing: Standing) -> None:
        why = "" if standing is Standing.running else "Slack was away."
        self.supervisor._states["chat"] = AdapterState("chat", standing, self.world.clock.now(), why)
        self.supervisor._to_tell.add("chat")

    async def change(self, standing: Standing) -> None:
        self._set(standing)
        await self.supervisor._tell("chat")

    def by(self, person: str) -> list[str | None]:
        return [
            each.adapter
            for each in self.world.notices(lane="alert", state="sent")
            if self.world.name(each.recipient_id) == person
        ]

    def in_chat(self, person: str) -> list[str]:
        """What the chat took for somebody."""
        tokens = {each.token: each.message for each in self.world.notices()}
        number = self.world.ids[person]
        return [tokens.get(each.token, "") for each in self.world.chat.copies.values() if each.person_id == number]


@pytest.fixture
async def chats(world: World) -> Chats:
    return Chats(world)


async def test_an_alert_goes_to_the_inbox_without_trying_and_to_the_chat_when_it_is_back(chats: Chats) -> None:
    world = chats.world
    await chats.change(Standing.away)
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.tick()
    assert chats.by("mina") == ["web"]
    assert chats.in_chat("mina") == []
    await chats.change(Standing.running)
    await world.tick()
    assert chats.by("mina") == ["web", "chat"]
    assert chats.in_chat("mina") == ["red-alert"]
    assert not any(each.possible_repeat for each in world.notices(lane="alert"))
    assert {each.what for each in world.all(Event)} >= {"chat-away", "chat-back", "brought-back"}
    for _ in range(3):
        await chats.change(Standing.away)
        await chats.change(Standing.running)
        await world.tick()
    assert chats.in_chat("mina") == ["red-alert"], "it is brought once"


async def test_what_was_acknowledged_meanwhile_is_not_brought(chats: Chats) -> None:
    world = chats.world
    await chats.change(Standing.refused)
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.tick()
    await world.acknowledge("hanif", audit)
    await chats.change(Standing.running)
    await world.tick()
    assert chats.in_chat("mina") == []
    assert chats.by("mina") == ["web"]


async def test_only_the_newest_of_an_alert_is_brought(chats: Chats) -> None:
    world = chats.world
    await chats.change(Standing.away)
    await world.graded()
    await world.forward("4 working hours")
    assert len(chats.by("mina")) == 2
    await chats.change(Standing.running)
    await world.tick()
    assert [each for each in chats.in_chat("mina") if "alert" in each] == ["red-alert-again"]


async def test_a_chat_that_comes_back_and_refuses_does_not_fill_the_inbox(chats: Chats) -> None:
    world = chats.world
    await chats.change(Standing.refused)
    await world.submit(await world.audit("cyrus"), "red")
    await world.tick()
    for _ in range(5):
        await chats.change(Standing.running)
        world.fail(*[Fault.locked_out] * 2)
        await world.tick()
        world.chat.faults.clear()
        await chats.change(Standing.refused)
    assert len(chats.by("mina")) == 2, "the alert, and one copy of it that was meant for the chat"
    await chats.change(Standing.running)
    await world.tick()
    assert chats.in_chat("mina") == ["red-alert"]


async def test_what_was_held_for_the_chat_goes_as_soon_as_it_is_back(chats: Chats) -> None:
    world = chats.world
    await chats.change(Standing.away)
    await world.audit("cyrus")
    await world.forward("1 working day")
    assert chats.in_chat("cyrus") == []
    await chats.change(Standing.running)
    await world.tick()
    assert chats.in_chat("cyrus") != []


async def test_copies_in_a_chat_that_is_away_are_redrawn_when_it_is_back(chats: Chats) -> None:
    world = chats.world
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.tick()
    await chats.change(Standing.away)
    await world.acknowledge("hanif", audit)
    await world.tick()
    redrawn = world.chat.redrawn
    await chats.change(Standing.running)
    await world.tick()
    assert world.chat.redrawn > redrawn


def test_a_chat_that_is_away_says_how_long_to_wait() -> None:
    assert ChatAway("busy", 7.0).seconds == 7.0
