"""The whole service with Slack in front of it: people press on their screens, time moves, nothing goes unnoticed."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from qabot.delivery.outlets import Outlets
from qabot.delivery.pacing import Pacer
from qabot.framework import Framework
from qabot_slack import SlackAdapter
from tests.support import small_council
from tests.support.slack.fake import FakeSlack
from tests.support.slack.records import Delivery, Json, Message, texts
from tests.support.slack.running import connected
from tests.support.waiting import ended
from tests.support.world import MONDAY, World


def user(person: str) -> str:
    """Somebody's id in Slack."""
    return f"U{person.upper()}"


@dataclass
class SlackWorld(World):
    """A world whose people are on Slack; the web inbox is where they are reached if Slack refuses."""

    adapter: SlackAdapter | None = None

    def _outlets(self) -> Outlets:
        if self.adapter is None:
            return super()._outlets()
        pacer = Pacer(lambda: self.clock.now().timestamp())
        return Outlets({"slack": self.adapter, "web": self.web}, ["slack", "web"], pacer)


@dataclass
class SlackCouncil:
    """Verbs for what happens in a test. Each message that the bot sends must be expected."""

    world: SlackWorld
    slack: FakeSlack
    _stack: AsyncExitStack
    _expected: set[tuple[str, str]] = field(default_factory=set)

    async def connect(self) -> None:
        """The adapter comes up, and people are linked by their e-mail addresses."""
        node = self.world.nodes[0]
        self.world.adapter = adapter = await self._stack.enter_async_context(connected(self.slack, node.desk))
        node.engine.outlets = self.world._outlets()
        await node.desk.meet("slack", await adapter.directory())

    async def restart(self) -> None:
        """The process dies, and another one comes up."""
        await self._stack.aclose()
        self.world.restart()
        await self.connect()

    async def forward(self, distance: str = "1 minute") -> None:
        """Move time."""
        await self.settle()
        await self.world.forward(distance)

    async def settle(self) -> None:
        """Let the adapter do what it has acknowledged."""
        adapter = self.world.adapter
        assert adapter
        await ended(lambda: adapter._background._tasks)

    def expect(self, person: str, *words: str) -> Message:
        """Somebody has got one more message, and it says all this."""
        for message in self.new(person):
            if all(each in message.words() for each in words):
                self._expected.add((message.channel, message.ts))
                return message
        told = "\n".join(f"- {message.words()}" for message in self.new(person)) or "nothing new"
        raise AssertionError(f"{person} was to get {words}, and has:\n{told}")

    def expect_nothing(self, *people: str) -> None:
        """None of these has anything new."""
        for person in people:
            assert not (new := [message.words() for message in self.new(person)]), f"{person} has: {new}"

    def new(self, person: str) -> list[Message]:
        """What somebody sees that was not expected yet."""
        seen = self.slack.workspace.visible(user(person))
        return [m for m in seen if m.bot_id and (m.channel, m.ts) not in self._expected]

    def take(self) -> None:
        """Everything new on everybody's screen, expected as it is."""
        self._expected |= {(m.channel, m.ts) for person in small_council.PEOPLE for m in self.new(person)}

    async def press(self, person: str, action: str, message: Message, *, again: int = 0, tamper: str = "") -> Delivery:
        """Somebody presses a button of a message; what follows from it happens."""
        delivery = await self.slack.click(user(person), action, message=message, again=again, tamper=tamper)
        await self.forward()
        return delivery

    async def submit(self, person: str, again: int = 0, **values: Any) -> Delivery:
        """Somebody fills in the modal in front of them and sends it."""
        delivery = await self.slack.submit(user(person), again=again, **values)
        await self.forward()
        return delivery

    def modal(self, person: str) -> str:
        """What the modal in front of somebody says."""
        return "\n".join(texts(self.slack.modal(user(person))["blocks"]))

    def home(self, person: str) -> Json:
        """Somebody's home tab."""
        return self.slack.home(user(person))

    def complaints(self) -> list[str]:
        """What nobody expected."""
        people = [person for person in small_council.PEOPLE if self.new(person)]
        unexpected = [f"nobody expected what {person} got: {m.words()}" for person in people for m in self.new(person)]
        previews = {message.text for person in small_council.PEOPLE for message in self.slack.to(user(person))}
        return unexpected + [
            f"a preview says too much: {each}" for each in previews if small_council.says_too_much(each)
        ]


@asynccontextmanager
async def slack_council(
    folder: Path, mode: str = "socket", *, at: str = MONDAY, framework: Framework | None = None
) -> AsyncIterator[SlackCouncil]:
    """The small council on Slack. At the end nothing may be left that nobody expected: no message, no error."""
    async with FakeSlack(mode) as slack, AsyncExitStack() as stack:
        for person, member in small_council.PEOPLE.items():
            slack.workspace.add_user(user(person), member.name.lower(), f"{person}@council.example")
        world = await SlackWorld.start(folder, at, inline=False, framework=framework)
        assert isinstance(world, SlackWorld)
        council = SlackCouncil(world, slack, stack)
        with capture_logs() as logs:
            await council.connect()
            yield council
            await council.forward()
        world.close()
        errors = [f"the log says: {each}" for each in logs if each["log_level"] in ("error", "critical")]
        complaints = council.complaints() + errors + [f"Slack was to shout {found}" for found in slack.shouted()]
        assert not complaints, "\n".join(complaints)
