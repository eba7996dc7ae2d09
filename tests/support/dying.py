"""A process of qabot that is killed in mid-send.

Its chat posts each card to the sink and waits for the answer, which the sink never gives.
"""

import asyncio

import aiohttp

from qabot.adapter import Address, Ambiguous, Outcome, Sent
from qabot.delivery.outlets import Outlets
from qabot.messaging.card import Card
from qabot.models import Store
from qabot.scheduler.clock import DemoClock
from tests.support.faulty import FaultyAdapter, token_of
from tests.support.world import Node, local, newham


class Posting(FaultyAdapter):
    """Posts to a sink over HTTP."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    async def send(self, address: Address, card: Card) -> Outcome:
        """One POST; the sink has the message as soon as it has read it."""
        async with aiohttp.ClientSession() as session:
            try:
                async with session.post(self.url, json={"token": token_of(card), "message": card.message}):
                    return Sent("1")
            except aiohttp.ClientError as error:
                return Ambiguous(type(error).__name__)


async def main(url: str, sink: str, moment: str) -> None:
    """One round, which never ends."""
    chat = Posting(sink)
    node = Node.start(Store(url), DemoClock(local(moment)), Outlets({"chat": chat}, ["chat"]), newham())
    await node.engine.cycle()


def run(url: str, sink: str, moment: str) -> None:
    """The same, as a process of its own."""
    asyncio.run(main(url, sink, moment))
