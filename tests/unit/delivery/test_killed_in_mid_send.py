"""A real process is killed with SIGKILL while a real HTTP send is under way; another one takes over (promise 3)."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from qabot.delivery.processes import Holder
from qabot.messaging.card import plain_card
from tests.support import dying
from tests.support.forked import Forked
from tests.support.world import MONDAY, World

ROOT = Path(__file__).parents[3]


@dataclass
class Sink:
    """A platform that takes messages and never answers."""

    url: str = ""
    taken: list[dict[str, str]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: int = 1

    async def take(self, request: web.Request) -> web.Response:
        self.taken.append(await request.json())
        if len(self.taken) >= self.wanted:
            self.arrived.set()
        await asyncio.sleep(60)  # real time: this process is killed before it ends
        return web.Response()


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    made = Sink()
    app = web.Application()
    app.router.add_post("/", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield made
    await runner.cleanup()


def started_again(world: World) -> None:
    """The service starts again on the same machine, and can see that the killed process is gone."""
    world.restart()
    world.nodes[0].engine.outlets.holder = Holder()


async def kill_in_mid_send(world: World, sink: Sink, moment: str) -> None:
    words = (world.url, sink.url, moment)
    process = await asyncio.to_thread(Forked, dying.run, words, os.environ, ROOT, Path(os.devnull))
    try:
        await asyncio.wait_for(sink.arrived.wait(), 60)
    finally:
        process.kill()
        await process.wait()


async def test_an_alert_in_mid_send_is_repeated_once_and_marked(tmp_path: Path, sink: Sink) -> None:
    world = await World.start(tmp_path)
    await world.submit(await world.audit("cyrus"), "red")
    sink.wanted = 2
    await kill_in_mid_send(world, sink, MONDAY)
    assert {each.state for each in world.notices(message="red-alert")} == {"begun"}
    started_again(world)
    await world.tick()
    rows = world.notices(message="red-alert")
    assert {(each.state, each.possible_repeat) for each in rows} == {("sent", True)}
    copies = Counter(each["token"] for each in sink.taken) + Counter(each.token for each in world.chat.copies.values())
    assert {copies[row.token] for row in rows} == {2}
    assert len(world.events("answer-lost")) == 2
    world.close()


async def test_an_alert_is_repeated_as_often_as_its_process_is_killed(tmp_path: Path, sink: Sink) -> None:
    world = await World.start(tmp_path)
    await world.submit(await world.audit("cyrus"), "red")
    for times in (1, 2, 3):
        sink.wanted = 2 * times
        sink.arrived.clear()
        await kill_in_mid_send(world, sink, MONDAY)
    started_again(world)
    await world.tick()
    assert {(each.state, each.possible_repeat) for each in world.notices(message="red-alert")} == {("sent", True)}
    world.close()


async def test_a_digest_in_mid_send_is_repeated_once_and_marked(tmp_path: Path, sink: Sink) -> None:
    world = await World.start(tmp_path)
    await world.audit("cyrus")
    await kill_in_mid_send(world, sink, "2026-11-24 09:30")
    started_again(world)
    await world.advance("2026-11-24 12:00")
    (notice,) = world.notices("cyrus")
    assert notice.state == "sent"
    assert len(sink.taken) == 1
    (copy,) = [each for each in world.chat.copies.values() if each.person_id == world.ids["cyrus"]]
    assert "This may be a repeat" in plain_card(copy.first)
    world.close()
