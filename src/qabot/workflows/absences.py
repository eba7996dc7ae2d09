"""Absences: the deadline does not move, the recipient does. Why somebody is away is never asked."""

from datetime import date

from sqlmodel import col, select

from qabot.errors import BadRequest
from qabot.models import Absence, Deadline, DeadlineState
from qabot.planning.directory import Staff
from qabot.workflows.situation import people_changed
from qabot.workflows.unit import Unit
from qabot.workflows.words import say_day


def record(unit: Unit, person_id: int, from_on: date, to_on: date, deputy_id: int | None, *, by: int | None) -> bool:
    """Note that a person is away; False if that is known. Their deputy is told now what falls due in that time.

    The caller reads the situation anew afterwards: this one does not know of the absence yet.
    """
    staff = unit.directory.person(person_id)
    if staff is None:
        raise BadRequest("qabot does not know this person. Import the people first.")
    if to_on < from_on:
        raise BadRequest(f"The last day away ({say_day(to_on)}) is before the first ({say_day(from_on)}).")
    if deputy_id == person_id:
        raise BadRequest("Nobody can be their own deputy. Choose somebody else or leave it empty.")
    known = select(Absence.id).where(
        Absence.person_id == person_id, Absence.from_on == from_on, Absence.to_on == to_on,
        Absence.deputy_id == deputy_id,
    )  # fmt: skip
    if unit.session.exec(known).first() is not None:
        return False
    row = Absence(person_id=person_id, from_on=from_on, to_on=to_on, deputy_id=deputy_id)
    unit.session.add(row)
    unit.session.flush()
    people_changed(unit.session)
    unit.poke_all()
    unit.event("away", actor=by, subject=("person", person_id), until=to_on.isoformat(), deputy=deputy_id)
    deputy = unit.directory.person(deputy_id or staff.deputy_id)
    if deputy is not None:
        _tell_deputy(unit, row, staff, deputy)
    return True


def tell_deputies(unit: Unit) -> None:
    """Tell whoever covers, now or soon, what falls due in that time: each deputy once for each thing.

    For absences that came in by an import; the unit's situation must know of them already.
    """
    for row in unit.session.exec(select(Absence).where(col(Absence.to_on) >= unit.today)):
        staff = unit.directory.person(row.person_id)
        deputy = unit.directory.person(row.deputy_id or staff.deputy_id) if staff is not None else None
        if staff is not None and deputy is not None:
            _tell_deputy(unit, row, staff, deputy)


def _tell_deputy(unit: Unit, row: Absence, staff: Staff, deputy: Staff) -> None:
    query = select(Deadline).where(
        Deadline.owner_id == staff.id, Deadline.state == DeadlineState.open, col(Deadline.due_on) >= row.from_on,
        col(Deadline.due_on) <= row.to_on,
    )  # fmt: skip
    for deadline in unit.session.exec(query):
        unit.notify(
            "covering", deputy.id, rule=deadline.rule, subject=(deadline.subject_type, deadline.subject_id),
            key=f"covering:{row.id}:{deputy.id}:{deadline.id}", deadline=deadline.id,
            reason=f"{staff.name} is away and this is due in that time",
            params={"away": staff.name, "until": row.to_on.isoformat()},
        )  # fmt: skip


def end(unit: Unit, person_id: int, day: date, *, by: int | None) -> bool:
    """A person is back on a day, earlier than noted; False if they were not away."""
    query = select(Absence).where(Absence.person_id == person_id, Absence.from_on <= day, Absence.to_on >= day)
    rows = list(unit.session.exec(query))
    for row in rows:
        unit.session.delete(row)
    if rows:
        people_changed(unit.session)
        unit.poke_all()
        unit.event("back", actor=by, subject=("person", person_id))
    return bool(rows)
