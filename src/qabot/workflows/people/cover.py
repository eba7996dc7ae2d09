"""Who stands in for somebody, week by week, and for whom they stand in. Everybody arranges their own cover."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlmodel import col, select

from qabot.errors import BadRequest
from qabot.models import Absence, Person
from qabot.planning.directory import Staff
from qabot.workflows.core.situation import people_changed, read_directory
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import absences

WEEKS = 4
"""So many weeks are shown, this one first."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row on which the same person stands in; "" if nobody does."""

    first: date
    last: date
    deputy: str


@dataclass(frozen=True, slots=True)
class Week:
    """One week, from its Monday to its Sunday, and when the person is away in it."""

    first: date
    last: date
    away: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """What somebody sees of their own cover. `usual` is the name of the usual deputy, "" if there is none.

    `covers` says for whom they stand in: name, first and last day.
    """

    weeks: tuple[Week, ...]
    usual: str
    usual_id: int | None
    covers: tuple[tuple[str, date, date], ...]


def cover(unit: Unit, person: Staff) -> Cover:
    """Who stands in for this person in the next weeks."""
    monday = unit.today - timedelta(days=unit.today.weekday())
    weeks = tuple(_week(unit, person, monday + timedelta(weeks=number)) for number in range(WEEKS))
    return Cover(weeks, unit.directory.name(person.deputy_id), person.deputy_id, _covers(unit, person, monday))


def _week(unit: Unit, person: Staff, monday: date) -> Week:
    sunday = monday + timedelta(days=6)
    spans: list[Span] = []
    for number in range(7):
        day = monday + timedelta(days=number)
        if person.absence(day) is None:
            continue
        deputy = unit.directory.name(unit.directory.deputy(person.id, day))
        before = spans[-1] if spans else None
        if before is not None and before.last == day - timedelta(days=1) and before.deputy == deputy:
            spans[-1] = replace(before, last=day)
        else:
            spans.append(Span(day, day, deputy))
    return Week(monday, sunday, tuple(spans))


def _covers(unit: Unit, person: Staff, monday: date) -> tuple[tuple[str, date, date], ...]:
    query = select(Absence).where(Absence.to_on >= monday, Absence.person_id != person.id)
    covers = []
    for each in unit.session.exec(query.order_by(col(Absence.from_on))):
        other = unit.directory.person(each.person_id)
        deputy = unit.directory.named_deputy(other, each.deputy_id) if other is not None else None
        if other is not None and deputy is not None and deputy.id == person.id:
            covers.append((other.name, each.from_on, each.to_on))
    return tuple(covers)


def choose_deputy(unit: Unit, person_id: int, deputy_id: int | None) -> None:
    """Somebody says who usually stands in for them, or that nobody does. Raises `BadRequest`."""
    if deputy_id == person_id:
        raise BadRequest("Nobody can stand in for themselves. Choose somebody else, or nobody.")
    if deputy_id is not None and unit.directory.person(deputy_id) is None:
        raise BadRequest("Choose a person from the list.")
    row = unit.session.get_one(Person, person_id)
    if row.deputy_id == deputy_id:
        return
    row.deputy_id = deputy_id
    unit.session.add(row)
    unit.session.flush()
    people_changed(unit.session)
    unit.poke_all()
    unit.event("deputy-chosen", actor=person_id, subject=("person", person_id), deputy=deputy_id)
    situation = replace(unit.situation, directory=read_directory(unit.session))
    absences.tell_deputies(replace(unit, situation=situation))
