"""A council whose people are spread over three chats, and the three chats as servers on loopback."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from qabot.demo.council import CouncilData, PersonData
from tests.faults.platform import Platform
from tests.support.slack.fake import FakeSlack
from tests.support.teams.connector import Connector, Person

ORDER = ("slack", "teams", "gateway")


@dataclass
class Chats:
    """The three, and the platform's own eye on what they take."""

    platform: Platform
    environ: dict[str, str]


def chat_of(number: int) -> str:
    """Which chat a service's people use, by the service's number: most of them the one that has no pace."""
    return {0: "slack", 1: "teams"}.get(number % 4, "gateway")


def members(council: CouncilData, only: str = "") -> dict[str, list[PersonData]]:
    """Everybody by their chat; all of them on one if `only` is given."""
    places = {name: chat_of(number) for number, name in enumerate(council.services)}
    found: dict[str, list[PersonData]] = {name: [] for name in ORDER}
    for person in council.people:
        found[only or places.get(person.service, "gateway")].append(person)
    return found


@asynccontextmanager
async def chats(council: CouncilData, only: str = "") -> AsyncIterator[Chats]:
    """The servers, with everybody in their chat's directory."""
    platform, by_chat = Platform(), members(council, only)
    slack, connector = FakeSlack("socket"), Connector()
    slack.server.around, connector.around, connector.page = [platform.around], [platform.around], 1000
    for number, person in enumerate(by_chat["slack"]):
        slack.workspace.add_user(f"U{number:06}", person.name, person.email)
    for number, person in enumerate(by_chat["teams"]):
        account = f"oid-{number}"
        connector.people[account] = Person(person.name, account, person.email, installed=True)
    runner = _gateway(platform, [person.email for person in by_chat["gateway"]])
    async with slack:
        await connector.start()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        environ = {**slack.environ, **connector.environ(), "QABOT_TEAMS_DIRECTORY": "graph", "QABOT_GATEWAY_URL": url}
        try:
            yield Chats(platform, {**environ, "QABOT_ADAPTERS": only or ",".join(ORDER)})
        finally:
            await runner.cleanup()
            await connector.stop()


def _gateway(platform: Platform, people: list[str]) -> web.AppRunner:
    numbers = itertools.count(1)

    async def take(request: web.Request) -> web.Response:
        return web.json_response({"id": str(next(numbers))})

    async def directory(request: web.Request) -> web.Response:
        return web.json_response(people)

    app = web.Application(middlewares=[platform.around])
    app.router.add_post("/messages", take)
    app.router.add_get("/people", directory)
    return web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
