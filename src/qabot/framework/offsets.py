"""Offsets: "due - 7 days", "moderated or final + 21 days", "opened + 4 working hours"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from qabot.framework.calendar import LONDON, Calendar, add_months, at_local, local_day

Moment = date | datetime
UNITS = ("working hour", "working day", "day", "week", "month")
_NAME = r"[A-Za-z][A-Za-z0-9-]*(?:\.[a-z][a-z-]*)?"
_SHAPE = re.compile(
    rf"(?P<anchors>{_NAME}(?: or {_NAME})*)"
    r"(?: *(?P<sign>[+-]) *(?P<count>\d{1,4}) (?P<unit>working hour|working day|day|week|month)s?)?"
)

PATTERN = "^" + re.sub(r"\?P<[a-z]+>", "?:", _SHAPE.pattern) + "$"
"""The same for editors, whose regular expressions have no names."""


@dataclass(frozen=True, slots=True)
class Offset:
    """A distance from an anchor. Of several anchors the first that has a date counts."""

    anchors: tuple[str, ...]
    count: int = 0
    unit: str = "day"

    @classmethod
    def parse(cls, text: str) -> "Offset":
        """Read an offset. Raises `ValueError` that says what was expected."""
        match = _SHAPE.fullmatch(text.strip())
        if not match:
            raise ValueError(
                f"{text!r} is not an offset: expected an anchor, or an anchor, + or -, a number and one of "
                f"{', '.join(unit + 's' for unit in UNITS)}, such as 'due - 7 days'"
            )
        anchors = tuple(match["anchors"].split(" or "))
        if not match["sign"]:
            return cls(anchors)
        return cls(anchors, int(match["sign"] + match["count"]), match["unit"])

    def __str__(self) -> str:
        anchor = " or ".join(self.anchors)
        if not self.count:
            return anchor
        plural = "" if abs(self.count) == 1 else "s"
        return f"{anchor} {'+' if self.count > 0 else '-'} {abs(self.count)} {self.unit}{plural}"

    def times(self, number: int) -> "Offset":
        """The same distance so many times over. Months count from the first day, so that the 31st stays the 31st."""
        return Offset(self.anchors, self.count * number, self.unit)

    def through(self, basis: "Offset") -> "Offset | None":
        """This and the offset of its anchor in one; None where that would not be the same.

        Months on months count from the first day too: two of them from 31 January are 31 March.
        """
        if self.unit != "month" or basis.unit != "month" or not self.count:
            return None
        return Offset(basis.anchors, basis.count + self.count, "month")

    def resolve(self, anchors: Mapping[str, Moment], calendar: Calendar) -> Moment | None:
        """The day or moment, not rolled; None while no anchor has a date.

        A day stays a day. A moment stays a moment at the same local time. Working hours and working days after a moment
        are counted in working time, from when the council is next at work: what is raised on a Saturday can be read on
        Monday at nine, and both four working hours and one working day are counted from there.
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
        if self.unit == "working day":
            base = calendar.at_work(base, back=self.count < 0)
        return at_local(self._days(local_day(base), calendar), base.astimezone(LONDON).time())

    def day(self, anchors: Mapping[str, Moment], calendar: Calendar) -> date | None:
        """The day, not rolled, counted in days: the day after the trigger is day 1, whatever its time."""
        if self.unit != "working hour":
            anchors = {name: _day(moment) for name, moment in anchors.items()}
        resolved = self.resolve(anchors, calendar)
        return None if resolved is None else _day(resolved)

    def _days(self, day: date, calendar: Calendar) -> date:
        match self.unit:
            case "working day":
                return calendar.add_days(day, self.count)
            case "week":
                return day + timedelta(weeks=self.count)
            case "month":
                return add_months(day, self.count)
        return day + timedelta(days=self.count)


def _day(moment: Moment) -> date:
    return local_day(moment) if isinstance(moment, datetime) else moment


def parse_moment(text: str) -> Moment:
    """An anchor as it is stored: an ISO day, or an ISO moment with its zone."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
