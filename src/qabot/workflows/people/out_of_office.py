"""What a mailbox says of when its person is away: never taken as an absence, but asked about.

Whoever will be away is asked once for these days, while they are still at work, by the form that everybody has. Of
whoever is asked too late for that, and has something due then, quality assurance hears.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlmodel import col, select

from qabot.adapter import OutOfOffice
from qabot.framework.calendar import LONDON, local_day
from qabot.models import Account, Deadline, DeadlineState, Notice, Person
from qabot.models.notice import WAITING
from qabot.planning.directory import Staff, next_hours
from qabot.planning.recipients import runs_quality
from qabot.workflows.core.unit import Unit
from qabot.workflows.people.absences import PROPOSALS

MESSAGE, TO_OTHERS = PROPOSALS
TEAMS = "teams"
LONGEST = timedelta(days=400)
"""Longer ones are how some say that they have moved on."""
ELSE = "they are noted as away, or their mailbox says something else by now"
Days = tuple[date, date]


def accounts(unit: Unit) -> dict[int, str]:
    """Everybody who works here: person -> their account in Microsoft's directory, else their address."""
    people = dict(unit.session.exec(select(Person.id, Person.email).where(col(Person.active))).all())
    linked = select(Account.person_id, Account.external_id).where(Account.adapter == TEAMS, col(Account.reachable))
    known = {person: account for person, account in unit.session.exec(linked) if person in people}
    return {**people, **known}


def propose(unit: Unit, replies: Mapping[int, OutOfOffice | None]) -> int:
    """Ask about what mailboxes say, by person; None is one that says nothing. About how many it newly asks."""
    before = _before(unit)
    number = 0
    for person, said in replies.items():
        staff = unit.directory.person(person)
        if staff is None:
            continue
        days = whole_days(unit, staff, said) if said is not None else None
        if days is not None and _is_known(staff, days):
            days = None
        earlier = before.get(person, [])
        _withdraw(unit, earlier, days)
        if days is not None and not any(_is_of(each, days) for each in earlier):
            number += _ask(unit, staff, days)
    return number


def whole_days(unit: Unit, staff: Staff, said: OutOfOffice) -> Days | None:
    """The first and last day that are free from the person's first hour to their last; None if they work on none."""
    starts, ends = said.starts.astimezone(LONDON), said.ends.astimezone(LONDON)
    first = starts.date() + timedelta(days=starts.time() > staff.hours_from)
    last = ends.date() - timedelta(days=ends.time() < staff.hours_to)
    if last < max(first, unit.today) or last - first > LONGEST:
        return None
    days = (first + timedelta(days=each) for each in range((last - first).days + 1))
    calendar = unit.situation.calendar
    works = any(day.isoweekday() in staff.work_days and calendar.is_working(day) for day in days)
    return (first, last) if works else None


def _is_known(staff: Staff, days: Days) -> bool:
    return any(each.from_on <= days[1] and days[0] <= each.to_on for each in staff.away)


def _ask(unit: Unit, staff: Staff, days: Days) -> bool:
    """Ask the person, if they are at work before; else tell quality assurance, if something is due in that time."""
    if local_day(next_hours(staff, unit.now, unit.situation.calendar)) < days[0]:
        _notify(unit, MESSAGE, staff.id, staff, days)
        return True
    others = [each for each in runs_quality(unit.directory, unit.framework, unit.today) if each != staff.id]
    if not _has_something_due(unit, staff, days):
        return False
    for each in others:
        _notify(unit, TO_OTHERS, each, staff, days)
    return bool(others)


def _notify(unit: Unit, message: str, to: int, staff: Staff, days: Days) -> None:
    unit.notify(
        message,
        to,
        rule=unit.framework.processes.stand_in,
        subject=("person", staff.id),
        key=f"{message}:{to}:{staff.id}:{days[0]}:{days[1]}",
        reason="Automatic replies are set for these days",
        alone=message == MESSAGE,
        params={"away": staff.name, "first": str(days[0]), "until": str(days[1])},
    )


def _has_something_due(unit: Unit, staff: Staff, days: Days) -> bool:
    query = select(Deadline.id).where(
        Deadline.owner_id == staff.id,
        Deadline.state == DeadlineState.open,
        col(Deadline.due_on) >= days[0],
        col(Deadline.due_on) <= days[1],
        col(Deadline.kind).not_in(list(unit.framework.surveys())),
    )
    return unit.session.exec(query).first() is not None


def _before(unit: Unit) -> dict[int, list[Notice]]:
    """What was asked before, by whose mailbox it was. Found by the index of what they are about: there are many."""
    by_person = dict[int, list[Notice]]()
    query = select(Notice).where(Notice.subject_type == "person", col(Notice.message).in_(PROPOSALS))
    for each in unit.session.exec(query):
        by_person.setdefault(each.subject_id, []).append(each)
    return by_person


def _is_of(notice: Notice, days: Days | None) -> bool:
    return days is not None and (notice.params["first"], notice.params["until"]) == (str(days[0]), str(days[1]))


def _withdraw(unit: Unit, suggestions: Sequence[Notice], days: Days | None) -> None:
    """What still waits to be asked, of other days than the mailbox says now, is not asked."""
    old = [each.id for each in suggestions if each.state in WAITING and not _is_of(each, days)]
    if old:
        unit.supersede(ELSE, col(Notice.id).in_(old))
