"""What somebody's people owe, and when they are away: for whoever leads a team, or a line above it.

By name and never by merit: nobody is ranked. Read in a number of statements that does not grow with what there is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, func, select

from qabot.framework.vocabulary import ROW
from qabot.models import Absence, Audit, Deadline, DeadlineState, Event, Person, Team, is_past
from qabot.models.columns import alphabetical
from qabot.planning.directory import Staff
from qabot.workflows.access import owing, records
from qabot.workflows.access.lines import Line, in_line, line_of
from qabot.workflows.core.calling import followed
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.today import answers_to, dating

LATE, UNDATED, OPEN, ACTIONS = "late", "undated", "open", "actions"
WHICH = {LATE: "Past their date", UNDATED: "Meetings without a date", OPEN: "Everything open", ACTIONS: "Actions"}
"""Which of what is open the list shows; the second for those who may know grades, where a file asks for dates."""
AHEAD = timedelta(days=14)
"""So far ahead absences are shown."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows: one of `WHICH`, of a team, a service or a person (by id; None is all)."""

    which: str = LATE
    team: int | None = None
    service: int | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True)
class AwayRow:
    """Somebody who is or will be away; `deputy` is "" where nobody stands in."""

    name: str
    person_id: int
    from_on: date
    to_on: date
    deputy: str


@dataclass(frozen=True, slots=True)
class TeamPage:
    """One page of rows, by the person's name and then by date; `total` in all, and how many of each of `WHICH`.

    `answers` is the newest thing that somebody did about a row. `open_records` are the references of the audits of
    the line's own teams. `people` and `teams` are of the whole line, by name.
    """

    rows: Sequence[Deadline]
    total: int
    counts: Mapping[str, int]
    answers: Mapping[int, Event]
    open_records: frozenset[str]
    away: Sequence[AwayRow]
    people: Sequence[tuple[int, str]]
    teams: Sequence[tuple[int, str]]
    services: Sequence[tuple[int, str]]
    roles: tuple[str, ...]
    covers: tuple[str, ...]


def page(unit: Unit, person_id: int, filters: Filter, *, skip: int, limit: int) -> TeamPage | None:
    """What this person sees of their line; None of whoever has none."""
    person = unit.directory.person(person_id)
    line = line_of(unit, person) if person is not None else Line()
    if person is None or not line:
        return None
    theirs = (col(Deadline.state) == DeadlineState.open, in_line(unit, person, line))
    kinds = {each: _of_kind(unit, each) for each in WHICH if each != UNDATED or _may_be_undated(unit, line)}
    shown = [*theirs, *kinds.get(filters.which, kinds[LATE]), *_narrowed(unit, filters)]
    rows = _rows(unit, shown, skip, limit)
    return TeamPage(
        rows=rows,
        total=_count(unit, shown),
        counts={each: _count(unit, [*theirs, *which]) for each, which in kinds.items()},
        answers=answers_to(unit, [each.id for each in rows]),
        open_records=_open_records(unit, rows, line),
        away=_away(unit, line),
        people=sorted(((each, unit.directory.name(each)) for each in line.people), key=lambda each: each[1]),
        teams=sorted(((each, unit.directory.teams[each].name) for each in line.teams), key=lambda each: each[1]),
        services=_services(unit, line),
        roles=line.roles,
        covers=tuple(unit.directory.name(each) for each in line.for_whom),
    )


def undated(unit: Unit, person_id: int, most: int) -> tuple[Sequence[Deadline], int]:
    """The first of those whose meeting after a low grade or a concern has no date, of this person's line; and how many.

    Nothing of whoever has no line, or may not know grades in it.
    """
    person = unit.directory.person(person_id)
    line = line_of(unit, person) if person is not None else Line()
    if person is None or not _may_be_undated(unit, line):
        return (), 0
    shown = [col(Deadline.state) == DeadlineState.open, in_line(unit, person, line), *_of_kind(unit, UNDATED)]
    rows = _rows(unit, shown, 0, most)
    return rows, len(rows) if len(rows) < most else _count(unit, shown)


def _may_be_undated(unit: Unit, line: Line) -> bool:
    return bool(line.above and dating(unit.framework))


def _of_kind(unit: Unit, which: str) -> list[ColumnElement[bool]]:
    match which:
        case "late":
            return [is_past(unit.today, unit.now)]
        case "undated":
            return [col(Deadline.kind).in_(dating(unit.framework))]
        case "actions":
            return [(col(Deadline.subject_type) == ROW) | col(Deadline.kind).in_(followed(unit.framework))]
    return []


def _narrowed(unit: Unit, filters: Filter) -> list[ColumnElement[bool]]:
    place = func.coalesce(col(Person.team_id), col(Deadline.team_id))
    conditions: list[ColumnElement[bool]] = []
    if filters.person is not None:
        conditions.append(_owed_by(unit, filters.person))
    if filters.team is not None:
        conditions.append(place == filters.team)
    if filters.service is not None:
        conditions.append(place.in_(select(Team.id).where(Team.service_id == filters.service)))
    return conditions


def _owed_by(unit: Unit, person: int) -> ColumnElement[bool]:
    """What is this person's, or theirs with others, or asked of them today because they stand in for whose it is."""
    theirs = [person, *records.stood_for(unit, person)]
    return or_(col(Deadline.owner_id).in_(theirs), owing.owe_together(unit.framework, [person]))


def _rows(unit: Unit, which: Sequence[ColumnElement[bool]], skip: int, limit: int) -> Sequence[Deadline]:
    query = select(Deadline).join(Person, col(Deadline.owner_id) == col(Person.id), isouter=True).where(*which)
    order = col(Person.name).is_(None), alphabetical(Person.name), col(Deadline.due_on).is_(None), col(Deadline.due_on)
    return unit.session.exec(query.order_by(*order, col(Deadline.id)).offset(skip).limit(limit)).all()


def _count(unit: Unit, which: Sequence[ColumnElement[bool]]) -> int:
    query = select(func.count(col(Deadline.id))).join(Person, col(Deadline.owner_id) == col(Person.id), isouter=True)
    return unit.session.exec(query.where(*which)).one()


def _open_records(unit: Unit, rows: Sequence[Deadline], line: Line) -> frozenset[str]:
    query = select(Audit.reference).where(col(Audit.team_id).in_(line.teams))
    return frozenset(unit.session.exec(query)) if rows else frozenset()


def _away(unit: Unit, line: Line) -> list[AwayRow]:
    query = select(Absence).where(
        col(Absence.person_id).in_(line.people),
        col(Absence.to_on) >= unit.today,
        col(Absence.from_on) <= unit.today + AHEAD,
    )
    absences = [
        AwayRow(unit.directory.name(each.person_id), each.person_id, each.from_on, each.to_on, _deputy(unit, each))
        for each in unit.session.exec(query)
    ]
    return sorted(absences, key=lambda each: (each.name, each.from_on))


def _deputy(unit: Unit, absence: Absence) -> str:
    staff = unit.directory.person(absence.person_id)
    deputy = unit.directory.named_deputy(staff, absence.deputy_id) if staff is not None else None
    return deputy.name if deputy is not None else ""


def _services(unit: Unit, line: Line) -> list[tuple[int, str]]:
    places = [unit.directory.teams[each] for each in line.teams]
    return sorted({each.service_id: each.service for each in places}.items(), key=lambda each: each[1])


def whose(unit: Unit, person_id: int) -> Line:
    """The line of somebody; an empty one if they have none."""
    person: Staff | None = unit.directory.person(person_id)
    return line_of(unit, person) if person is not None else Line()
