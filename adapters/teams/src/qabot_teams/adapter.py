"""Teams, to the contract of `qabot.adapter`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import structlog
from starlette.types import ASGIApp

from qabot.adapter import (
    Address,
    Ambiguous,
    DirectoryEntry,
    DirectoryUnread,
    Finding,
    Outcome,
    OutOfOffice,
    OutOfReach,
    Part,
    Rate,
    RefusedForPerson,
    RetryAfter,
    Sent,
    Service,
    StaffMember,
)
from qabot.errors import ChatAway, ChatRefused
from qabot.messaging.card import Card, Limits
from qabot.messaging.letters import units
from qabot_teams import doctor, lint, preview
from qabot_teams.cards import CUT, MAX_LABEL, MAX_TITLE, draw, is_urgent, without_pictures, written
from qabot_teams.connector import CONNECTIONS
from qabot_teams.directory import Graph
from qabot_teams.endpoint import PATH, Endpoint, Running
from qabot_teams.inbound import Inbound
from qabot_teams.installing import install
from qabot_teams.mailboxes import Mailboxes
from qabot_teams.nudging import Nudges
from qabot_teams.once import Turns
from qabot_teams.opened import Open
from qabot_teams.people import NAME, People, reference
from qabot_teams.reach import out_of_reach
from qabot_teams.sdk import BotFramework, Message, Reference
from qabot_teams.setting_up import SETTING_UP
from qabot_teams.settings import Settings
from qabot_teams.tokens_out import TokenRefused, TokenUnavailable

log = structlog.get_logger(__name__)
REOPEN_AFTER = 30.0


class Teams:
    """The adapter. Between `start` and `stop` it holds one session, one credential and the connector's keys."""

    name = NAME
    setting_up = SETTING_UP
    limits = Limits(title=MAX_TITLE, text=8000, label=MAX_LABEL, buttons=24, blocks=100, pictures=True)
    rate = Rate(
        everybody=((50, 1.0),),
        conversation=((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0)),
        at_once=CONNECTIONS,
    )

    def __init__(self, service: Service, settings: Settings) -> None:
        self.settings = settings
        self._service = service
        self._open: Open | None = None
        self._running: Running | None = None
        self._endpoint = Endpoint(settings, lambda: self._running)
        self._nudges = Nudges(settings)

    @property
    def out_of_reach(self) -> OutOfReach:
        """What to do about people who have not installed the app."""
        return out_of_reach(self.settings.graph)

    async def start(self) -> None:
        """Open the session, take calls, and fetch a token and the keys, so that the first press is not slow.

        Raises `ChatAway`, `ChatRefused`; what Teams calls us for is then answered all the same.
        """
        if self._open is None:
            self._open = Open(self.settings)
        opened = self._open
        if self._running is None:
            inbound = Inbound(opened.port, self._service, People(opened.port))
            self._running = Running(opened.port, inbound, Turns())
        try:
            await opened.credential.renew()
        except TokenRefused as refused:
            raise ChatRefused(f"{refused} Run `qabot doctor teams`.") from refused
        except TokenUnavailable as unavailable:
            raise ChatAway(str(unavailable), unavailable.seconds) from unavailable
        if not self.settings.anonymous:
            await opened.keys.warm()

    def trouble(self) -> str:
        """Nothing that Teams would not say to a send."""
        return ""

    def renewed(self) -> bool:
        """Whether the credential's file holds another one than the one in use."""
        return self._open is not None and self._open.credential.proof.renewed()

    def credential_ends(self) -> datetime | None:
        """When the bot's certificate or secret ends (UTC); None for what does not end or does not say so."""
        return self._open.credential.proof.ends() if self._open else None

    async def stop(self) -> None:
        """Finish what is under way and close every connection."""
        running, self._running = self._running, None
        if running:
            await running.turns.finish()
        opened, self._open = self._open, None
        await self._nudges.finish()
        if opened:
            await opened.close()

    async def send(self, address: Address, card: Card) -> Outcome:
        """Send a card; with an alert that still waits and is sent again, nudge its reader in the activity feed too."""
        outcome = await self._send(address, card)
        if _is_too_much(outcome, card):
            # Teams has taken nothing, and pictures are no reason to keep the words back.
            outcome = await self._send(address, without_pictures(card))
        again = address.thread is not None and is_urgent(card)
        if again and self.settings.nudge and isinstance(outcome, Sent) and self._open is not None:
            self._nudges.begin(self._open, address.external_id)
        return outcome

    async def _send(self, address: Address, card: Card) -> Outcome:
        """Without a known conversation, the one-to-one chat is created or found first.

        One that is refused is made anew, once, before the person counts as out of reach.
        """
        port, where = self._port(), reference(address, self.settings)
        message, first = Message(card.summary, written(card), important=is_urgent(card)), None
        if where.conversation:
            first = await port.send(where, message)
            if not isinstance(first, RefusedForPerson) or first.of_card:
                return first
        created = await port.create_conversation(where)
        if isinstance(created, RefusedForPerson) and await self._install(address):
            created = await port.create_conversation(where)
        if isinstance(created, Reference):
            return await port.send(created, message)
        if isinstance(created, RefusedForPerson):
            # What Teams did not take was no card; and why it refused the chat that there was says more.
            return first or replace(created, of_card=False)
        # No card is on its way: not knowing whether there is a chat now is no reason to call the card lost.
        return RetryAfter(REOPEN_AFTER, created.reason) if first and isinstance(created, Ambiguous) else created

    async def _install(self, address: Address) -> bool:
        """Give the app to somebody who has never had it, if the council lets qabot; whether they have it now.

        Whoever was met in Teams and is out of reach has removed or blocked the app: that is theirs to decide.
        """
        if not self.settings.install_app or address.details or self._open is None:
            return False
        return await install(self.settings, self._open.session, self._open.credential, address.external_id)

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        """Redraw a card that was sent."""
        where = reference(address, self.settings)
        if not where.conversation or not message_id:
            return RefusedForPerson("The message's place in Teams is not known, so it cannot be redrawn.")
        self._port().latest.begin((where.conversation, message_id))
        outcome = await self._port().update(where, message_id, Message(card.summary, written(card)))
        if _is_too_much(outcome, card):
            words = Message(card.summary, written(without_pictures(card)))
            outcome = await self._port().update(where, message_id, words)
        return outcome

    async def home_changed(self, address: Address) -> None:
        """Nothing to do: the personal tab is the web inbox, which is always new."""

    def check(self, card: Card) -> list[str]:
        """What of this card Teams would refuse or hide."""
        drawn = draw(card)
        problems = lint.lint(drawn)
        if not card.summary:
            problems.append("The card has no summary for the notification.")
        if CUT in str(drawn) and not card.more_url:
            problems.append("The card is too long for Teams and has no address where all of it can be read.")
        return problems + [
            f"The label {each.label[:30]!r} is cut." for each in card.all_buttons() if units(each.label) > MAX_LABEL
        ]

    def preview(self, card: Card) -> Sequence[Part]:
        """What of it people will see."""
        return tuple(preview.parts(card))

    def app(self) -> tuple[str, ASGIApp] | None:
        """The endpoint that the Bot Framework calls."""
        return PATH, self._endpoint

    async def directory(self) -> Sequence[DirectoryEntry]:
        """The tenant's staff, if the council lets qabot read it (QABOT_TEAMS_DIRECTORY=graph); else nobody.

        Raises `DirectoryUnread`.
        """
        graph = self._graph()
        return await graph.staff() if graph else []

    async def staff(self) -> Sequence[StaffMember]:
        """The tenant's members with their managers. Raises `DirectoryUnread`."""
        async with self._opened() as opened:
            return await Graph(self.settings, opened.session, opened.credential).members()

    async def out_of_office(self, accounts: Sequence[str]) -> Mapping[str, OutOfOffice | None]:
        """From when to when these mailboxes send automatic replies. Raises `DirectoryUnread`."""
        async with self._opened() as opened:
            return await Mailboxes(self.settings, opened.session, opened.credential).out_of_office(accounts)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Open]:
        """What is open, or something for this alone."""
        if self._open is not None:
            yield self._open
            return
        opened = Open(self.settings)
        try:
            yield opened
        finally:
            await opened.close()

    async def find(self, email: str) -> Sequence[DirectoryEntry]:
        """The staff's accounts with this address, if qabot may ask. Raises `DirectoryUnread`."""
        graph = self._graph()
        return await graph.find(email) if graph else []

    def _graph(self) -> Graph | None:
        if not self.settings.graph:
            return None
        if self._open is None:
            raise DirectoryUnread("The staff list cannot be read before Teams has been started.")
        return Graph(self.settings, self._open.session, self._open.credential)

    async def doctor(self) -> AsyncIterator[Finding]:
        """Check each step of docs/teams.md; works whether or not the adapter is started."""
        async with self._opened() as opened:
            async for finding in doctor.findings(self.settings, self._service, opened):
                yield finding

    def _port(self) -> BotFramework:
        if self._open is None:
            # Sending needs nobody to call us: a command sends without taking calls.
            self._open = Open(self.settings)
        return self._open.port


def _is_too_much(outcome: Outcome, card: Card) -> bool:
    """Whether Teams refused a card that has pictures for what is in it."""
    of_card = isinstance(outcome, RefusedForPerson) and outcome.of_card
    return of_card and without_pictures(card) != card
