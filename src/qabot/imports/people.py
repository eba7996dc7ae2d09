"""Importing people: who works here, in which team, with which roles (docs/imports.md describes the file).

rows = read_people(path)
changes = plan_people(session, rows, framework, now)    # raises BadFile with every problem; writes nothing
apply_people(session, changes)                          # in the same transaction: all of it or nothing
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, select

from qabot.framework import Framework
from qabot.framework.calendar import local_day
from qabot.framework.pools import too_small
from qabot.imports.changes import Change, Changes, Rows, Value, compare, refuse
from qabot.imports.identity import identify
from qabot.imports.known import AwayKnown, Known, RoleKey, ids_of_people, ids_of_teams
from qabot.imports.people_checks import Checked, check_people, shared, stay_away, unheld, vacant
from qabot.imports.people_rows import PersonRow
from qabot.models import Absence, Person, RoleHolding, Service, Team

_NEW: Mapping[str, Value] = {
    "employee_id": "",
    "team": "",
    "line_manager": "",
    "deputy": "",
    "work_days": "12345",
    "hours_from": time(9, 0),
    "hours_to": time(16, 30),
    "administrator": False,
    "active": True,
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever imports says besides the file.

    `renamed` maps former addresses to new ones, `all_new`: those who look like somebody else are not. With
    `absent_have_left` whoever is not in the file has left.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    all_new: bool = False
    absent_have_left: bool = False


def plan_people(
    session: Session, rows: Rows[PersonRow], framework: Framework, now: datetime, wishes: Wishes = Wishes()
) -> Changes:
    """What importing these rows would do. Raises `BadFile` with every problem; writes nothing.

    People who are not in the file are kept, with their roles; whoever has left is in it with `active` no. A role that
    a person of the file no longer has ends yesterday; a column that the file does not have leaves its values as they
    are. `now` (UTC) says which day it is.
    """
    who = identify(rows, Known.load(session), wishes.renamed, all_new=wishes.all_new)
    rows, known = _without_strangers(who.rows, who.known), who.known
    checked = check_people(rows, known, framework)
    refuse([*who.problems, *checked.problems])
    today = local_day(now)
    changes = [*who.changes(), *_places(checked, known)]
    named = {row.email for row in rows.rows}
    columns = rows.columns | {"active"} if wishes.absent_have_left else rows.columns  # then whoever is in it is here
    changes += [each for row in rows.rows for each in _person(row, columns, known)]
    people = len(rows.rows) - sum(change.what == "person" for change in changes)
    changes += [each for row in rows.rows for each in _absence(row, known)]
    held = {key for key, holding in known.roles.items() if _holds(holding, today) and known.people[key[0]]["active"]}
    if "roles" in rows.columns:
        changes += _roles(rows, checked.roles, known, today)
        held = {key for key in held if key[0] not in named} | set(checked.roles)
    missing = [email for email, person in known.people.items() if person["active"] and email not in named]
    gone = missing if wishes.absent_have_left else []
    changes += [_leaves(email, known) for email in gone]
    away = stay_away(rows, known) if "active" not in columns else {}
    leaving = {*_leavers(rows), *gone, *away}
    held = {key for key in held if key[0] not in leaving}
    services = sorted({*known.services, *checked.services})
    nobody = vacant(rows.file, framework, held)
    warnings = nobody + unheld(rows.file, framework, {**known.teams, **checked.teams}, services, held)
    by_role = {role: {key[0] for key in held if key[1] == role} for role in framework.roles}
    warnings += too_small(framework, by_role)
    warnings += [*rows.doubts, *checked.doubts, *away.values(), *shared(rows.file, framework, held, known, rows)]
    kept = () if gone else tuple(known.called(email) for email in missing)
    return Changes(rows.file, tuple(changes), people, kept, tuple(warnings), tuple(nobody), rows.notes)


def apply_people(session: Session, changes: Changes) -> None:
    """Write what `plan_people` found in this transaction. A second time there is nothing left to change."""
    for change in changes.of("service"):
        session.add(Service(name=change.name))
    session.flush()
    services = {each.name: each.id for each in session.exec(select(Service))}
    _apply_teams(session, changes, services)
    _apply_persons(session, changes)
    people, teams = ids_of_people(session), ids_of_teams(session)
    _apply_roles(session, changes, people, teams, services)
    _apply_absences(session, changes, people)
    session.flush()


def _without_strangers(rows: Rows[PersonRow], known: Known) -> Rows[PersonRow]:
    """Whoever has left and was never here is nobody to qabot."""
    here = tuple(row for row in rows.rows if row.active or row.email in known.people)
    count = len(rows.rows) - len(here)
    notes = (f"rows left out: {count} (have left, and were never here)",) if count else ()
    return replace(rows, rows=here, notes=(*rows.notes, *notes))


def _leaves(email: str, known: Known) -> Change:
    return Change("person", (email,), known.called(email), False, {"active": (True, False)})


def _leavers(rows: Rows[PersonRow]) -> set[str]:
    return {row.email for row in rows.rows if not row.active}


def _places(checked: Checked, known: Known) -> list[Change]:
    changes = [Change("service", (name,), name, True) for name in checked.services if name not in known.services]
    for team, service in checked.teams.items():
        before = {"service": known.teams[team]} if team in known.teams else None
        changes += compare("team", (team,), team, before, {"service": service})
    return changes


def _person(row: PersonRow, columns: frozenset[str], known: Known) -> list[Change]:
    """Empty cells of a column that is there mean the usual: no team, Monday to Friday, 9 to half past 4."""
    given: dict[str, Value] = {"name": row.name}
    values: dict[str, Value] = {
        "employee_id": row.employee_id,
        "team": row.team,
        "line_manager": row.line_manager,
        "deputy": row.deputy,
        "work_days": row.work_days or _NEW["work_days"],
        "hours_from": row.hours[0] if row.hours else _NEW["hours_from"],
        "hours_to": row.hours[1] if row.hours else _NEW["hours_to"],
        "administrator": row.administrator,
        "active": row.active,
    }
    given |= {
        name: value for name, value in values.items() if name.removesuffix("_from").removesuffix("_to") in columns
    }
    before = known.people.get(row.email)
    if before and not row.employee_id:
        given.pop("employee_id", None)  # a list that does not know somebody's number takes it away from nobody
    after = given if before else {**_NEW, **given}
    return compare("person", (row.email,), f"{row.name} ({row.email})", before, after)


def _absence(row: PersonRow, known: Known) -> list[Change]:
    """One absence is the same as a known one that it overlaps, so that a date can be corrected by importing again.

    Of any other that it overlaps only the days outside it stay: nobody is away twice on one day.
    """
    if row.away_from is None or row.away_to is None:
        return []
    start, end = row.away_from, row.away_to
    near = [each for each in known.absences.get(row.email, []) if each.from_on <= end and start <= each.to_on]
    old = next((each for each in near if each.from_on == start), near[0] if near else None)
    after: dict[str, Value] = {"from_on": start, "to_on": end, "deputy": row.away_deputy}
    changes = compare("absence", (row.email, old.from_on if old else start), _of(row, start, end), _away(old), after)
    return changes + [_outside(row, each, start, end) for each in near if each is not old]


def _outside(row: PersonRow, known: AwayKnown, start: date, end: date) -> Change:
    """A known absence without the days from `start` to `end`; a last day of None takes it out."""
    name, key = _of(row, known.from_on, known.to_on), (row.email, known.from_on)
    if known.to_on > end:
        return Change("absence", key, name, False, {"from_on": (known.from_on, end + timedelta(days=1))})
    left = start - timedelta(days=1) if known.from_on < start else None
    return Change("absence", key, name, False, {"to_on": (known.to_on, left)})


def _of(row: PersonRow, start: date, end: date) -> str:
    return f"of {row.name} from {start.day} {start:%B %Y} to {end.day} {end:%B %Y}"


def _away(known: AwayKnown | None) -> dict[str, Value] | None:
    return {"from_on": known.from_on, "to_on": known.to_on, "deputy": known.deputy} if known else None


def _holds(holding: RoleHolding, today: date) -> bool:
    return holding.to_on is None or holding.to_on >= today


def _roles(rows: Rows[PersonRow], role_keys: list[RoleKey], known: Known, today: date) -> list[Change]:
    names = {row.email: row.name for row in rows.rows}
    changes = []
    for key in dict.fromkeys(role_keys):
        holding = known.roles.get(key)
        if holding is None:
            changes.append(Change("role", key, _role_name(key, names), True))
        elif not _holds(holding, today):
            changes.append(Change("role", key, _role_name(key, names), False, {"to_on": (holding.to_on, None)}))
    for key, holding in known.roles.items():
        if key[0] in names and key not in role_keys and _holds(holding, today):
            ends = {"to_on": (holding.to_on, today - timedelta(days=1))}
            changes.append(Change("role", key, _role_name(key, names), False, ends))
    return changes


def _role_name(key: RoleKey, names: Mapping[str, str]) -> str:
    email, role, team, service = key
    return f"{role} of {names[email]}" + (f" for {team or service}" if team or service else "")


def _apply_teams(session: Session, changes: Changes, services: Mapping[str, int | None]) -> None:
    known = {each.name: each for each in session.exec(select(Team))}
    for change in changes.of("team"):
        service_id = services[str(change.fields["service"][1])]
        if service_id is not None:
            team = known.get(change.name) or Team(name=change.name, service_id=service_id)
            team.service_id = service_id
            session.add(team)
    session.flush()


def _apply_persons(session: Session, changes: Changes) -> None:
    """First everybody, then who manages and stands in for whom, because either may be new."""
    _apply_addresses(session, changes)
    known = {each.email.casefold(): each for each in session.exec(select(Person))}
    teams = ids_of_teams(session)
    for change in changes.of("person"):
        email = str(change.key[0])
        person = known.setdefault(email, Person(name="", email=email))
        _set(person, change, {"team": teams.get})
        session.add(person)
    session.flush()
    people = ids_of_people(session)
    for change in changes.of("person"):
        _set(known[str(change.key[0])], change, {"line_manager": people.get, "deputy": people.get}, others=False)
    session.flush()


def _apply_addresses(session: Session, changes: Changes) -> None:
    moves = {str(old): str(new) for change in changes.of("address") for old, new in [change.fields["email"]]}
    moving = [each for each in session.exec(select(Person)) if each.email.casefold() in moves]
    now = {person.id: moves[person.email.casefold()] for person in moving}
    # Two people may change places, and an address is one person's at any time.
    for address in ({person.id: f"moving-{person.id}" for person in moving}, now):
        for person in moving:
            person.email = address[person.id]
        session.flush()


def _set(
    person: Person, change: Change, links: Mapping[str, Callable[[str], int | None]], *, others: bool = True
) -> None:
    for name, (_, value) in change.fields.items():
        if name in links:
            setattr(person, f"{name}_id", links[name](str(value)))
        elif others and name not in {"line_manager", "deputy"}:
            setattr(person, name, value or None if name == "employee_id" else value)


def _apply_roles(
    session: Session,
    changes: Changes,
    people: Mapping[str, int],
    teams: Mapping[str, int],
    services: Mapping[str, int | None],
) -> None:
    held = Known.load(session).roles
    for change in changes.of("role"):
        email, role, team, service = (str(part) for part in change.key)
        if change.new:
            place = {"team_id": teams.get(team), "service_id": services.get(service)}
            session.add(RoleHolding.model_validate({"person_id": people[email], "role": role, **place}))
        else:
            held[email, role, team, service].to_on = _day(change.fields["to_on"][1])


def _day(value: Value) -> date | None:
    return value if isinstance(value, date) else None


def _apply_absences(session: Session, changes: Changes, people: Mapping[str, int]) -> None:
    known = {(each.person_id, each.from_on): each for each in session.exec(select(Absence))}
    for change in changes.of("absence"):
        person_id = people[str(change.key[0])]
        after: dict[str, Any] = {name: value for name, (_, value) in change.fields.items()}
        if "deputy" in after:
            after["deputy_id"] = people.get(after.pop("deputy"))
        if change.new:
            session.add(Absence(person_id=person_id, **after))
            continue
        start = _day(change.key[1])
        row = known[person_id, start] if start else None
        if is_over(change):
            session.delete(row)
            continue
        for name, value in after.items():
            setattr(row, name, value)


def is_over(change: Change) -> bool:
    """Whether an absence is taken out, because another one covers each of its days."""
    return change.what == "absence" and change.fields.get("to_on", (None, True))[1] is None
