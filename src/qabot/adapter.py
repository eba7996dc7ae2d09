"""The contract of a chat adapter, and all that an adapter may know of qabot besides `qabot.messaging`.

An adapter is found by the entry point group `qabot.adapters`: a function `create(service, environ) -> Adapter`.
It does two things: it draws and sends cards, and it verifies what people press and hands it to the `Service`.

What a send can come to is a closed set (`Outcome`):

    Sent                 the platform took it and gave an id
    RetryAfter           certainly not taken (429, or the connection was never made): try again after some seconds
    Ambiguous            perhaps taken (timeout, reset, 408, 5xx): never blindly repeated
    RefusedForPerson     this person, or this card, is not taken here: the person's next adapter is tried
    RefusedForAll        the adapter itself cannot send (credentials): it stops, rows are kept, the operator is told
"""

import math
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, runtime_checkable

from starlette.types import ASGIApp

from qabot.errors import QabotError
from qabot.messaging.card import Card, Limits
from qabot.messaging.form import Form, clean_answer
from qabot.messaging.letters import clean

LONGEST_WAIT = 3600.0
"""Seconds after which a platform is tried again, whatever it asked for: what it says is not to be trusted blindly."""
LONGEST_TEXT = 1000
"""Characters of what a platform says that are kept: a reason, or the id of a message."""
UNCLEAR_WAIT = 60.0
"""Seconds that are waited where an adapter gives no number that one can wait for."""
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?", re.ASCII)
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")


def seconds_of(given: object) -> float | None:
    """A number of seconds that a platform gave, in a header or a body; None unless it is one.

    0 to `LONGEST_WAIT`: longer waits are cut. Negative, infinite and empty ones, and digits of other scripts, are none.
    """
    if isinstance(given, str):
        given = float(given[:30]) if _NUMBER.fullmatch(given := given.strip(" \t")) else None
    if isinstance(given, bool) or not isinstance(given, int | float) or not given >= 0 or given == math.inf:
        return None
    return float(min(given, LONGEST_WAIT))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of `Retry-After` (0 to `LONGEST_WAIT`), also where it is a date; None if it says nothing usable.

    A date is compared with the answer's own `Date`, so that no clock has to be right.
    """
    given = str(headers.get("Retry-After", ""))
    when, now = _date(given), _date(str(headers.get("Date", "")))
    if when is None or now is None:
        return seconds_of(given)
    return seconds_of(max((when - now).total_seconds(), 0.0))


def _date(given: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(given[:100])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def storable(given: object) -> str:
    """What a platform said as text that every database takes: no NUL, no half characters, `LONGEST_TEXT` at most."""
    return _NOT_KEPT.sub("\ufffd", str(given)[:LONGEST_TEXT])


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person is reached on one platform.

    `external_id` is the platform's id of the person; `conversation` the one-to-one chat, once known; `details` what
    else the adapter asked to have kept (such as Teams' service URL). All of it is what the adapter itself gave before.
    """

    person_id: int
    external_id: str
    conversation: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it. `message_id` is what `update` needs; `conversation` is kept with the person's address."""

    message_id: str
    conversation: str | None = None

    def __post_init__(self) -> None:
        """An id that no database takes is none: the card was taken, and is not redrawn."""
        object.__setattr__(self, "message_id", _kept(self.message_id) or "")
        object.__setattr__(self, "conversation", _kept(self.conversation))


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Certainly not taken. Nobody sleeps: the row gets a `not_before` and the worker goes on.

    `seconds` are 0 to `LONGEST_WAIT`, whatever was given.
    """

    seconds: float
    reason: str

    def __post_init__(self) -> None:
        """Hold the seconds and the reason to what can be kept."""
        known = seconds_of(self.seconds)
        object.__setattr__(self, "seconds", UNCLEAR_WAIT if known is None else known)
        _hold_reason(self)


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Perhaps taken: the answer was lost."""

    reason: str

    def __post_init__(self) -> None:
        """Hold the reason to what can be kept."""
        _hold_reason(self)


@dataclass(frozen=True, slots=True)
class RefusedForPerson:
    """This person cannot be reached on this platform; the reason is a sentence for the administrator.

    With `of_card` it was this one card that the platform did not take: the person counts as reachable as before.
    """

    reason: str
    of_card: bool = False

    def __post_init__(self) -> None:
        """Hold the reason to what can be kept."""
        _hold_reason(self)


@dataclass(frozen=True, slots=True)
class RefusedForAll:
    """Nobody can be reached on this platform until an administrator acts."""

    reason: str

    def __post_init__(self) -> None:
        """Hold the reason to what can be kept."""
        _hold_reason(self)


def _hold_reason(outcome: "RetryAfter | Ambiguous | RefusedForPerson | RefusedForAll") -> None:
    # The same object where nothing is wrong with it: some reasons are known by identity.
    if storable(outcome.reason) != outcome.reason:
        object.__setattr__(outcome, "reason", storable(outcome.reason))


def _kept(given: str | None) -> str | None:
    return given if isinstance(given, str) and storable(given) == given else None


def wait_before_again(outcome: "Outcome") -> float | None:
    """For what does no harm twice: seconds after which to do it again; None if it was taken, or is refused for good."""
    match outcome:
        case RetryAfter(seconds, _):
            return seconds
        case Ambiguous():
            return 0.0
    return None


Outcome = Sent | RetryAfter | Ambiguous | RefusedForPerson | RefusedForAll


@dataclass(frozen=True, slots=True)
class Who:
    """Whom the platform signed for. `email` only if the platform's own directory has verified it.

    `aliases` are the account's further verified addresses: they are tried where `email` is nobody's.
    `trusted` is False for guests, other workspaces and other tenants: they are refused.
    """

    adapter: str
    external_id: str
    email: str | None = None
    name: str = ""
    trusted: bool = True
    conversation: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _hold_account(self)


@dataclass(frozen=True, slots=True)
class Press:
    """A person used a button. `token` names the notice or deadline, `action` what to do; `values` come with a form."""

    who: Who
    action: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A person sent a form. `values` by field name: text, ISO date, list of text, or bool."""

    who: Who
    form: str
    token: str
    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", {name: clean_answer(value) for name, value in self.values.items()})


@dataclass(frozen=True, slots=True)
class Command:
    """A person typed a word ("mine", "nominate"); `rest` is what followed it."""

    who: Who
    word: str
    rest: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "word", clean(self.word))
        object.__setattr__(self, "rest", clean(self.rest))


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Show this card. If the press came from a card, it replaces that card."""

    card: Card
    say: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "say", clean(self.say, lines=True))


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Open this form (again, if it carries errors: what the person wrote is in `form.values`)."""

    form: Form


@dataclass(frozen=True, slots=True)
class Say:
    """Show one sentence to this person only. `card`, if given, is an offer that goes with it (linking).

    With `failed` nothing was saved, through no fault of the person: what they wrote should stay before them.
    """

    text: str
    card: Card | None = None
    failed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text, lines=True))


Reply = ShowCard | OpenForm | Say


@dataclass(frozen=True, slots=True)
class CommandWord:
    """A word that people can type, as workflows registered it."""

    word: str
    help: str


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One person in the platform's own directory. `active` is False once deactivated there, or made a guest.

    `aliases` are the account's further verified addresses: they are tried where `email` is nobody's.
    """

    external_id: str
    email: str | None
    name: str = ""
    active: bool = True
    conversation: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _hold_account(self)


def _hold_account(account: "Who | DirectoryEntry") -> None:
    """Hold what a platform says of an account to what every database takes: one odd account must fail no other."""
    object.__setattr__(account, "name", clean(account.name))
    object.__setattr__(account, "external_id", storable(account.external_id))
    object.__setattr__(account, "email", None if account.email is None else storable(account.email))
    object.__setattr__(account, "aliases", tuple(storable(each) for each in account.aliases))
    object.__setattr__(account, "conversation", _kept(account.conversation))


class DirectoryUnread(QabotError):
    """A directory was not read, or not to its end. `entries` are what was read of it.

    `seconds`: how long the platform asks to be left alone, if it says so.
    """

    def __init__(self, why: str, entries: Sequence[DirectoryEntry] = (), seconds: float | None = None) -> None:
        super().__init__(why)
        self.entries = entries
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """What an administrator is told of people whom a platform does not reach, in the platform's own words.

    `no_account` is said of somebody who has no account there, `no_chat` of somebody whose account is known and with
    whom no chat has begun; it is "" where an account is enough to be reached. Both are sentences. `advice` is what to
    do, thing by thing.
    """

    no_account: str
    advice: tuple[str, ...]
    no_chat: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `qabot doctor`: what was checked, whether it holds, and what to do if not."""

    check: str
    ok: bool
    advice: str = ""


@dataclass(frozen=True, slots=True)
class PersonOption:
    """A colleague to choose."""

    person_id: int
    label: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", clean(self.label))


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
        """Send a card to one person; does not wait, does not repeat, does not raise for what the platform says."""

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
class FindsPeople(Protocol):
    """What an adapter may offer besides: to look one person up, for whom a whole directory is not read."""

    async def find(self, email: str) -> Sequence[DirectoryEntry]:
        """The accounts that have this address; empty if none has, or nothing can be asked. Raises `DirectoryUnread`."""


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
class Rate:
    """How fast a platform lets us send: whole adapter, and one conversation. Windows of (messages, seconds).

    `at_once` is how many sends may be under way: no more than the adapter has connections, or they only wait for one.
    """

    everybody: tuple[tuple[int, float], ...] = ()
    conversation: tuple[tuple[int, float], ...] = ()
    at_once: int = 50
