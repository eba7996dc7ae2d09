"""On PostgreSQL cards are drawn while the server writes: each once, and none of them leaves before it has begun."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from qabot.delivery import outbox
from qabot.messaging.card import Card
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.world import World

__all__ = ["postgres_server", "postgres_url"]

pytestmark = pytest.mark.postgres
ALERTS = 12


@pytest.fixture
async def world(postgres_url: str) -> AsyncIterator[World]:
    made = await World.start(url=postgres_url, inline=False)
    for _ in range(ALERTS):
        await made.submit(await made.audit("cyrus"), "red")
    yield made
    made.close()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each notice's card was drawn to be sent."""
    counted, draw = Counter[int](), outbox.Job.card

    def card(job: outbox.Job) -> Card | None:
        counted[job.notice_id] += 1
        return draw(job)

    monkeypatch.setattr(outbox.Job, "card", card)
    return counted


async def test_each_card_is_drawn_once(world: World, drawn: Counter[int]) -> None:
    await world.tick()
    sent = {each.id for each in world.notices(lane="alert") if each.state == "sent"}
    assert len(sent) >= ALERTS
    assert {drawn[each] for each in sent} == {1}
    assert set(Counter(each.token for each in world.chat.copies.values()).values()) == {1}


async def test_what_was_drawn_and_has_not_begun_waits_when_the_service_stops(
    world: World, drawn: Counter[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    node, send = world.nodes[0], world.chat.send

    async def stop_at_the_first(*words: object) -> object:
        node.engine.outlets.holder.stopping = True
        return await send(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(world.chat, "send", stop_at_the_first)
    monkeypatch.setattr(world.chat, "rate", type(world.chat.rate)(at_once=1))
    await world.tick()
    states = Counter(each.state for each in world.notices(lane="alert"))
    assert states["sent"] == 1, states
    assert set(states) == {"sent", "planned"}, "nothing is left as claimed, and nothing has begun"
    assert len(drawn) > 1, "or nothing was drawn ahead"
    monkeypatch.undo()
    node.engine.outlets.holder.stopping = False
    await world.tick()
    assert {each.state for each in world.notices(lane="alert")} == {"sent"}
    assert set(Counter(each.token for each in world.chat.copies.values()).values()) == {1}
