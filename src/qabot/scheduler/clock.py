"""The one place that reads the time. Everything else takes `now` as an argument, or asks a clock."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Now, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock


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
