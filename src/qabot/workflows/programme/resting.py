"""Who rests: on a day of the council's calendar somebody is given no work. What they have already stays due."""

from collections.abc import Iterator
from datetime import date

import structlog
from sqlmodel import col, select

from qabot.framework import calendar_lint
from qabot.framework.activities import Activity
from qabot.framework.named_periods import EVERYBODY
from qabot.models import Cycle, Event
from qabot.workflows.core.unit import Unit

log = structlog.get_logger()


def resting(unit: Unit, activity: Activity, first: date, last: date) -> dict[int, str]:
    """Whoever rests from this activity on a day from the first to the last, and the period in which they do."""
    people: dict[int, str] = {}
    for who, names in activity.rest.items():
        for name in names:
            days = unit.framework.named_periods[name].days_within(first, last)
            people |= {person: name for person in _called(unit, who, days) if days and person not in people}
    return people


def _called(unit: Unit, who: str, days: list[date]) -> Iterator[int]:
    """Everybody, who holds a role on one of these days, or who works in a team."""
    directory = unit.directory
    if who == EVERYBODY:
        yield from directory.people
    elif who in unit.framework.roles:
        yield from (held.person_id for held in directory.roles.get(who, ()) if any(held.holds_on(day) for day in days))
    else:
        teams = {number for number, place in directory.teams.items() if place.name == who}
        yield from (number for number, staff in directory.people.items() if staff.team_id in teams)
        of_team = (held for holdings in directory.roles.values() for held in holdings if held.team_id in teams)
        yield from (held.person_id for held in of_team if any(held.holds_on(day) for day in days))


def leave_out(unit: Unit, activity: Activity, cycle: Cycle, wants: dict[int, int]) -> dict[int, int]:
    """How much each person does in a cycle, less whoever rests on a day of it; the log says who does."""
    rests = resting(unit, activity, cycle.starts_on, cycle.due_on)
    for name in sorted({rests[person] for person in wants if person in rests}):
        people = sorted(person for person in wants if rests.get(person) == name)
        unit.event(
            "work-rests",
            subject=("cycle", cycle.id),
            rule=unit.framework.named_periods[name].rule,
            why=f"{name}: {len(people)} rest on a day of this cycle and are given nothing in it",
            people=people,
        )
    return {person: count for person, count in wants.items() if person not in rests}


def say_what_ends(unit: Unit) -> None:
    """Say of the calendar what has run out, or will soon, and of who rests which teams there are not: once each."""
    for each in calendar_lint.endings(unit.framework, unit.today):
        why = f"{each.name}: {each.what}"
        if each.over:
            log.warning(f"calendar, {why}", action="calendar-ended")
        else:
            log.warning(f"calendar, {why}", action="calendar-ending")
        if each.over and _is_new(unit, "calendar-ended", why):
            unit.event("calendar-ended", why=why)
        if not each.over and _is_new(unit, "calendar-ending", why):
            unit.event("calendar-ending", why=why)
    for why in _unknown(unit):
        if _is_new(unit, "rest-unknown", why):
            unit.event("rest-unknown", why=why)


def _unknown(unit: Unit) -> Iterator[str]:
    known = {EVERYBODY, *unit.framework.roles, *(place.name for place in unit.directory.teams.values())}
    for activity in unit.framework.activities.values():
        for who in activity.rest:
            if who not in known:
                yield f"{activity.title}: {who} is to rest, and is neither a role nor a team"


def _is_new(unit: Unit, what: str, why: str) -> bool:
    return unit.session.exec(select(Event.id).where(Event.what == what, col(Event.why) == why)).first() is None
