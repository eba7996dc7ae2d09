"""Offsets: "due - 7 days", "moderated or final + 21 days", "opened + 4 working hours", "day - 7 days at 16:00"."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from qabot.framework.calendar import LONDON, Calendar, Roll, add_months, at_local, local_day

Moment = date | datetime
UNITS = ("working hour", "working day", "day", "week", "month")
MONTHS = (
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
_YEAR_DAY = rf"\d{{1,2}} (?:{'|'.join(MONTHS)})"
_NAME = rf"(?:[A-Za-z][A-Za-z0-9_-]*(?:\.[a-z][a-z-]*)?|{_YEAR_DAY})"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_SHAPE = re.compile(
    rf"(?P<anchors>{_NAME}(?: or {_NAME})*)"
    r"(?: *(?P<sign>[+-]) *(?P<count>\d{1,4}) (?P<unit>working hour|working day|day|week|month)s?)?"
)
_AT = re.compile(r"(?P<offset>.*) at (?P<hour>\S+)")
PATTERN = "^" + re.sub(r"\?P<[a-z]+>", "?:", _SHAPE.pattern) + f"(?: at {_TIME})?$"
"""The same for editors, whose regular expressions have no names."""
HOUR = ".hour"
"""Ends the name under which an anchor's moment stands beside its day: of what is due at an hour."""


@dataclass(frozen=True, slots=True)
class Offset:
    """A distance from an anchor. Of several anchors the first that has a date counts. `at` is a local time of that day.

    A day of the year ("31 May") is an anchor too: `year_days` gives it its date.
    """

    anchors: tuple[str, ...]
    count: int = 0
    unit: str = "day"
    at: time | None = None

    @classmethod
    def parse(cls, text: str) -> "Offset":
        """Read an offset. Raises `ValueError` that says what was expected."""
        timed = _AT.fullmatch(text.strip())
        if timed:
            return cls.parse(timed["offset"])._at(timed["hour"], text)
        match = _SHAPE.fullmatch(text.strip())
        if not match:
            raise ValueError(
                f"{text!r} is not an offset: expected an anchor, or an anchor, + or -, a number and one of "
                f"{', '.join(unit + 's' for unit in UNITS)}, such as 'due - 7 days'"
            )
        anchors = tuple(match["anchors"].split(" or "))
        for each in anchors:
            if each[0].isdigit():
                _in_year(each, 2024)
        if not match["sign"]:
            return cls(anchors)
        return cls(anchors, int(match["sign"] + match["count"]), match["unit"])

    def _at(self, hour: str, text: str) -> "Offset":
        if not re.fullmatch(_TIME, hour):
            raise ValueError(f"{hour!r} is no time of day: expected one such as 16:00, found {text!r}")
        if self.unit == "working hour" and self.count:
            raise ValueError(f"{text!r}: a number of working hours ends at a time of its own; leave out 'at {hour}'")
        return replace(self, at=time.fromisoformat(hour))

    def __str__(self) -> str:
        anchor, hour = " or ".join(self.anchors), f" at {self.at:%H:%M}" if self.at else ""
        if not self.count:
            return f"{anchor}{hour}"
        plural = "" if abs(self.count) == 1 else "s"
        return f"{anchor} {'+' if self.count > 0 else '-'} {abs(self.count)} {self.unit}{plural}{hour}"

    def times(self, number: int) -> "Offset":
        """The same distance so many times over. Months count from the first day, so that the 31st stays the 31st."""
        return replace(self, count=self.count * number)

    def through(self, basis: "Offset") -> "Offset | None":
        """This and the offset of its anchor in one; None where that would not be the same.

        Months on months count from the first day too: two of them from 31 January are 31 March.
        """
        if self.unit != "month" or basis.unit != "month" or not self.count:
            return None
        return Offset(basis.anchors, basis.count + self.count, "month", self.at)

    def resolve(self, anchors: Mapping[str, Moment], calendar: Calendar, roll: Roll = "none") -> Moment | None:
        """The day or moment, not rolled; None while no anchor has a date.

        A day stays a day. A moment stays a moment at the same local time. Working hours and working days after a moment
        are counted in working time, from when the council is next at work: what is raised on a Saturday can be read on
        Monday at nine, and both four working hours and one working day are counted from there.

        With a time of day it is that time of the day, which is rolled first.
        """
        if self.at is not None:
            day = replace(self, at=None).day(anchors, calendar)
            return None if day is None else at_local(calendar.roll(day, roll), self.at)
        base = next((anchors[name] for name in self.anchors if name in anchors), None)
        if base is None:
            return None
        if self.unit == "working hour" and self.count:
            name = next(each for each in self.anchors if each in anchors)
            base = anchors.get(f"{name}{HOUR}", base)
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
        resolved = replace(self, at=None).resolve(anchors, calendar)
        return None if resolved is None else _day(resolved)

    def hour(self, anchors: Mapping[str, Moment], calendar: Calendar, day: date) -> datetime | None:
        """The moment on its (rolled) `day` of what names a time, or counts working hours; None of a whole day."""
        if self.at is not None:
            return at_local(day, self.at)
        if self.unit != "working hour" or not self.count:
            return None
        moment = self.resolve(anchors, calendar)
        return moment if isinstance(moment, datetime) and local_day(moment) == day else None

    @property
    def in_year(self) -> tuple[str, ...]:
        """Its anchors that are days of the year."""
        return tuple(each for each in self.anchors if each[0].isdigit())

    def _days(self, day: date, calendar: Calendar) -> date:
        match self.unit:
            case "working day":
                return calendar.add_days(day, self.count)
            case "week":
                return day + timedelta(weeks=self.count)
            case "month":
                return add_months(day, self.count)
        return day + timedelta(days=self.count)


def year_days(offsets: Iterable[Offset], since: date) -> dict[str, date]:
    """The first date, on a day or later, of each day of the year from which one of these counts."""
    dates = {}
    for name in {each for offset in offsets for each in offset.in_year}:
        day = _in_year(name, since.year)
        dates[name] = day if day >= since else _in_year(name, since.year + 1)
    return dates


def _in_year(name: str, year: int) -> date:
    """A day of the year in a year; 29 February in one that has none is the 28th. Raises `ValueError`."""
    number, _, month = name.partition(" ")
    following = date(year, MONTHS.index(month) + 1, 1)
    last = (add_months(following, 1) - timedelta(days=1)).day
    longest = 29 if month == "February" else last
    if not 1 <= int(number) <= longest:
        raise ValueError(f"there is no day {name!r} in any year: expected one such as '31 May'")
    return following.replace(day=min(int(number), last))


def _day(moment: Moment) -> date:
    return local_day(moment) if isinstance(moment, datetime) else moment


# Each look at an open deadline reads its anchors, and hundreds count from the same few days.
@lru_cache(maxsize=8192)
def parse_moment(text: str) -> Moment:
    """An anchor as it is stored: an ISO day, or an ISO moment with its zone."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
