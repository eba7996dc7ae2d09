"""The year of a framework: when the cycles of each activity run, and on which days people gather."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from qabot.framework.calendar import add_months
from qabot.framework.gatherings import Gathering
from qabot.framework.rhythms import Rhythm
from qabot.framework.schema import Framework

MONTHS = 12
MOST = 120
"""Spans of one row: more than one in three days cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Row:
    """One activity or gathering: its spans from first to last day, or its days; and how often that is, in words."""

    title: str
    often: str
    spans: tuple[tuple[date, date], ...] = ()
    days: tuple[date, ...] = ()


def last_day(first: date) -> date:
    """The last day of the year that begins on a day."""
    return add_months(first, MONTHS) - timedelta(days=1)


def year(framework: Framework, first: date) -> list[Row]:
    """The rows of the year that begins on `first`, activities before gatherings."""
    last = last_day(first)
    rows = [
        Row(each.title, each.every.spoken(), spans=tuple(_spans(each.every, first, last)))
        for each in framework.activities.values()
    ]
    calendar = framework.calendar()
    for gathering in framework.gatherings.values():
        days = tuple(calendar.roll(day, "later") for day in _days(gathering, first, last))
        often = gathering.every.spoken() if gathering.every is not None else "on days of its own"
        rows.append(Row(gathering.title, often, days=days))
    return rows


def _spans(rhythm: Rhythm, first: date, last: date) -> Iterator[tuple[date, date]]:
    period = rhythm.period(first)
    start = period.starts if period is not None else rhythm.next_start(first)
    for _ in range(MOST):
        if start is None or start > last or (period := rhythm.period(start)) is None:
            return
        yield max(period.starts, first), min(period.ends, last)
        start = rhythm.next_start(start)


def _days(gathering: Gathering, first: date, last: date) -> list[date]:
    if isinstance(gathering.days, tuple):
        return sorted(day for day in gathering.days if first <= day <= last)
    if gathering.every is None:
        return []
    day = gathering.every.next_start(first - timedelta(days=1))
    days: list[date] = []
    while day is not None and day <= last and len(days) < MOST:
        days.append(day)
        day = gathering.every.next_start(day)
    return days
