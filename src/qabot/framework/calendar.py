"""Working days and working hours in England.

A working day is Monday to Friday, not a bank holiday of England and Wales, and not a closure day of the council. The
day after a trigger is day 1 (domain notes, section 0).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import holidays
import structlog

from qabot.errors import HolidaysRunOut

log = structlog.get_logger()
LONDON = ZoneInfo("Europe/London")
LAST_YEAR = 2028
"""The government has published bank holidays to the end of this year; what a library says after it is a guess."""

Roll = Literal["none", "earlier", "later"]


@lru_cache(maxsize=32)
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of England and Wales in a year. Raises `HolidaysRunOut` past the published table."""
    if year > LAST_YEAR:
        raise HolidaysRunOut(
            f"The table of bank holidays ends in {LAST_YEAR}, and a date in {year} was asked for. "
            "Update qabot, which brings the newer table."
        )
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


@lru_cache(maxsize=32)
def guessed_holidays(year: int) -> frozenset[date]:
    """The bank holidays of a year; of one past the published table none, and the log says so once."""
    if year <= LAST_YEAR:
        return bank_holidays(year)
    log.error("bank holidays are not known: update qabot", action="holidays-run-out", year=year, known_until=LAST_YEAR)
    return frozenset()


def local_day(moment: datetime) -> date:
    """The day in England on which a moment falls."""
    return moment.astimezone(LONDON).date()


def at_local(day: date, at: time) -> datetime:
    """The moment (UTC) of a local time on a day. In the hour that a clock change skips, the moment after the gap."""
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day some months on; the month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day.day, (following - timedelta(days=1)).day))


@dataclass(frozen=True, slots=True)
class Calendar:
    """A council's working days and hours (local time)."""

    closure_days: frozenset[date] = frozenset()
    opens: time = time(9, 0)
    closes: time = time(17, 0)
    guesses: bool = False
    """Past the published table: raise `HolidaysRunOut` (False), or take it that there are no bank holidays (True)."""
    _known: dict[date, bool] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, closure_days: Iterable[date], opens: time, closes: time) -> "Calendar":
        """A calendar with these closure days."""
        return cls(frozenset(closure_days), opens, closes)

    def without_closures(self) -> "Calendar":
        """The same, for rules whose clock must not stand still because the council is closed."""
        return Calendar(frozenset(), self.opens, self.closes, self.guesses)

    def at_work(self) -> "Calendar":
        """The same for a service at work, which must raise an alert in any year: late by a holiday, but raised."""
        return Calendar(self.closure_days, self.opens, self.closes, guesses=True)

    def is_working(self, day: date) -> bool:
        """Whether the council works on this day."""
        known = self._known.get(day)
        if known is None:
            holidays_of = guessed_holidays if self.guesses else bank_holidays
            known = day.weekday() < 5 and day not in self.closure_days and day not in holidays_of(day.year)
            self._known[day] = known
        return known

    def roll(self, day: date, roll: Roll) -> date:
        """The day itself if it is a working day or `roll` is "none"; else the working day before or after it."""
        if roll == "none":
            return day
        step = timedelta(days=-1 if roll == "earlier" else 1)
        while not self.is_working(day):
            day += step
        return day

    def add_days(self, day: date, count: int) -> date:
        """The `count`th working day after (or, if negative, before) a day; 0 is the day itself."""
        step = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def add_hours(self, moment: datetime, count: int) -> datetime:
        """The moment after so many hours in which the council works. Outside them the clock stands still."""
        left = timedelta(hours=count)
        day = local_day(moment)
        start = moment
        while True:
            if self.is_working(day):
                start = max(start, at_local(day, self.opens))
                end = at_local(day, self.closes)
                if end - start >= left:
                    return start + left
                left -= max(end - start, timedelta())
            day += timedelta(days=1)
            start = at_local(day, time(0, 0))

    def is_open(self, moment: datetime) -> bool:
        """Whether the council works at this moment."""
        local = moment.astimezone(LONDON)
        return self.is_working(local.date()) and self.opens <= local.time() < self.closes
