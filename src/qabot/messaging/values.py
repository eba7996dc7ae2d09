"""How values look in a message: dates, times, counts and lists, as people in England write them.

The names in `FILTERS` are the filters that a message file can use. Days are days in England, moments are UTC.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from qabot.messaging.letters import clean

LONDON = ZoneInfo("Europe/London")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class DueAt(date):
    """A day on which something is due at an hour: shown with it, and else a day like any other. `hour` is local."""

    hour: time

    @classmethod
    def of(cls, moment: datetime) -> "DueAt":
        """The day in England, and the time there, of a moment."""
        local = moment.astimezone(LONDON)
        made = cls(local.year, local.month, local.day)
        made.hour = local.time()
        return made


def due(day: date, at: datetime | None) -> date:
    """When something is due, for people: a day, and an hour where there is one (UTC)."""
    return day if at is None else DueAt.of(at)


def day(value: date | str | None) -> str:
    """ "21 November 2026". A moment is shown as its day in England; ISO text is read first; nothing stays nothing.

    What is due at an hour says so: "21 November 2026 at midday".
    """
    moment = _local(value)
    if not isinstance(moment, date):
        return moment
    hour = f" at {time_of_day(moment.hour)}" if isinstance(moment, DueAt) else ""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}{hour}"


def weekday(value: date | str | None) -> str:
    """ "Monday 30 November 2026"."""
    moment = _local(value)
    return f"{_WEEKDAYS[moment.weekday()]} {day(moment)}" if isinstance(moment, date) else moment


def time_of_day(value: date | time | str | None) -> str:
    """ "4:05pm", "4pm" on the hour, "midday"; a day without a time gives nothing."""
    moment = value if isinstance(value, time) else _local(value)
    if not isinstance(moment, datetime | time):
        return ""
    if (moment.hour, moment.minute) == (12, 0):
        return "midday"
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes}{'am' if moment.hour < 12 else 'pm'}"


def plural(count: int, one: str, many: str) -> str:
    """ "1 audit", "3 audits"."""
    return f"{count:,} {one if count == 1 else many}"


def join_and(values: Iterable[Any]) -> str:
    """ "Ade, Bea and Cal"."""
    *first, last = [shown(value) for value in values] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def capital(text: str) -> str:
    """A name as it begins a heading or a line: "long list" is "Long list"; the rest stays."""
    return text[:1].upper() + text[1:]


def inline(text: Any) -> str:
    """What somebody wrote, as a part of a sentence: without its full stop."""
    return shown(text).rstrip(". ")


def shown(value: Any) -> str:
    """Any value as one line of plain text. Nothing (None) shows as nothing."""
    text: str = value if value.__class__ is str else _as_text(value)
    return clean(text)


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case date():
            return day(value)
        case list() | tuple() | set() | frozenset():
            return join_and(value)
    return str(value)


def _local(value: date | str | None) -> date | str:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(LONDON)
    return "" if value is None else value


FILTERS: dict[str, Callable[..., str]] = {
    "day": day,
    "weekday": weekday,
    "time": time_of_day,
    "plural": plural,
    "capital": capital,
    "join_and": join_and,
    "inline": inline,
}
