"""Slack for the adapter contract's tests: people press what is on their screens, over Socket Mode."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qabot.adapter import Address, Sent
from qabot.framework import Framework
from qabot.models import Account
from qabot.workflows.people.accounts import as_address
from qabot_slack import SlackAdapter
from tests.support.slack.council import SlackCouncil, SlackWorld, slack_council, user
from tests.support.slack.elements import elements
from tests.support.slack.records import Message, texts
from tests.support.stray import stray_card

STRANGER = "U0STRANGER"


@dataclass
class OnSlack:
    """Slack as a `Platform`."""

    council: SlackCouncil
    name: str = "slack"
    links: bool = True
    writing: str = ""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def world(self) -> SlackWorld:
        """The service behind it."""
        return self.council.world

    @property
    def adapter(self) -> SlackAdapter:
        """The adapter itself."""
        assert self.world.adapter
        return self.world.adapter

    def address(self, person: str) -> Address:
        """What the service keeps of somebody."""
        [row] = self.world.all(Account, Account.adapter == self.name, Account.external_id == user(person))
        return as_address(row)

    async def screen(self, person: str) -> list[str]:
        """The words of what the bot wrote to somebody."""
        return [message.words() for message in self._seen(user(person))]

    async def press(self, person: str, action: str, token: str) -> str:
        """Somebody presses a button, of an older message if none on the screen carries this; what they see then."""
        return await self._press(user(person), self.address(person), action, token)

    async def submit(self, person: str, action: str, token: str, answers: Mapping[str, str | bool]) -> str:
        """Somebody fills in the modal behind a button and sends it; what they see then."""
        await self.press(person, action, token)
        return await self.send(person, answers)

    async def send(self, person: str, answers: Mapping[str, str | bool]) -> str:
        """Somebody fills in the modal in front and sends it; what they see then."""
        self.writing = account = user(person)
        before = self._seen(account)
        ticked = {name: ["yes"] if given is True else given for name, given in answers.items()}
        self.council.slack.fill(account, **ticked)
        delivery = await self.council.slack.send(account)
        await self._follows()
        return "\n".join([*delivery.errors.values(), *self._now(account, before)])

    def kept(self, question: str) -> str:
        """What stands in a question of the modal in front."""
        [state] = self.council.slack.modal(self.writing)["state"]["values"][question].values()
        chosen: Mapping[str, Any] = state.get("selected_option") or {}
        return str(state.get("value") or state.get("selected_date") or chosen.get("value") or "")

    async def stranger(self, email: str, action: str, token: str) -> str:
        """A member whom nobody linked presses a button; what they see then."""
        self.council.slack.workspace.add_user(STRANGER, "somebody", email)
        return await self._press(STRANGER, Address(0, STRANGER), action, token)

    async def _press(self, account: str, address: Address, action: str, token: str) -> str:
        if not (found := self._button(account, action, token)):
            assert isinstance(await self.adapter.send(address, stray_card(action, token)), Sent)
            found = self._button(account, action, token)
        assert found
        message, name = found
        before = self._seen(account)
        pressed = await self.council.slack.click(account, name, message=message)
        assert pressed.acked
        await self._follows()
        return "\n".join([message.words(), *self._now(account, before)])

    def _button(self, account: str, action: str, token: str) -> tuple[Message, str] | None:
        """The newest button that carries this: its message, and its name there ("acknowledge#2")."""
        for message in reversed(self._seen(account)):
            for item in [each for block in message.blocks for each in elements(block)]:
                if (item["action_id"].partition("#")[0], item.get("value", "")) == (action, token):
                    return message, item["action_id"]
        return None

    async def _follows(self) -> None:
        """What follows from a press happens, and a minute passes: two people's minutes one after the other."""
        await self.council.settle()
        async with self.turn:
            await self.council.forward()

    def _seen(self, account: str) -> list[Message]:
        return [message for message in self.council.slack.workspace.visible(account) if message.bot_id]

    def _now(self, account: str, before: list[Message]) -> list[str]:
        new = [message.words() for message in self._seen(account) if message not in before]
        modal = self.council.slack.workspace.top(account)
        return [*new, *(texts(modal["blocks"]) if modal else ())]


@asynccontextmanager
async def on_slack(folder: Path, framework: Framework | None = None) -> AsyncIterator[OnSlack]:
    """The small council on Slack. What a test leaves on the screens is expected, an error in the log is not."""
    async with slack_council(folder, framework=framework) as council:
        platform = OnSlack(council)
        yield platform
        await council.forward()
        council.take()
