"""The council's days and hours as they were at the last start, beside those of today's file and table of holidays.

A file in which a closure day comes or goes, another hour, or a newer table of bank holidays is read at the start; what
is open was planned by the one before, and is planned anew then.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from sqlmodel import select

from qabot.framework.calendar import PUBLISHED_UNTIL, Calendar, bank_holidays
from qabot.models import Meta
from qabot.models.columns import insert_new
from qabot.planning.planner import Situation
from qabot.workflows.core import recounting
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day

KEY = "council-days"
"""The key of `Meta` under which they stand."""
YEARS_BEFORE, YEARS_AHEAD = 1, 2
"""So many years before and after this one are kept of the bank holidays: nothing that is open counts further."""
FEW = 5
"""So many days are named in the log."""


def look(unit: Unit) -> None:
    """Plan what is open anew where they are others than at the last start, and keep those of today.

    A database of a version that did not keep them says nothing of the last start: all is looked at.
    """
    insert_new(unit.session, Meta, [{"key": KEY, "value": ""}])
    row = unit.session.exec(select(Meta).where(Meta.key == KEY).with_for_update()).one()
    known, today = row.value, json.dumps(_kept(unit))
    if known == today:
        return
    row.value = today
    unit.session.add(row)
    if not known:
        unit.poke_all()
        return
    before = _as_kept(unit, json.loads(known))
    days = list(_other_days(before.calendar, unit))
    if days or _hours(before) != _hours(unit.situation):
        moved = recounting.by_other_days(unit, before)
        unit.event("days-changed", why=_said(days), days=[each.isoformat() for each in days], deadlines=moved)


def _kept(unit: Unit) -> dict[str, Any]:
    council = unit.framework.council
    return {
        "closure_days": sorted(each.isoformat() for each in council.closure_days),
        "opens": council.opens.isoformat(),
        "closes": council.closes.isoformat(),
        "alerts_outside_hours": council.alerts_outside_hours,
        "holidays": sorted(day.isoformat() for each in _years(unit) for day in bank_holidays(each)),
    }


def _years(unit: Unit) -> range:
    """The years whose bank holidays are published, or this one's."""
    year = unit.today.year
    return range(year - YEARS_BEFORE, min(year + YEARS_AHEAD, max(year, PUBLISHED_UNTIL)) + 1)


def _as_kept(unit: Unit, kept: dict[str, Any]) -> Situation:
    """The situation by the days and hours that were kept."""
    calendar = Calendar(
        frozenset(map(date.fromisoformat, kept["closure_days"])),
        time.fromisoformat(kept["opens"]),
        time.fromisoformat(kept["closes"]),
        frozenset(map(date.fromisoformat, kept["holidays"])),
    )
    said = {"alerts_outside_hours": kept["alerts_outside_hours"]}
    council = unit.framework.council.model_copy(update=said)
    framework = unit.framework.model_copy(update={"council": council})
    return replace(unit.situation, framework=framework, calendar=calendar)


def _hours(situation: Situation) -> tuple[object, ...]:
    calendar = situation.calendar
    return calendar.opens, calendar.closes, situation.framework.council.alerts_outside_hours


def _other_days(before: Calendar, unit: Unit) -> Iterator[date]:
    """The days that were working days and are none now, or the other way round."""
    years = _years(unit)
    day = date(years.start, 1, 1)
    while day.year < years.stop:
        if before.is_working(day) != unit.situation.calendar.is_working(day):
            yield day
        day += timedelta(days=1)


def _said(days: list[date]) -> str:
    if not days:
        return "The council has other hours"
    named = ", ".join(map(say_day, days[:FEW]))
    return f"Another kind of day than before: {named}{' and others' if len(days) > FEW else ''}"
