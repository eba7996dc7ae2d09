"""From when until when work can be done: in a cycle, or by a subject's own clock. Pure: days in, days out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from qabot.framework.activities import Activity
from qabot.framework.calendar import Calendar
from qabot.framework.duties import AccordingTo
from qabot.framework.offsets import Moment, Offset, year_days

NOTICE = timedelta(days=28)
"""How long somebody has at least for work that a subject's own clock asks for, where its rule gives them less."""
TURN = 0.6180339887498949
"""The golden ratio: multiples of it fall evenly between 0 and 1, however many there are and in whatever order."""


@dataclass(frozen=True, slots=True)
class Window:
    """The day on which work is given, the day on which it is due, and the moment of it if it has an hour (UTC)."""

    opens: date
    due: date
    due_at: datetime | None = None

    def given_on(self, day: date, calendar: Calendar) -> "Window":
        """The same for whoever is given it on a day: due on the next working day at the soonest."""
        soonest = calendar.add_days(day, 1)
        return self if self.due >= soonest else Window(self.opens, soonest)


def of_cycle(activity: Activity, starts: date, ends: date, calendar: Calendar) -> Window:
    """The window of the work of a cycle: the whole of it, unless the file says otherwise."""
    due = activity.due if isinstance(activity.due, Offset) else None
    known: dict[str, Moment] = {"cycle-start": starts, "cycle-end": ends}
    known |= year_days(filter(None, (activity.opens, due)), starts)
    opens = _day(activity.opens, known, calendar)
    if due is None:
        return Window(calendar.roll(opens, "later") if opens else starts, ends)
    day = calendar.roll(_day(due, known, calendar) or ends, "earlier")
    return Window(calendar.roll(opens, "later") if opens else starts, day, due.hour(known, calendar, day))


def since_last(activity: Activity, last: date, result: str, calendar: Calendar) -> Window:
    """The window of the next work about a subject whose last was on a day, with a result ("" for none)."""
    return _since_last(activity.opens, due_after(activity, result), last, calendar)


# Every day asks it of everybody, and the answer changes when another piece comes in.
@lru_cache(maxsize=4096)
def _since_last(opening: Offset | None, due: Offset, last: date, calendar: Calendar) -> Window:
    known: dict[str, Moment] = {"last": last}
    day = calendar.roll(_day(due, known, calendar) or last, "earlier")
    opens = _day(opening, known, calendar)
    latest = day - NOTICE
    return Window(min(calendar.roll(opens, "later"), latest) if opens else latest, day, due.hour(known, calendar, day))


def due_after(activity: Activity, result: str) -> Offset:
    """The offset by which work about a subject is due, after one with this result."""
    if isinstance(activity.due, AccordingTo):
        return activity.due.by_answer.get(result, activity.due.else_)
    if activity.due is None:
        raise ValueError(f"{activity.title} is done since the last one, and nothing says when it is due")
    return activity.due


def spread(activity: Activity, number: int, since: date, calendar: Calendar) -> date:
    """From which day the first work about a subject is counted, so that not all of them are due on one day.

    `number` is the subject's own: each is due somewhere within one period from `since`, and nobody within `NOTICE`.
    """
    due = _day(due_after(activity, ""), {"last": since}, calendar) or since
    days = max((due - since - NOTICE).days, 0)
    return since - timedelta(days=int(days * (number * TURN % 1)))


def _day(offset: Offset | None, known: Mapping[str, Moment], calendar: Calendar) -> date | None:
    return offset.day(known, calendar) if offset is not None else None
