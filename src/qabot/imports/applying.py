"""Applying imports to a programme at work: recipients change, deputies are told, audits open deadlines and alerts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta

from sqlmodel import col, select

from qabot.framework.calendar import at_local
from qabot.imports.audits import AuditRow
from qabot.imports.changes import Change, Changes, Value
from qabot.imports.known import Known, ids_of_people, ids_of_teams
from qabot.imports.people import apply_people, is_over
from qabot.models import Absence, Audit, Cycle, Occasion
from qabot.workflows.core import rearming, recounting
from qabot.workflows.core.situation import people_changed, read_directory
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import absences, differences, welcomes
from qabot.workflows.programme import cycles, gatherings, taken_back
from qabot.workflows.programme.allocation import give_imported, new_reference, window_of
from qabot.workflows.verbs import audits, leavers, nominees

CANCELLED_BY_FILE = "The list that it comes from says so"
"""Why a day is cancelled that a later file cancels."""
CAME_IN = time(12, 0)
"""The time of day (local) at which grades are taken to have come in, when the file gives only the day."""


def apply_staff(unit: Unit, changes: Changes) -> None:
    """Write an import of people; whoever now covers for somebody away is told what falls due in that time."""
    for change in filter(is_over, changes.changes):
        email, first = change.key
        whose = col(Absence.person_id) == ids_of_people(unit.session)[str(email)]
        absences.stop_covering(unit, unit.session.exec(select(Absence).where(whose, Absence.from_on == first)).one())
    apply_people(unit.session, changes)
    _note_joining(unit, changes)
    people_changed(unit.session)
    now = replace(unit, situation=replace(unit.situation, directory=read_directory(unit.session)))
    absences.tell_deputies(now)
    leavers.move_on(now)
    nominees.follow(now)
    differences.follow(now)
    welcomes.greet_again(now, _back(unit, changes))
    recounting.of_people(now, unit.situation.directory)
    # Last: it holds what everybody who presses meanwhile waits for, so it must not wait for any of them.
    unit.poke_all()


def _note_joining(unit: Unit, changes: Changes) -> None:
    """A role that somebody takes on, or takes up again, while the programme is at work is theirs from today on."""
    if all(unit.session.exec(select(each.id)).first() is None for each in (Cycle, Occasion)):
        return
    back = _back(unit, changes)
    yesterday = unit.today - timedelta(days=1)
    # With the team or service: a role that somebody takes on for another one was theirs for the first all along.
    begun = {each.key for each in changes.of("role") if _begins(each, yesterday)}
    for key, held in Known.load(unit.session).roles.items():
        if held.to_on is None and (held.person_id in back or key in begun):
            held.from_on = unit.today
            unit.session.add(held)


def _back(unit: Unit, changes: Changes) -> set[int]:
    """Whoever had left, and works here again."""
    people = ids_of_people(unit.session)
    return {people[str(each.key[0])] for each in changes.of("person", new=False) if _comes_back(each)}


def _comes_back(change: Change) -> bool:
    """Whether somebody who had left works here again."""
    return change.fields.get("active") == (False, True)


def _begins(change: Change, yesterday: date) -> bool:
    """Whether a role is new to somebody, or was not theirs on `yesterday` and is again."""
    if change.new:
        return True
    before, after = change.fields["to_on"]
    return after is None and isinstance(before, date) and before < yesterday


def apply_days(unit: Unit, changes: Changes) -> None:
    """Plan, move or cancel the days of an import, in one transaction with the caller's."""
    people, teams = ids_of_people(unit.session), ids_of_teams(unit.session)
    for change in changes.of("day"):
        thing, key = str(change.key[0]), str(change.key[1])
        after = {name: value for name, (_, value) in change.fields.items()}
        day = after.get("day")
        if not change.new:
            query = select(Occasion).where(Occasion.thing == thing, Occasion.key == key)
            occasion = unit.session.exec(query).one()
            if after.get("cancelled"):
                if not taken_back.take_back(unit, occasion, CANCELLED_BY_FILE):
                    gatherings.cancel(unit, occasion, CANCELLED_BY_FILE, by=None)
            elif isinstance(day, date):
                gatherings.move(unit, occasion, day, by=None)
        elif isinstance(day, date):
            _learn(unit, thing, key, day, after, people.get(str(after["person"])), teams.get(str(after["team"])))


def _learn(
    unit: Unit,
    thing: str,
    key: str,
    day: date,
    after: Mapping[str, Value],
    person_id: int | None,
    team_id: int | None,
) -> None:
    known = unit.framework.occasion(thing)
    occasion = Occasion(
        thing=thing,
        key=key,
        title=known.title if known is not None else thing,
        reference=str(after["reference"]) if thing in unit.framework.events else "",
        day=day,
        case_reference=str(after["case"]) or None,
        person_id=person_id,
        team_id=team_id,
        planned_at=unit.now,
        changed_at=unit.now,
    )
    gatherings.learn(unit, occasion)


def apply_audits(unit: Unit, rows: Sequence[AuditRow], *, history: bool = False) -> None:
    """Make or change the audits of an import, in one transaction with the caller's.

    With `history` what has grades is over: it is kept, nothing follows from it, and nobody is told.
    """
    for row in rows:
        audit = (
            _made(unit, row) if row.audit_id is None else _changed(unit, row, unit.session.get_one(Audit, row.audit_id))
        )
        if row.submits:
            came_in = at_local(row.submitted_on, CAME_IN) if row.submitted_on else unit.now
            at = min(came_in, unit.now)
            if history:
                audits.take_as_history(unit, audit, row.answers, by=row.auditor_id, at=at)
            else:
                audits.submit(unit, audit, row.answers, by=row.auditor_id, at=at)


def _made(unit: Unit, row: AuditRow) -> Audit:
    activity = unit.framework.activities[row.activity]
    period = activity.every.period(row.cycle) or activity.every.asked_for(row.cycle, row.due or row.cycle)
    cycle = cycles.ensure_cycle(unit, row.activity, activity, period)
    window = window_of(unit, activity, cycle)
    audit = Audit(
        reference=new_reference(unit),
        activity=row.activity,
        cycle_id=cycle.id,
        auditor_id=row.auditor_id,
        about=row.about,
        what=row.what,
        case_reference=row.case_reference or None,
        team_id=row.team_id if row.team_id is not None or row.about == "case" else _team_of(unit, row),
        practitioner_id=row.practitioner_id,
        due_on=row.due or window.due,
        due_at=window.due_at if row.due is None else None,
        allocated_at=unit.now,
    )
    unit.session.add(audit)
    unit.session.flush()
    unit.event("audit-imported", subject=("audit", audit.id), rule=activity.rule)
    give_imported(unit, audit, activity, cycle, tell=not row.submits)
    return audit


def _team_of(unit: Unit, row: AuditRow) -> int | None:
    """The team of the person whom work is about, else of whoever does it."""
    staff = unit.directory.person(row.practitioner_id or row.auditor_id)
    return staff.team_id if staff is not None else None


def _changed(unit: Unit, row: AuditRow, audit: Audit) -> Audit:
    if audit.auditor_id != row.auditor_id:
        audits.reassign(unit, audit, row.auditor_id, by=None)
    audit.case_reference, audit.practitioner_id = row.case_reference or None, row.practitioner_id
    audit.team_id = row.team_id or audit.team_id
    if row.due is not None and row.due != audit.due_on:
        audit.due_on, audit.due_at = row.due, None
        for deadline in unit.open_deadlines(("audit", audit.id), {"audit"}):
            rearming.move(unit, deadline, row.due)
    unit.session.add(audit)
    unit.event("audit-changed", subject=("audit", audit.id), why="import")
    return audit
