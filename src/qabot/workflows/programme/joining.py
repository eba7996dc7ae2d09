"""Whoever takes on a role while a cycle runs has their part of its work, pro rata of the days that are left."""

from datetime import date

from sqlalchemy import bindparam
from sqlalchemy import select as select_rows
from sqlmodel import select

from qabot.framework.activities import Activity
from qabot.framework.calendar import local_day
from qabot.models import Cycle, Event, columns
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.allocation import give
from qabot.workflows.programme.shares import Piece, shares_of

_event = columns.table(Event).c
GIVEN = select_rows(_event.id).where(
    _event.what == "cycle-allocated", _event.subject_type == "cycle", _event.subject_id == bindparam("cycle")
)
"""Whether the work of a cycle was given."""


def join(unit: Unit, name: str, activity: Activity, cycle: Cycle) -> None:
    """Give what is due to those who joined since the cycle's work was given; each person once in a cycle.

    A number that a pool shares was given whole: who joins it later has a turn in the next cycle.
    """
    if cycle.opened_at is None:
        return
    next_day = unit.situation.calendar.add_days(unit.today, 1)
    joined = sorted(_since(unit, activity, local_day(cycle.opened_at)).items())
    if next_day >= cycle.due_on or not joined or not _was_given(unit, cycle):
        return
    new = {person: since for person, since in joined if not _has_joined(unit, cycle, person)}
    if not new:
        return
    per_role = activity.model_copy(update={"do": tuple(each for each in activity.do if not each.shared_by)})
    pieces = shares_of(unit, name, per_role, cycle).pieces
    given = local_day(cycle.opened_at)
    for person, since in new.items():
        theirs = [each for each in pieces if _concerns(each, person)]
        if not theirs and since == given:  # they were there already as it was given
            continue
        unit.event(
            "joined-cycle",
            subject=("cycle", cycle.id),
            rule=activity.rule,
            person=person,
            given=len(theirs),
            why="They took on a role while it ran",
        )
        give(unit, name, activity, cycle, theirs, f"joined:{name}:{cycle.starts_on.isoformat()}:{person}")


def _concerns(piece: Piece, person: int) -> bool:
    """Whether a piece is theirs to do, or, where there is one about each of some people, about them."""
    return piece.person == person if piece.person is not None else piece.owner == person


def _was_given(unit: Unit, cycle: Cycle) -> bool:
    return bool(columns.run(unit.session, GIVEN, {"cycle": cycle.id}))


def _since(unit: Unit, activity: Activity, given: date) -> dict[int, date]:
    """Who holds a role of this activity today, and took it on after its work was given, or on that day; and when."""
    roles = {role for each in activity.do for role in (each.per, each.for_each) if role is not None}
    return {
        held.person_id: held.from_on
        for role in roles
        for held in unit.directory.roles.get(role, ())
        if held.from_on is not None
        and given <= held.from_on <= unit.today
        and held.holds_on(unit.today)
        and unit.directory.person(held.person_id) is not None
    }


def _has_joined(unit: Unit, cycle: Cycle, person: int) -> bool:
    query = select(Event.detail).where(
        Event.what == "joined-cycle", Event.subject_type == "cycle", Event.subject_id == cycle.id
    )
    return any(detail.get("person") == person for detail in unit.session.exec(query))
