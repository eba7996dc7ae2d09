"""Offsets: "due - 7 days", "moderated or finalised + 21 days", "raised + 4 working hours"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from qabot.framework.calendar import LONDON, Calendar, add_months, at_local, local_day

Moment = date | datetime
UNITS = ("working hour", "working day", "day", "week", "month")
_NAME = r"[A-Za-z][A-Za-z0-9-]*"
_SHAPE = re.compile(
    rf"(?P<anchors>{_NAME}(?: or {_NAME})*)"
    r"(?: *(?P<sign>[+-]) *(?P<count>\d{1,4}) (?P<unit>working hour|working day|day|week|month)s?)?"
)

BEFORE_CLOSING = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Offset:
    """A distance from an anchor. Of several anchors the first that has a date counts."""

    anchors: tuple[str, ...]
    count: int = 0
    unit: str = "day"

    @classmethod
    def parse(cls, text: str) -> "Offset":
        """Read an offset. Raises `ValueError` that says what was expected."""
        found = _SHAPE.fullmatch(text.strip())
        if not found:
            raise ValueError(
                f"{text!r} is not an offset: expected an anchor, or an anchor, + or -, a number and one of "
                f"{', '.join(unit + 's' for unit in UNITS)}, such as 'due - 7 days'"
            )
        anchors = tuple(found["anchors"].split(" or "))
        if not found["sign"]:
            return cls(anchors)
        return cls(anchors, int(found["sign"] + found["count"]), found["unit"])

    def __str__(self) -> str:
        anchor = " or ".join(self.anchors)
        if not self.count:
            return anchor
        plural = "" if abs(self.count) == 1 else "s"
        return f"{anchor} {'+' if self.count > 0 else '-'} {abs(self.count)} {self.unit}{plural}"

    def resolve(self, anchors: Mapping[str, Moment], calendar: Calendar) -> Moment | None:
        """The day or moment, not rolled; None while no anchor has a date.

        A day stays a day. A moment stays a moment at the same local time, kept within working hours if it moved by
        working days, so that what follows an alert of the evening comes when somebody is there and has time to act.
        """
        base = next((anchors[name] for name in self.anchors if name in anchors), None)
        if base is None:
            return None
        if self.unit == "working hour" and self.count:
            start = base if isinstance(base, datetime) else at_local(base, calendar.opens)
            return calendar.add_hours(start, self.count)
        if not isinstance(base, datetime):
            return self._days(base, calendar)
        if not self.count:
            return base
        local = base.astimezone(LONDON).time()
        if self.unit == "working day":
            last = (datetime.combine(date.min, calendar.closes) - BEFORE_CLOSING).time()
            local = min(max(local, calendar.opens), last)
        return at_local(self._days(local_day(base), calendar), local)

    def _days(self, day: date, calendar: Calendar) -> date:
        match self.unit:
            case "working day":
                return calendar.add_days(day, self.count)
            case "week":
                return day + timedelta(weeks=self.count)
            case "month":
                return add_months(day, self.count)
        return day + timedelta(days=self.count)


def parse_moment(text: str) -> Moment:
    """An anchor as it is stored: an ISO day, or an ISO moment with its zone."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
