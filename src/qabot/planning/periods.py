"""Periods that figures are of: a month, a quarter, a calendar year or a financial year (April to March). Pure.

A period has a key that stands in addresses, such as `quarter-2026-10`: its kind and its first month.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from qabot.framework.calendar import add_months

MONTH, QUARTER, YEAR, FINANCIAL = "month", "quarter", "year", "financial-year"
KINDS = {MONTH: "Month", QUARTER: "Quarter", FINANCIAL: "Financial year", YEAR: "Calendar year"}
LENGTHS = {MONTH: 1, QUARTER: 3, YEAR: 12, FINANCIAL: 12}
APRIL = 4
FIRST_YEAR, LAST_YEAR = 2000, 2199
_KEY = re.compile(r"(month|quarter|year|financial-year)-([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """One of them, by its kind and its first day."""

    kind: str
    starts: date

    @classmethod
    def of(cls, kind: str, day: date) -> "Period":
        """The period of this kind in which a day lies."""
        first = day.replace(day=1)
        if kind == QUARTER:
            first = first.replace(month=first.month - (first.month - 1) % 3)
        if kind == YEAR:
            first = first.replace(month=1)
        if kind == FINANCIAL:
            first = first.replace(year=first.year - (first.month < APRIL), month=APRIL)
        return cls(kind, first)

    @classmethod
    def parse(cls, key: str) -> "Period | None":
        """The period of a key; None if there is none such."""
        match = _KEY.fullmatch(key)
        if match is None or not (1 <= int(match[3]) <= 12 and FIRST_YEAR <= int(match[2]) <= LAST_YEAR):
            return None
        first = date(int(match[2]), int(match[3]), 1)
        period = cls.of(match[1], first)
        return period if period.starts == first else None

    @property
    def key(self) -> str:
        """What stands in addresses."""
        return f"{self.kind}-{self.starts:%Y-%m}"

    @property
    def ends(self) -> date:
        """Its last day."""
        return add_months(self.starts, LENGTHS[self.kind]) - timedelta(days=1)

    @property
    def title(self) -> str:
        """What people read: "October 2026", "October to December 2026", "April 2026 to March 2027", "2026"."""
        if self.kind == MONTH:
            return f"{self.starts:%B %Y}"
        if self.kind == YEAR:
            return f"{self.starts:%Y}"
        year = "" if self.starts.year == self.ends.year else f" {self.starts:%Y}"
        return f"{self.starts:%B}{year} to {self.ends:%B %Y}"

    @property
    def before(self) -> "Period":
        """The one before it."""
        return Period.of(self.kind, self.starts - timedelta(days=1))

    @property
    def year_ago(self) -> "Period":
        """The same, a year ago."""
        return Period(self.kind, add_months(self.starts, -12))

    def months(self) -> Iterator["Period"]:
        """Its months, in order."""
        return (Period(MONTH, add_months(self.starts, number)) for number in range(LENGTHS[self.kind]))

    def quarters(self) -> Iterator["Period"]:
        """The quarters of a year, in order; none of what is shorter."""
        return (Period(QUARTER, add_months(self.starts, number)) for number in range(0, LENGTHS[self.kind] - 2, 3))

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.starts <= day <= self.ends
