"""One council in which Slack, Teams and the web inbox stand side by side: one person on each, on real adapters."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import select
from structlog.testing import capture_logs

from qabot.adapter import Adapter
from qabot.delivery.outlets import Outlets
from qabot.delivery.pacing import Pacer
from qabot.delivery.supervisor import Supervisor
from qabot.framework import Framework
from qabot.models import RoleHolding
from qabot.scheduler.tick import Ticker
from qabot.settings import read_settings
from qabot.web.bell import Bell
from qabot.wiring import Qabot
from qabot.workflows.core.situation import people_changed
from tests.support.pages import Page
from tests.support.slack.council import user
from tests.support.slack.fake import FakeSlack
from tests.support.slack.records import Message
from tests.support.slack.running import connected as slack_connected
from tests.support.teams.client import Clients
from tests.support.teams.connector import Connector, Person
from tests.support.teams.world import connected as teams_connected
from tests.support.waiting import ended
from tests.support.web_platform import OnWeb
from tests.support.world import BASE_URL, MONDAY, World, tools

IN_TEAMS, IN_SLACK, IN_WEB = "mina", "hanif", "sian"
"""Who is where. All three are managers of the same service."""


@dataclass
class MixedWorld(World):
    """A world with all three in front of it."""

    chats: tuple[Adapter, ...] = ()

    def _outlets(self) -> Outlets:
        every = {each.name: each for each in (*self.chats, self.web)}
        return Outlets(every, list(every), Pacer(lambda: self.clock.now().timestamp()))


@dataclass
class MixedCouncil:
    """What the three of them see, and press."""

    world: MixedWorld
    slack: FakeSlack
    connector: Connector
    clients: Clients
    web: OnWeb

    @property
    def mina(self) -> Person:
        """The one in Teams."""
        return self.connector.people[f"oid-{IN_TEAMS}"]

    async def forward(self, distance: str = "1 minute") -> None:
        """Let each adapter do what it has acknowledged, and move time."""
        await ended(lambda: self.world.chats[0]._background._tasks)  # type: ignore[attr-defined]
        await self.clients.settled()
        await self.world.forward(distance)

    def in_slack(self) -> Message:
        """The only message of qabot's in Slack that is a card."""
        [found] = [each for each in self.slack.to(user(IN_SLACK)) if "Alert" in each.words()]
        return found

    def in_teams(self) -> tuple[str, str]:
        """The only message in Teams: its id and its words."""
        [found] = self.connector.of(self.mina)
        return found["id"], self.clients.see(self.mina)

    async def in_web(self) -> tuple[str, str]:
        """The only message in the web inbox: its token and its words."""
        [token] = [card.token for card in (await self.web.open(IN_WEB, "/inbox")).cards]
        return token, (await self.web.open(IN_WEB, f"/n/{token}")).words

    async def page(self, person: str, path: str) -> Page:
        """A page of the web inbox."""
        return await self.web.open(person, path)


@asynccontextmanager
async def mixed_council(
    folder: Path, framework: Framework | None = None, roles: Mapping[str, str] | None = None, at: str = MONDAY
) -> AsyncIterator[MixedCouncil]:
    """The small council; `roles` are another framework's names for its own. An error in the log fails the test."""
    async with FakeSlack("socket") as slack, AsyncExitStack() as stack:
        world = await MixedWorld.start(folder, at, inline=False, framework=framework)
        assert isinstance(world, MixedWorld)
        _third_manager(world)
        _rename(world, roles or {})
        slack.workspace.add_user(user(IN_SLACK), "hanif bello", f"{IN_SLACK}@council.example")
        with capture_logs() as logs:
            node = world.nodes[0]
            in_slack = await stack.enter_async_context(slack_connected(slack, node.desk))
            connector, in_teams, clients = await stack.enter_async_context(teams_connected(node.desk))
            world.chats = (in_slack, in_teams)
            node.engine.outlets = world._outlets()
            await node.desk.meet("slack", await in_slack.directory())
            council = MixedCouncil(world, slack, connector, clients, OnWeb(world, _qabot(world)))
            person = Person("Mina Sharpe", f"oid-{IN_TEAMS}", f"{IN_TEAMS}@council.example")
            connector.people[person.account] = person
            await clients.install(person)
            connector.of(person).clear()
            yield council
            await council.forward()
        await council.web.close()
        world.close()
        errors = [each for each in logs if each["log_level"] in ("error", "critical")]
        assert errors == []


def _third_manager(world: MixedWorld) -> None:
    with world.nodes[0].store.transaction() as session:
        session.add(
            RoleHolding(person_id=world.ids[IN_WEB], role="head-of-service", service_id=world.ids["safeguarding"])
        )
        people_changed(session)


def _rename(world: MixedWorld, roles: Mapping[str, str]) -> None:
    with world.nodes[0].store.transaction() as session:
        for each in session.exec(select(RoleHolding)):
            each.role = roles.get(each.role, each.role)
            session.add(each)
        people_changed(session)


def _qabot(world: MixedWorld) -> Qabot:
    node, settings = world.nodes[0], read_settings(base_url=BASE_URL, secret_key="a secret for the tests, long enough")
    return Qabot(
        settings,
        node.store,
        world.framework,
        tools(),
        node.desk,
        [*world.chats, world.web],
        world._outlets(),
        Supervisor(world.clock.now),
        node.engine,
        world.clock,
        Ticker(),
        Bell(),
    )
