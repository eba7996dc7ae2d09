"""The adapter at work: a fake Slack, a service, and the adapter between them, over either transport."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from qabot.adapter import Address, Sent, Service
from qabot.messaging.card import Card
from qabot_slack import SlackAdapter, create
from tests.support.slack.fake import FakeSlack
from tests.support.slack.records import Message
from tests.support.slack.service import MemoryService
from tests.support.waiting import ended, until

S = TypeVar("S", bound=Service)

MANAGER, WORKER, GUEST, STRANGER = "U0MANAGER", "U0WORKER", "U0GUEST", "U0STRANGER"


@dataclass
class World(Generic[S]):
    """What a test uses."""

    slack: FakeSlack
    service: S
    adapter: SlackAdapter
    _stack: AsyncExitStack

    async def restart(self) -> None:
        """The adapter anew, with nothing but what the service and Slack keep."""
        await self._stack.aclose()
        self.adapter = await self._stack.enter_async_context(connected(self.slack, self.service))

    async def settled(self) -> None:
        """Until all that the adapter does after its acknowledgements is done."""
        await ended(lambda: self.adapter._background._tasks)

    async def send(self, user: str, card: Card) -> Message:
        """A card, sent to somebody; the message as they see it."""
        outcome = await self.adapter.send(Address(1, user), card)
        assert isinstance(outcome, Sent), outcome
        return self.slack.last(user)


@asynccontextmanager
async def running(mode: str = "socket") -> AsyncIterator[World[MemoryService]]:
    """A council of four on Slack, two of them linked, and a service in memory."""
    service = MemoryService(
        linked={MANAGER: 1, WORKER: 2},
        people_by_email={
            "priya@council.example": (1, "Priya Shah"),
            "sam@council.example": (2, "Sam Okafor"),
            "jo@council.example": (3, "Jo Marsh"),
        },
    )
    async with FakeSlack(mode) as slack, AsyncExitStack() as stack:
        populate(slack)
        adapter = await stack.enter_async_context(connected(slack, service))
        yield World(slack, service, adapter, stack)


def populate(slack: FakeSlack) -> None:
    """Two members, one not linked yet, a guest, and somebody of another workspace."""
    people = slack.workspace
    people.add_user(MANAGER, "priya shah", "priya@council.example")
    people.add_user(WORKER, "sam okafor", "sam@council.example")
    people.add_user("U0NEW", "jo marsh", "jo@council.example")
    people.add_user(GUEST, "guest", "guest@elsewhere.example", guest=True)
    people.add_user(STRANGER, "stranger", "stranger@elsewhere.example", team="T0ELSEWHERE")
    people.add_channel("C0QA", "qa", [MANAGER, WORKER, "U0NEW", GUEST, STRANGER])


@asynccontextmanager
async def connected(
    slack: FakeSlack, service: Service, environ: Mapping[str, str] | None = None
) -> AsyncIterator[SlackAdapter]:
    """The adapter, started, and reachable for Slack if it is in HTTP mode."""
    adapter = create(service, environ or slack.environ)
    await adapter.start()
    try:
        if mounted := adapter.app():
            path, endpoint = mounted
            async with served(Starlette(routes=[Route(path, endpoint)])) as url:
                slack.wire.request_url = url + path
                yield adapter
        else:
            await slack.until(lambda: len(slack.server.sockets) == 2)
            yield adapter
    finally:
        await adapter.stop()


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """An ASGI app on a free port of this machine; its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the server's start")
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
