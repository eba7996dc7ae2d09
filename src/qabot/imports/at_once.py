"""A plan carried out without having been shown, and who did it in the log."""

from collections import defaultdict
from collections.abc import Callable

from sqlmodel import Session, col, select

from qabot.errors import BadRequest
from qabot.imports.changes import Changes
from qabot.imports.kinds import Plan
from qabot.imports.known import ids_of_people
from qabot.models import Person, alone
from qabot.workflows.core.unit import Unit

NO_ADMINISTRATOR = "Nobody would be an administrator any more. Make somebody else one first."


def do(unit: Unit, plan: Plan) -> Changes:
    """Do it without having shown it. Raises `BadFile` or `BadRequest`."""
    alone.be_alone(unit.session, alone.Work.imports)
    return carry_out(unit, *plan(unit))


def carry_out(unit: Unit, changes: Changes, change: Callable[[Unit], object]) -> Changes:
    """Make the changes of a plan. Raises `BadRequest` where nobody could look after qabot any more."""
    change(unit)
    unit.session.flush()
    keep_an_administrator(unit.session, changes)
    return changes


def keep_an_administrator(session: Session, changes: Changes) -> None:
    """Nobody could undo it from here: only a command could."""
    if not any({"administrator", "active"} & set(each.fields) for each in changes.of("person")):
        return
    query = select(Person.id).where(col(Person.administrator).is_(True), col(Person.active).is_(True))
    if session.exec(query).first() is None:
        raise BadRequest(NO_ADMINISTRATOR)


def note(unit: Unit, changes: Changes, what: str, *, by: int | None) -> None:
    """Write to the log who did it: a line for each person, without what was written; of any other file its numbers."""
    if what != "people":
        added = sum(each.new for each in changes.changes)
        unit.event("file-imported", actor=by, kind=what, added=added, changed=len(changes.changes) - added)
        return
    ids, moved = (
        ids_of_people(unit.session),
        {str(each.key[0]): each.fields["email"][1] for each in changes.of("address")},
    )
    fields: dict[int, list[str]] = defaultdict(list)
    for each in changes.changes:
        person = ids.get(str(moved.get(str(each.key[0]), each.key[0])))
        if person is not None:
            fields[person] += ["added"] if each.new and each.what == "person" else list(each.fields) or [each.what]
    for person, names in fields.items():
        unit.event("person-changed", actor=by, subject=("person", person), fields=", ".join(dict.fromkeys(names)))
