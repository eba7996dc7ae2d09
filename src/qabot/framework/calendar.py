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

from qabot.errors import NoWorkingDays

log = structlog.get_logger()
LONDON = ZoneInfo("Europe/London")
PUBLISHED_UNTIL = 2028
"""The government has published bank holidays to the end of this year; those after it are computed by its rule."""
COMPUTED_UNTIL = 2100
"""The last year for which the library knows the rule."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(COMPUTED_UNTIL - 1, 12, 31)
"""Days that can be planned with: what follows from one, in years before and after it, is a day with holidays too."""

LONGEST_CLOSURE = 3660
"""Days without a working day after which a search gives up, so that no calendar can make it endless."""

Roll = Literal["none", "earlier", "later"]


@lru_cache(maxsize=128)
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of England and Wales in a year: published, or computed by rule, which the log says once.

    None past `COMPUTED_UNTIL`: a service must raise an alert in any year, late by a holiday, but raised.
    """
    if year > PUBLISHED_UNTIL:
        say_computed()
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


@lru_cache(maxsize=1)
def say_computed() -> None:
    """Say, once in a process, that bank holidays are computed."""
    log.warning(
        f"bank holidays after {PUBLISHED_UNTIL} are computed by England's rule: the government has not published them, "
        "and may still move one or add one. A newer qabot brings the newer table",
        action="holidays-computed",
    )


def local_day(moment: datetime) -> date:
    """The day in England on which a moment falls."""
    if moment.tzinfo is UTC and moment.hour < 23 and moment.year >= FIRST_DAY.year:
        # Figures ask for thousands of days. England is never more than an hour ahead, so only the last one can differ.
        return moment.date()
    return moment.astimezone(LONDON).date()


# Planning asks for the same few mornings all the time, and a zone's rules are slow to ask.
@lru_cache(maxsize=8192)
def at_local(day: date, at: time) -> datetime:
    """The moment (UTC) of a local time on a day. In the hour that a clock change skips, the moment after the gap."""
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day some months on; the month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day.day, (following - timedelta(days=1)).day))


def out_of_reach(day: date) -> str:
    """Why a day cannot be planned with, as the end of a sentence; "" if it can."""
    if FIRST_DAY <= day <= LAST_DAY:
        return ""
    return f"is no day that qabot can plan with: expected one from {FIRST_DAY.isoformat()} to {LAST_DAY.isoformat()}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A council's working days and hours (local time).

    `holidays` are the bank holidays of whole years by another table than today's, which has those of all other years.
    """

    closure_days: frozenset[date] = frozenset()
    opens: time = time(9, 0)
    closes: time = time(17, 0)
    holidays: frozenset[date] = frozenset()
    _known: dict[date, bool] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, closure_days: Iterable[date], opens: time, closes: time) -> "Calendar":
        """A calendar with these closure days."""
        return cls(frozenset(closure_days), opens, closes)

    def without_closures(self) -> "Calendar":
        """The same, for rules whose clock must not stand still because the council is closed."""
        return Calendar(frozenset(), self.opens, self.closes, self.holidays) if self.closure_days else self

    def is_working(self, day: date) -> bool:
        """Whether the council works on this day."""
        known = self._known.get(day)
        if known is None:
            known = day.weekday() < 5 and day not in self.closure_days and day not in self._holidays(day.year)
            self._known[day] = known
        return known

    def _holidays(self, year: int) -> frozenset[date]:
        by_this = self.holidays and any(each.year == year for each in self.holidays)
        return self.holidays if by_this else bank_holidays(year)

    def roll(self, day: date, roll: Roll) -> date:
        """The day itself if it is a working day or `roll` is "none"; else the working day before or after it."""
        if roll == "none":
            return day
        return day if self.is_working(day) else self._following(day, -1 if roll == "earlier" else 1)

    def _following(self, day: date, step: int) -> date:
        """The next working day after a day, or with a step of -1 the one before. Raises `NoWorkingDays`."""
        for days in range(1, LONGEST_CLOSURE):
            candidate = day + timedelta(days=days * step)
            if self.is_working(candidate):
                return candidate
        raise NoWorkingDays(
            f"The council has no working day in {LONGEST_CLOSURE // 365} years from {day.isoformat()}. "
            "Look through 'closure_days' under 'council' in its framework file."
        )

    def add_days(self, day: date, count: int) -> date:
        """The `count`th working day after (or, if negative, before) a day; 0 is the day itself."""
        for _ in range(abs(count)):
            day = self._following(day, 1 if count > 0 else -1)
        return day

    def add_hours(self, moment: datetime, count: int) -> datetime:
        """The moment so many hours after (or, if negative, before) in which the council works.

        Outside them the clock stands still.
        """
        left, day = timedelta(hours=abs(count)), local_day(moment)
        if not self.is_working(day):
            day = self._following(day, 1 if count > 0 else -1)
        while True:
            start, end = at_local(day, self.opens), at_local(day, self.closes)
            start, end = (max(start, moment), end) if count > 0 else (start, min(end, moment))
            if end - start >= left:
                return start + left if count > 0 else end - left
            left -= max(end - start, timedelta())
            day = self._following(day, 1 if count > 0 else -1)

    def at_work(self, moment: datetime, *, back: bool = False) -> datetime:
        """The moment itself while the council works, else when it next does (or, going back, last did).

        From then on somebody can read what came meanwhile, and act.
        """
        day = local_day(moment)
        start, end = at_local(day, self.opens), at_local(day, self.closes)
        if back:
            inside = self.is_working(day) and moment > start
            day = day if inside else self.add_days(day, -1)
            return min(moment, at_local(day, self.closes))
        inside = self.is_working(day) and moment < end
        day = day if inside else self.add_days(day, 1)
        return max(moment, at_local(day, self.opens))

    def is_open(self, moment: datetime) -> bool:
        """Whether the council works at this moment."""
        local = moment.astimezone(LONDON)
        return self.is_working(local.date()) and self.opens <= local.time() < self.closes
