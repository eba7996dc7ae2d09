"""The one place that reads the time. Everything else takes `now` as an argument, or asks a clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Now, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock


@dataclass(frozen=True, slots=True)
class Jump:
    """The machine's clock and the time that passed do not agree by so much (negative: back), since a moment (UTC)."""

    by: timedelta
    since: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What a look at the machine's clock came to: it has jumped, the jump is believed, or it came back."""

    kind: Literal["jumped", "believed", "returned"]
    jump: Jump


class SteadyClock:
    """The machine's time, carried on by how much time has really passed.

    A wall clock that jumps is not believed before the jump has lasted: until then the time is the one before, carried
    on by the monotonic clock, so that alerts still go and nothing of next week is said today. A suspended machine looks
    like a jump ahead and is believed as late. Only `look` changes what is believed, so that a whole round has one time.
    """

    TOLERANCE = timedelta(seconds=30)
    """A difference that is followed at once: a clock that is being set right runs ahead or behind by seconds."""

    def __init__(
        self,
        believed_after: timedelta,
        *,
        wall: Callable[[], datetime] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begins with the machine's time."""
        self.believed_after = believed_after
        self.jump: Jump | None = None
        self._wall, self._monotonic = wall or SystemClock().now, monotonic
        self._jumped = 0.0
        self._set(self._wall())

    def now(self) -> datetime:
        """The believed time, in UTC."""
        return self._base + timedelta(seconds=self._monotonic() - self._since)

    def begin_no_earlier(self, seen: datetime) -> None:
        """Go on from a moment (UTC) that was seen before this process, if the machine's clock is behind it.

        A start ahead of it is nothing odd: the machine was switched off.
        """
        if self.now() < seen - self.TOLERANCE:
            self._set(seen)

    def look(self) -> Change | None:
        """Compare the two clocks, and say what has changed since the last look."""
        by = self._wall() - self.now()
        if abs(by) <= self.TOLERANCE:
            returned, self.jump = self.jump, None
            self._set(self._wall())
            return Change("returned", returned) if returned else None
        if self.jump is None or abs(by - self.jump.by) > self.TOLERANCE:
            self.jump, self._jumped = Jump(by, self.now()), self._monotonic()
            return Change("jumped", self.jump)
        if self._monotonic() - self._jumped < self.believed_after.total_seconds():
            return None
        believed, self.jump = self.jump, None
        self._set(self._wall())
        return Change("believed", believed)

    def _set(self, moment: datetime) -> None:
        self._base, self._since = moment, self._monotonic()


class DemoClock:
    """A clock that stands still until it is moved: for the demo, the simulation and the tests."""

    def __init__(self, start: datetime) -> None:
        """`start` needs a time zone."""
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The moment at which it stands, in UTC."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Move it."""
        self._now = moment.astimezone(UTC)
