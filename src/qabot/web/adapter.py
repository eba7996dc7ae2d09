"""The web inbox as an adapter: the chat of people who have no other, and of the demo.

A card is not carried anywhere: the inbox shows every notice that is recorded as sent, with its card as it now is. So a
send is certain, a redraw needs no drawing, and both only wake the person's open pages.
"""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from qabot.adapter import Address, DirectoryEntry, Finding, Outcome, Rate, Sent
from qabot.messaging.card import Card, Limits
from qabot.models.columns import new_token
from qabot.web.bell import Bell

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class WebAdapter:
    """The adapter named "web". An account's `external_id` is the person's id as text."""

    name = "web"
    limits = Limits(title=500, text=20_000, label=200, buttons=200, blocks=500, live=True)
    rate = Rate()
    out_of_reach = None

    def __init__(self, bell: Bell, base_url: str) -> None:
        self._bell = bell
        self._base_url = base_url

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def send(self, address: Address, card: Card) -> Outcome:
        """Always sent: being recorded is being in the inbox."""
        self._bell.ring(address.person_id)
        return Sent(message_id=new_token())

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        """The inbox draws the newest state by itself; open pages are told to look."""
        self._bell.ring(address.person_id)
        return Sent(message_id=message_id)

    async def home_changed(self, address: Address) -> None:
        """Wake open pages."""
        self._bell.ring(address.person_id)

    def check(self, card: Card) -> list[str]:
        """What is longer than a page can sensibly show."""
        problems = []
        if len(card.title) > self.limits.title:
            problems.append(f"the title has {len(card.title)} characters; the web inbox shows {self.limits.title}")
        if len(card.blocks) > self.limits.blocks:
            problems.append(f"there are {len(card.blocks)} blocks; the web inbox shows {self.limits.blocks}")
        return problems

    def app(self) -> tuple[str, ASGIApp] | None:
        """None: its pages are the service's own."""
        return None

    async def directory(self) -> Sequence[DirectoryEntry]:
        """Empty: people come from the council's list."""
        return ()

    async def doctor(self) -> AsyncIterator[Finding]:
        """Whether the address that personal links begin with can be right."""
        parts = urlsplit(self._base_url)
        yield Finding(
            "the address of the web inbox",
            bool(parts.hostname) and (parts.scheme == "https" or parts.hostname in LOOPBACK),
            "Set QABOT_BASE_URL to the https address at which people reach qabot.",
        )
