"""How days and moments are said, in sentences as in messages."""

import re
from datetime import date, datetime
from typing import Protocol

from qabot.framework.calendar import local_day
from qabot.messaging.values import day, due, time_of_day

_SENTENCE = re.compile(r"[:,;]|\b(is|are|was|were|has|have)\b|[a-z] [0-9]{4}$")
"""What stands for itself: a sentence, and what ends with a day ("Meeting on 13 May 2026"). A reference is no year."""
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


def say_closed(why: str, who: str, when: str) -> str:
    """How something ended, without a full stop: "Acknowledged by Ana Lim on 3 May 2026 at 9am".

    An answer stands for itself, with whoever gave it in brackets: "Decided: Nobody else (Ana Lim, 3 May 2026 at 9am)".
    """
    if who and _SENTENCE.search(why):
        return f"{why} ({', '.join(filter(None, (who, when)))})"
    return why + (f" by {who}" if who else "") + (f" on {when}" if when else "")


def is_past(row: HasDue, now: datetime) -> bool:
    """Whether what is owed is past its date, or its hour; `now` is UTC."""
    return (row.due_on is not None and row.due_on < local_day(now)) or (row.due_at is not None and row.due_at <= now)


def by_when(row: HasDue, now: datetime) -> str:
    """By when something is owed, as the end of a line: ", due 31 December 2026"; once that has passed it says so."""
    if row.due_on is None:
        return ""
    return f", was due {say_due(row)}, which has passed" if is_past(row, now) else f", due {say_due(row)}"
