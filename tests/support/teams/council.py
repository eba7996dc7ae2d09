"""The council with Teams in front of it: people install, write and press on their screens, and time moves."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from qabot.delivery.outlets import Outlets
from qabot.delivery.pacing import Pacer
from qabot.framework import Framework
from qabot_teams import Teams
from tests.support import small_council
from tests.support.teams.cards import buttons, shown
from tests.support.teams.client import Clients
from tests.support.teams.connector import Connector, Person
from tests.support.teams.world import connected
from tests.support.world import MONDAY, World


@dataclass
class TeamsWorld(World):
    """A world whose people are on Teams; the web inbox is where they are reached if Teams refuses."""

    adapter: Teams | None = None

    def _outlets(self) -> Outlets:
        if self.adapter is None:
            return super()._outlets()
        pacer = Pacer(lambda: self.clock.now().timestamp())
        return Outlets({"teams": self.adapter, "web": self.web}, ["teams", "web"], pacer)


@dataclass
class TeamsCouncil:
    """Verbs for what happens in a test. Each message that the bot sends must be expected, once."""

    world: TeamsWorld
    connector: Connector
    clients: Clients
    people: dict[str, Person]
    _expected: set[str] = field(default_factory=set)

    async def install(self, *people: str) -> None:
        """Somebody installs the app, who was welcomed before: nothing is said."""
        for person in people:
            await self.clients.install(self.people[person])

    async def forward(self, distance: str = "1 minute") -> None:
        """Move time."""
        await self.clients.settled()
        await self.world.forward(distance)

    def screen(self, person: str) -> list[tuple[str, str]]:
        """The bot's messages in somebody's chat as they now are: id and words."""
        held = self.connector.of(self.people[person])
        return [
            (each["id"], shown(each["attachments"][0]["content"]) if each.get("attachments") else each["text"])
            for each in held
        ]

    def expect(self, person: str, *words: str) -> str:
        """Somebody has one more message, and it says all this."""
        for key, said in self._new(person):
            if all(each in said for each in words):
                self._expected.add(key)
                return said
        told = "\n".join(f"- {said}" for _, said in self._new(person)) or "nothing new"
        raise AssertionError(f"{person} was to get {words}, and has:\n{told}")

    def take(self, *people: str) -> list[str]:
        """Everything new on these people's screens, expected as it is."""
        new = [each for person in people for each in self._new(person)]
        self._expected |= {key for key, _ in new}
        return [said for _, said in new]

    def sees(self, person: str, *words: str) -> None:
        """One of somebody's messages, old or new, now says all this."""
        said = [each for _, each in self.screen(person)]
        assert any(all(word in each for word in words) for each in said), f"{person} sees:\n" + "\n---\n".join(said)

    def buttons(self, person: str) -> list[str]:
        """What somebody can press, on all cards."""
        held = self.connector.of(self.people[person])
        return [label for each in held for a in each.get("attachments", ()) for label in buttons(a["content"])]

    async def press(self, person: str, label: str, inputs: dict[str, Any] | None = None) -> dict[str, Any]:
        """Somebody presses a button, with what they filled in."""
        body = await self.clients.press(self.people[person], label, inputs)
        await self.forward()
        return body

    async def say(self, person: str, words: str) -> None:
        """Somebody writes to the bot."""
        await self.clients.say(self.people[person], words)
        await self.forward()

    def _new(self, person: str) -> list[tuple[str, str]]:
        return [each for each in self.screen(person) if each[0] not in self._expected]

    def complaints(self) -> list[str]:
        """What nobody expected."""
        unexpected = [
            f"nobody expected what {person} got: {said}" for person in self.people for _, said in self._new(person)
        ]
        sent = [each for person in self.people.values() for each in self.connector.of(person)]
        previews = {f"{each.get('summary', '')} {each.get('text', '')}" for each in sent}
        return unexpected + [
            f"a preview says too much: {each}" for each in previews if small_council.says_too_much(each)
        ]


@asynccontextmanager
async def teams_council(
    folder: Path,
    *,
    at: str = MONDAY,
    installed: bool = True,
    environ: Mapping[str, str] | None = None,
    framework: Framework | None = None,
) -> AsyncIterator[TeamsCouncil]:
    """The small council on Teams. At the end nothing may be left that nobody expected: no message, no error."""
    world = await TeamsWorld.start(folder, at, inline=False, framework=framework)
    assert isinstance(world, TeamsWorld)
    node = world.nodes[0]
    with capture_logs() as logs:
        async with connected(node.desk, environ) as (connector, adapter, clients):
            world.adapter = adapter
            node.engine.outlets = world._outlets()
            people = {key: _person(connector, key, member.name) for key, member in small_council.PEOPLE.items()}
            council = TeamsCouncil(world, connector, clients, people)
            if installed:
                await council.install(*people)
            yield council
            await council.forward()
    world.close()
    errors = [f"the log says: {each}" for each in logs if each["log_level"] in ("error", "critical")]
    complaints = council.complaints() + errors
    assert not complaints, "\n".join(complaints)


def _person(connector: Connector, key: str, name: str) -> Person:
    person = Person(name, f"oid-{key}", f"{key}@council.example", installed=False)
    connector.people[person.account] = person
    return person
