"""A chat platform in this process that can fail in every way in which a real one does, and remembers what it shows."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from starlette.types import ASGIApp

from qabot.adapter import (
    Address,
    Ambiguous,
    DirectoryEntry,
    Finding,
    Outcome,
    Rate,
    RefusedForAll,
    RefusedForPerson,
    RetryAfter,
    Sent,
)
from qabot.messaging.card import Card, Limits


class Fault(Enum):
    """What happens to one send."""

    busy = auto()
    """429: certainly not taken."""
    lost_before = auto()
    """The connection broke before the platform took it."""
    lost_after = auto()
    """The platform took it and its answer was lost."""
    refused = auto()
    """This person cannot be reached here."""
    card_refused = auto()
    """The platform does not take this card."""
    locked_out = auto()
    """The credentials are wrong: nobody can be reached here."""
    broken = auto()
    """The adapter raises."""
    killed_before = auto()
    """The whole process dies before the platform took it."""
    killed_after = auto()
    """The whole process dies after the platform took it."""


class Killed(BaseException):
    """The process died. Not an `Exception`: nothing may catch it and go on."""


@dataclass
class Copy:
    """One message that the platform took: whose, which notice's (by token), and the card as it is shown now."""

    message_id: str
    person_id: int
    token: str
    first: Card
    card: Card


def token_of(card: Card) -> str:
    """The token of the notice that a card was drawn for: it stands in the address of its page."""
    return (card.more_url or "").rpartition("/")[2]


class FaultyAdapter:
    """An adapter. `faults` are used up one for each send; after `hold` the next sends hang until `release`."""

    limits = Limits()
    out_of_reach = None
    busy_seconds = 60.0

    def __init__(self, name: str = "chat", *, rate: Rate | None = None) -> None:
        self.name = name
        self.rate = rate or Rate()
        self.faults: deque[Fault] = deque()
        self.update_faults: deque[Fault] = deque()
        self.copies: dict[str, Copy] = {}
        self.tried: list[str] = []
        self.redrawn = 0
        self.watch: Callable[[Address, Card], None] = lambda address, card: None
        """Called as a send begins, before anything can go wrong with it."""
        self.accepted: Callable[[Copy], None] = lambda copy: None
        self.holding = False
        self.held, self.waiting = asyncio.Event(), asyncio.Event()

    def hold(self) -> asyncio.Event:
        """The next sends do not come back until this is set."""
        self.holding = True
        self.held, self.waiting = asyncio.Event(), asyncio.Event()
        return self.held

    async def until_stuck(self, round_: "asyncio.Task[Any]") -> bool:
        """Until a send of this round hangs (True), or it has nothing to send and is over. Later sends do not hang."""
        stuck = asyncio.ensure_future(self.waiting.wait())
        await asyncio.wait({stuck, round_}, return_when=asyncio.FIRST_COMPLETED)
        stuck.cancel()
        self.holding = False
        return self.waiting.is_set()

    def release(self) -> None:
        """The sends that hung last come back."""
        self.held.set()

    async def send(self, address: Address, card: Card) -> Outcome:
        """Take it, or fail as the next fault says."""
        self.watch(address, card)
        self.tried.append(token_of(card))
        fault = self.faults.popleft() if self.faults else None
        outcome = self._take(address, card, fault)
        if self.holding:
            gate = self.held
            self.waiting.set()
            await gate.wait()
        return outcome

    def _take(self, address: Address, card: Card, fault: Fault | None) -> Outcome:
        match fault:
            case Fault.busy:
                return RetryAfter(self.busy_seconds, "too many requests")
            case Fault.lost_before:
                return Ambiguous("the connection was reset")
            case Fault.refused:
                return RefusedForPerson("the person has removed the app")
            case Fault.card_refused:
                return RefusedForPerson("the card is too large", of_card=True)
            case Fault.locked_out:
                return RefusedForAll("the token was revoked")
            case Fault.broken:
                raise RuntimeError("the adapter is broken")
            case Fault.killed_before:
                raise Killed
        message_id = self._keep(address, card)
        if fault is Fault.killed_after:
            raise Killed
        return Ambiguous("no answer within 10 seconds") if fault is Fault.lost_after else Sent(message_id)

    def _keep(self, address: Address, card: Card) -> str:
        message_id = f"{self.name}-{len(self.copies) + 1}"
        copy = Copy(message_id, address.person_id, token_of(card), card, card)
        self.copies[message_id] = copy
        self.accepted(copy)
        return message_id

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        """Redraw, or fail as the next fault says."""
        fault = self.update_faults.popleft() if self.update_faults else None
        if fault is Fault.busy:
            return RetryAfter(self.busy_seconds, "too many requests")
        if fault in {Fault.lost_before, Fault.lost_after}:
            return Ambiguous("the connection was reset")
        self.copies[message_id].card = card
        self.redrawn += 1
        return Sent(message_id)

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def home_changed(self, address: Address) -> None:
        """There is no home tab."""

    def check(self, card: Card) -> list[str]:
        """It takes every card."""
        return []

    def app(self) -> tuple[str, ASGIApp] | None:
        """It does not call us."""
        return None

    async def directory(self) -> Sequence[DirectoryEntry]:
        """It has none."""
        return ()

    async def doctor(self) -> AsyncIterator[Finding]:
        """It is well."""
        yield Finding("the faulty platform", True)
