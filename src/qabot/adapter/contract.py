"""The two sides of the contract: what the service offers an adapter, and what an adapter must do."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from starlette.types import ASGIApp

from qabot.adapter.exchange import (
    Command,
    CommandWord,
    DirectoryEntry,
    Finding,
    OutOfOffice,
    OutOfReach,
    PersonOption,
    Press,
    Reply,
    StaffMember,
    Submission,
    Who,
)
from qabot.adapter.outcomes import Address, Outcome
from qabot.messaging.card import Card, Limits


class Service(Protocol):
    """What the service does for an adapter. Every call is safe to repeat; none raises for what a person did wrong."""

    async def press(self, press: Press) -> Reply:
        """Do what a button says, once however often the platform repeats it."""

    async def submit(self, submission: Submission) -> Reply:
        """Take a form. `OpenForm` with errors if something is missing; nothing is stored then."""

    async def command(self, command: Command) -> Reply:
        """Do what a typed word says; an unknown word gets help."""

    async def home(self, who: Who) -> Card:
        """What this person owes, what waits for others, settings: for a home tab."""

    async def form(self, who: Who, name: str, values: Mapping[str, Any] | None = None) -> Reply:
        """Open a form by name with first values (a message shortcut: nominate this message's author)."""

    def words(self) -> Sequence[CommandWord]:
        """The words that workflows registered, in order."""

    async def people(self, query: str = "", *, limit: int = 100) -> Sequence[PersonOption]:
        """Colleagues whose name holds `query`, for pickers."""

    async def person_by_account(self, adapter: str, external_id: str) -> int | None:
        """The person linked to this account."""

    async def meet(self, entry_of: str, entries: Sequence[DirectoryEntry]) -> int:
        """Link people by verified e-mail to accounts of adapter `entry_of`; keep conversations; count the new links.

        Entries are some of the directory's: whoever is not among them may well be there.
        """

    async def leave(self, adapter: str, external_id: str, reason: str) -> None:
        """The account can no longer be reached (the app was removed, the account deactivated)."""

    async def conversation(self, adapter: str, external_id: str) -> Address | None:
        """What is kept of an account."""


@runtime_checkable
class Adapter(Protocol):
    """A chat platform."""

    name: str
    limits: Limits
    rate: "Rate"

    @property
    def out_of_reach(self) -> OutOfReach | None:
        """What to say of people whom it does not reach; None if it reaches everybody."""

    async def start(self) -> None:
        """Connect; where it is connected, ask whether that still holds. Called again until it succeeds.

        Raises `ChatAway` (tried again, with growing pauses) or `ChatRefused` (tried again, rarely), with what to do.
        """

    async def stop(self) -> None:
        """Close every connection."""

    async def send(self, address: Address, card: Card) -> Outcome:
        """Send a card to one person; does not wait, does not repeat, does not raise for what the platform says.

        Works without `start` too, as a command needs it, which must not take what the platform has for the service.
        """

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        """Redraw a card that was sent."""

    async def home_changed(self, address: Address) -> None:
        """What this person owes has changed: redraw the home tab, if the platform has one."""

    def check(self, card: Card) -> list[str]:
        """What of this card the platform would refuse; empty if it would take it."""

    def app(self) -> tuple[str, ASGIApp] | None:
        """A path and the ASGI app that answers at exactly that path, if the platform calls us over HTTP."""

    async def directory(self) -> Sequence[DirectoryEntry]:
        """Everybody in the platform's directory; empty if it has none to offer. Raises `DirectoryUnread`."""

    def doctor(self) -> AsyncIterator[Finding]:
        """Check credentials, scopes, connection, clock, and that it can reach the administrator."""


@runtime_checkable
class Listens(Protocol):
    """What an adapter offers besides that takes what people do by connections of its own, and not through `app`."""

    def send_only(self) -> None:
        """Open no such connection: this process only sends. Called before `start`."""


@runtime_checkable
class FindsPeople(Protocol):
    """What an adapter may offer besides: to look one person up, for whom a whole directory is not read."""

    async def find(self, email: str) -> Sequence[DirectoryEntry]:
        """The accounts that have this address; empty if none has, or nothing can be asked. Raises `DirectoryUnread`."""


@runtime_checkable
class ListsStaff(Protocol):
    """What an adapter may offer besides: the directory as a list of colleagues, started or not."""

    async def staff(self) -> Sequence[StaffMember]:
        """Everybody with who manages them, where the directory knows. Raises `DirectoryUnread`."""


@runtime_checkable
class ReadsMailboxes(Protocol):
    """What an adapter may offer besides: when people's mailboxes say that they are away, started or not."""

    async def out_of_office(self, accounts: Sequence[str]) -> Mapping[str, OutOfOffice | None]:
        """What each mailbox says; None if nothing, left out if it cannot be read. Raises `DirectoryUnread`."""


@runtime_checkable
class Watched(Protocol):
    """What an adapter may offer besides: what it knows of itself. It is asked every few seconds."""

    def trouble(self) -> str:
        """What does not work although cards can be sent, as a sentence; "" if all does."""

    def renewed(self) -> bool:
        """Whether a secret's file holds another secret than the one that was last used."""

    def credential_ends(self) -> datetime | None:
        """When the secret ends (UTC), if that is known."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message as people see it: a `heading`, a `text`, a `button` or a `note` (small print)."""

    kind: str
    words: str


@runtime_checkable
class Previews(Protocol):
    """What an adapter may offer besides: to say what the platform shows of a card, before it is sent."""

    def preview(self, card: Card) -> Sequence[Part]:
        """Its parts from top to bottom, drawn as they would be sent: what does not fit is cut here too."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a platform lets us send: whole adapter, and one conversation. Windows of (messages, seconds).

    `at_once` is how many sends may be under way: no more than the adapter has connections, or they only wait for one.
    """

    everybody: tuple[tuple[int, float], ...] = ()
    conversation: tuple[tuple[int, float], ...] = ()
    at_once: int = 50
