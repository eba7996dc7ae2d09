"""Cycles of the financial year: they are counted from April (D1)."""

from datetime import date, timedelta

from qabot.framework.calendar import add_months

CYCLE_MONTHS = {"month": 1, "two-months": 2, "quarter": 3, "half-year": 6, "year": 12}
"""A cycle's length in months."""
FIRST_MONTH = 4


def cycle_start(cycle: str, day: date) -> date:
    """The first day of the cycle in which a day lies."""
    since = (day.month - FIRST_MONTH) % 12 % CYCLE_MONTHS[cycle]
    return add_months(day.replace(day=1), -since)


def next_cycle(cycle: str, starts: date) -> date:
    """The first day of the cycle after the one that starts on a day."""
    return add_months(starts, CYCLE_MONTHS[cycle])


def cycle_due(cycle: str, starts: date) -> date:
    """The last day of the cycle that starts on a day."""
    return next_cycle(cycle, starts) - timedelta(days=1)
