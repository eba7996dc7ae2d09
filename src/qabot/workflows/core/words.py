"""How days and moments are said, in sentences as in messages."""

from datetime import date, datetime
from typing import Protocol

from qabot.messaging.values import day, due, time_of_day

say_day = day
"""21 November 2026."""


class HasDue(Protocol):
    """A deadline or a piece of work."""

    @property
    def due_on(self) -> date | None: ...
    @property
    def due_at(self) -> datetime | None: ...


def due_of(row: HasDue) -> date | None:
    """When something is due, as people read it: with its hour, if it has one."""
    return due(row.due_on, row.due_at) if row.due_on is not None else None


def say_due(row: HasDue) -> str:
    """21 November 2026, or 21 November 2026 at midday; "" without a date."""
    return say_day(due_of(row))


def say_moment(moment: date | str) -> str:
    """21 November 2026 at 4:05pm, in England; a day alone is said as a day. ISO text is read first."""
    at = time_of_day(moment)
    return f"{day(moment)} at {at}" if at else day(moment)
