"""Teams for the adapter contract's tests: people who have installed the app press what is on their screens."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qabot.adapter import Address, Sent
from qabot.framework import Framework
from qabot.models import Account
from qabot.workflows.people.accounts import as_address
from qabot_teams import Teams
from tests.support.stray import stray_card
from tests.support.teams.cards import buttons, parts, shown
from tests.support.teams.client import CARD
from tests.support.teams.connector import Person
from tests.support.teams.council import TeamsCouncil, TeamsWorld, teams_council

Json = dict[str, Any]


@dataclass
class OnTeams:
    """Teams as a `Platform`."""

    council: TeamsCouncil
    name: str = "teams"
    links: bool = True
    form: Json = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def world(self) -> TeamsWorld:
        """The service behind it."""
        return self.council.world

    @property
    def adapter(self) -> Teams:
        """The adapter itself."""
        assert self.world.adapter
        return self.world.adapter

    def address(self, person: str) -> Address:
        """What the service keeps of somebody."""
        account = self.council.people[person].account
        [row] = self.world.all(Account, Account.adapter == self.name, Account.external_id == account)
        return as_address(row)

    async def screen(self, person: str) -> list[str]:
        """The words of what the bot wrote to somebody."""
        return list(self._seen(self.council.people[person]).values())

    async def press(self, person: str, action: str, token: str) -> str:
        """Somebody presses a button, of an older message if none on the screen carries this; what they see then."""
        return await self._press(self.council.people[person], self.address(person), action, token)

    async def submit(self, person: str, action: str, token: str, answers: Mapping[str, str | bool]) -> str:
        """Somebody fills in the form behind a button and sends it; what they see then."""
        await self.press(person, action, token)
        return await self.send(person, answers)

    async def send(self, person: str, answers: Mapping[str, str | bool]) -> str:
        """Somebody fills in the form that is open and sends it; what they see then."""
        [label] = [label for label, each in buttons(self.form).items() if "form" in each["data"]]
        return await self._use(self.council.people[person], label, _filled(self.form, answers))

    def kept(self, question: str) -> str:
        """What stands in a question of the form that is open."""
        return str(_input(self.form, question).get("value", ""))

    async def stranger(self, email: str, action: str, token: str) -> str:
        """Somebody of the tenant, whom nobody linked, presses a button; what they see then."""
        person = Person("Somebody", "oid-stranger", email, installed=True)
        self.council.connector.people[person.account] = person
        return await self._press(person, Address(0, person.account, person.conversation), action, token)

    async def _press(self, person: Person, address: Address, action: str, token: str) -> str:
        if not (label := self._label(person, action, token)):
            assert isinstance(await self.adapter.send(address, stray_card(action, token)), Sent)
            label = self._label(person, action, token)
        return await self._use(person, label)

    def _label(self, person: Person, action: str, token: str) -> str:
        """What stands on the newest button that carries this; "" if there is none."""
        for message in reversed(self.council.connector.of(person)):
            for attachment in message.get("attachments", ()):
                for label, each in buttons(attachment["content"]).items():
                    if each.get("data") == {"action": action, "token": token}:
                        return label
        return ""

    async def _use(self, person: Person, label: str, inputs: Json | None = None) -> str:
        """Press the newest button of this label, and let what follows happen, and a minute pass."""
        before = self._seen(person)
        body = await self.council.clients.press(person, label, inputs)
        self.form = body["value"] if body["type"] == CARD else {}
        async with self.turn:
            await self.council.forward()
        answer = _words(body["value"]) if body["type"] == CARD else str(body["value"])
        return "\n".join([answer, *(said for key, said in self._seen(person).items() if key not in before)])

    def _seen(self, person: Person) -> dict[str, str]:
        """What stands in somebody's chat, by message."""
        return {
            each["id"]: _words(each["attachments"][0]["content"]) if each.get("attachments") else each["text"]
            for each in self.council.connector.of(person)
        }


def _words(card: Json) -> str:
    """What a person reads on a card, its buttons' labels too."""
    return "\n".join([shown(card), *buttons(card)])


def _input(card: Json, question: str) -> Json:
    return next(each for each in parts(card) if each.get("id", "").partition(":")[2] == question)


def _filled(card: Json, answers: Mapping[str, str | bool]) -> Json:
    """What the client sends of a form: each input as it stood, or as it was answered."""
    values = {each["id"]: each.get("value", "") for each in parts(card) if each.get("type", "").startswith("Input.")}
    for question, given in answers.items():
        asked = _input(card, question)
        if isinstance(given, bool):
            assert asked["type"] == "Input.Toggle", asked
            given = str(given).lower()
        assert given in [each["value"] for each in asked.get("choices", [{"value": given}])], asked
        values[asked["id"]] = given
    return values


@asynccontextmanager
async def on_teams(
    folder: Path, framework: Framework | None = None, environ: Mapping[str, str] | None = None
) -> AsyncIterator[OnTeams]:
    """The small council on Teams. What a test leaves on the screens is expected, an error in the log is not."""
    async with teams_council(folder, framework=framework, environ=environ) as council:
        yield OnTeams(council)
        await council.forward()
        council.take(*council.people)


def on_teams_sdk(folder: Path) -> AbstractAsyncContextManager[OnTeams]:
    """The same with the models of Microsoft's Teams SDK 2."""
    return on_teams(folder, environ={"QABOT_TEAMS_SDK": "teams"})
