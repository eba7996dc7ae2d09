"""What a send can come to: a closed set, and how long is waited before the next one.

Sent                 the platform took it and gave an id
RetryAfter           certainly not taken (429, or the connection was never made): try again after some seconds
Ambiguous            perhaps taken (timeout, reset, 408, 5xx): never blindly repeated
RefusedForPerson     this person, or this card, is not taken here: the person's next adapter is tried
RefusedForAll        the adapter itself cannot send (credentials): it stops, rows are kept, the operator is told
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime

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
    `thread` is the id of the first message that this person was sent there about the same alert, if this is not it: a
    platform that has threads puts what follows under it, any other takes no notice of it.
    """

    person_id: int
    external_id: str
    conversation: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it. `message_id` is what `update` needs; `conversation` is kept with the person's address."""

    message_id: str
    conversation: str | None = None

    def __post_init__(self) -> None:
        """An id that no database takes is none: the card was taken, and is not redrawn."""
        object.__setattr__(self, "message_id", kept(self.message_id) or "")
        object.__setattr__(self, "conversation", kept(self.conversation))


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


def kept(given: str | None) -> str | None:
    """What a platform says, if every database takes it as it is; else None."""
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
