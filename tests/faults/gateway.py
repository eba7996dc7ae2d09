"""A third chat, without a pace: each card is one POST to a gateway. It is found by its entry point, as any adapter.

`QABOT_GATEWAY_URL` is its address. It stands beside Slack and Teams, whose own pace (5 and 50 messages a second) leaves
few sends under way at once.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import aiohttp
import orjson
from starlette.types import ASGIApp

from qabot.adapter import (
    Address,
    Ambiguous,
    DirectoryEntry,
    Finding,
    Outcome,
    Rate,
    RefusedForPerson,
    RetryAfter,
    Sent,
    Service,
)
from qabot.messaging.card import Card, Limits, plain_card

AT_ONCE = 50
GIVES_UP = 10.0
"""Seconds that it waits for an answer, as the adapter of Slack does."""
NAME = "gateway"


class Gateway:
    """Posts JSON and takes 2xx with an id as sent."""

    name = NAME
    limits = Limits()
    rate = Rate(at_once=AT_ONCE)
    out_of_reach = None

    def __init__(self, url: str) -> None:
        self.url = url
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector, timeout = aiohttp.TCPConnector(limit=AT_ONCE), aiohttp.ClientTimeout(GIVES_UP)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self._session

    async def start(self) -> None:
        """The session opens by itself."""

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, address: Address, card: Card) -> Outcome:
        text = f"{plain_card(card)}\n{card.more_url}"
        body = orjson.dumps({"to": address.external_id, "title": card.title, "text": text})
        try:
            async with self.session.post(f"{self.url}/messages", data=body) as response:
                said = await response.read()
        except aiohttp.ClientConnectorError:
            return RetryAfter(2, "the gateway could not be reached")
        except (aiohttp.ClientError, TimeoutError) as error:
            return Ambiguous(f"the gateway's answer was lost ({type(error).__name__})")
        return _outcome(response, said)

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        return Sent(message_id)

    async def home_changed(self, address: Address) -> None:
        """Has no home tab."""

    def check(self, card: Card) -> list[str]:
        return []

    def app(self) -> tuple[str, ASGIApp] | None:
        return None

    async def directory(self) -> Sequence[DirectoryEntry]:
        async with self.session.get(f"{self.url}/people") as response:
            return [DirectoryEntry(email, email) for email in await response.json()]

    async def doctor(self) -> AsyncIterator[Finding]:
        yield Finding("the gateway", True)


def _outcome(response: aiohttp.ClientResponse, said: bytes) -> Outcome:
    if response.status == 429:
        return RetryAfter(_seconds(response.headers.get("Retry-After", "")), "the gateway asked to wait")
    if response.status >= 500 or response.status == 408:
        return Ambiguous(f"the gateway answered {response.status}")
    if response.status >= 400:
        return RefusedForPerson(f"the gateway answered {response.status}", of_card=True)
    try:
        return Sent(str(orjson.loads(said)["id"]))
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Ambiguous("the gateway's answer could not be read")


def _seconds(given: str) -> float:
    """A number is passed on as it is given, also one that is none: nothing may rely on an adapter's care."""
    try:
        return float(given)
    except ValueError:
        return 1.0


def create(service: Service, environ: Mapping[str, str]) -> Gateway:
    """What the entry point names."""
    return Gateway(environ["QABOT_GATEWAY_URL"])


def install(folder: Path) -> None:
    """Make the gateway an installed distribution for whoever has `folder` on their path."""
    where = folder / "qabot_gateway-1.dist-info"
    where.mkdir(parents=True, exist_ok=True)
    (where / "METADATA").write_text("Metadata-Version: 2.1\nName: qabot-gateway\nVersion: 1\n")
    (where / "entry_points.txt").write_text(f"[qabot.adapters]\n{NAME} = {__name__}:create\n")
