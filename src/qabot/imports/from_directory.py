"""What a directory states, as a file of people: what was accepted of it, and that somebody has left."""

from collections.abc import Sequence

from sqlmodel import select

from qabot.errors import BadRequest
from qabot.imports import at_once, sent
from qabot.imports.kinds import Plan
from qabot.imports.known import Known
from qabot.models import Difference, DirectoryUser, Person
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import differences

Chosen = Sequence[tuple[Difference, DirectoryUser]]
EMPTY = ("name", "email", "former_email", "employee_id", "team", "line_manager")
LONGEST = 200
"""Letters of a text that is kept of what a directory states: longer than any name or address here may be."""
NO_ADDRESS = "The directory gives no e-mail address of {who}. Put one in there, or add them on a page here."


def accepted(unit: Unit, chosen: Chosen) -> Plan:
    """The plan of these differences, a row for each person. Raises `BadRequest` where it would change somebody else."""
    known, rows = Known.load(unit.session), dict[int, dict[str, str]]()
    for difference, user in chosen:
        row = rows.setdefault(user.id, _as_known(unit, known, user))
        if difference.field == differences.NEW:
            row.update(differences.stated_of(unit, user))
        elif difference.field == differences.WORKS:
            row["active"] = "yes" if user.active else "no"
        else:
            row[difference.field] = difference.stated
        if not row["email"]:
            raise BadRequest(NO_ADDRESS.format(who=row["name"] or user.user_name))
        _refuse_another(unit, user, row)
        moves = row["email"] != known.emails.get(user.person_id) and user.person_id is not None
        row["former_email"] = known.emails[user.person_id] if moves else ""
    return sent.people(list(rows.values()))


def left(unit: Unit, user: DirectoryUser) -> Plan | None:
    """The plan by which this user's person has left; None if they are not here, or have left before."""
    person = unit.session.get(Person, user.person_id) if user.person_id is not None else None
    if person is None or not person.active:
        return None
    return sent.people([{"name": person.name, "email": person.email.casefold(), "active": "no"}])


def leave(unit: Unit, user: DirectoryUser, *, by: int | None) -> bool:
    """Whether whoever left there has left here: at once, or, after many others, when somebody has accepted it.

    `by` is the person for whom the directory's program acts, if one does. Raises `BadFile` or `BadRequest` where an
    import could not do it.
    """
    plan = left(unit, user)
    if plan is None:
        return True
    if not differences.may_leave(unit, user):
        differences.hold(unit, user)
        return False
    changes = at_once.do(unit, plan)
    assert user.person_id is not None  # noqa: S101 - only somebody who is here can leave
    at_once.note(unit, changes, "people", by=by)
    unit.event("left-by-directory", actor=by, subject=("person", user.person_id))
    return True


def _as_known(unit: Unit, known: Known, user: DirectoryUser) -> dict[str, str]:
    """Somebody as they are here; nothing of somebody new."""
    empty = {**dict.fromkeys(EMPTY, ""), "active": "yes"}
    if user.person_id is None:
        return empty
    email = known.emails[user.person_id]
    person = known.people[email]
    here = {name: str(person[name]) for name in ("name", "employee_id", "team", "line_manager")}
    return {**empty, **here, "email": email, "active": "yes" if person["active"] else "no"}


def _refuse_another(unit: Unit, user: DirectoryUser, row: dict[str, str]) -> None:
    """Nobody else's entry is changed because they have the address or the number that a directory states."""
    for column, field in ((Person.email, "email"), (Person.employee_id, "employee_id")):
        if not row[field]:
            continue
        other = unit.session.exec(select(Person).where(column == row[field], Person.id != user.person_id)).first()
        if other is not None:
            what = differences.FIELDS[field].lower()
            raise BadRequest(f"{row[field]} is the {what} of {other.name} here. Change that first, or decline this.")
