"""A chat that refuses a worker refuses for all: for the service's pages, its numbers and its watcher (promise 4)."""

from pathlib import Path

import pytest

from qabot.delivery.chats import away_for_others
from qabot.delivery.processes import take_over
from qabot.delivery.returning import chat_changed
from qabot.delivery.supervisor import AdapterState, Standing, Supervisor
from qabot.models import Process
from qabot.scheduler import gauges
from qabot.wiring import beside
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.world import World
from tests.unit.scheduler.test_watcher import kinds, watcher

__all__ = ["postgres_server", "postgres_url"]


class Service:
    """A service that itself finds its chat well, beside processes that send."""

    def __init__(self, world: World) -> None:
        self.world, self.engine = world, world.nodes[0].engine
        keeper = self.engine.outlets.supervisor = Supervisor(world.clock.now)
        keeper._states["chat"] = AdapterState("chat", Standing.running, world.clock.now(), trouble="cards only")

    def begin(self, *workers: str) -> None:
        now = self.world.clock.now()
        with self.world.nodes[0].store.transaction() as session:
            session.add_all([Process(id=each, host=each, pid=1, kind="worker", started_at=now) for each in workers])

    def finds(self, worker: str, standing: Standing) -> None:
        """A worker finds the chat so, and writes it down; the service beats."""
        state = AdapterState("chat", standing, self.world.clock.now(), "invalid_auth")
        with self.world.nodes[0].store.transaction() as session:
            chat_changed(self.world.nodes[0].desk.unit(session), state, frozenset(), worker)
        self.look()

    def look(self) -> None:
        with self.world.nodes[0].store.transaction() as session:
            self.engine.chats.look(session)

    def standing(self) -> Standing:
        (state,) = self.engine.chats.states()
        assert state.trouble == "cards only", "what it knows of its own stays"
        return state.standing

    def end(self, worker: str) -> None:
        with self.world.nodes[0].store.transaction() as session:
            take_over(self.world.nodes[0].desk.unit(session), [worker])
        self.look()


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_what_one_process_finds_of_a_chat_is_known_to_the_service_for_as_long_as_it_is_at_work(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else None
    world = await (World.start(url=url) if url else World.start(tmp_path))
    service = Service(world)
    service.begin("one", "two")
    service.finds("one", Standing.running)
    service.finds("two", Standing.running)
    assert service.standing() is Standing.running
    service.finds("one", Standing.refused)
    assert service.standing() is Standing.refused
    service.finds("two", Standing.running)
    assert service.standing() is Standing.refused, "another one does not speak for it"
    assert "chat-refused" in await kinds(watcher(world, beside(service.engine)))
    assert service.engine.chats.away() == ["chat"]
    with world.nodes[0].store.transaction() as session:
        page = gauges.page(session, world.clock.now(), chats=service.engine.chats.states())
    assert b'qabot_chat_up{adapter="chat"} 0.0' in page
    service.finds("one", Standing.running)
    assert service.standing() is Standing.running
    service.finds("two", Standing.away)
    assert service.standing() is Standing.away
    service.end("two")
    assert service.standing() is Standing.running, "nobody is at work any more who found it away"
    world.close()


async def test_an_older_process_that_does_not_say_which_it_is_counts_until_another_speaks(world: World) -> None:
    service = Service(world)
    service.begin("old", "new")
    with world.nodes[0].store.transaction() as session:
        unit = world.nodes[0].desk.unit(session)
        unit.event("chat-away", why="revoked", adapter="chat", state="refused")
        session.flush()
        (state,) = away_for_others(session).values()
        assert (state.standing, state.why) == (Standing.refused, "revoked")
    service.finds("new", Standing.running)
    assert service.standing() is Standing.running
