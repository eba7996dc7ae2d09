"""Duties that come round by themselves: a turn of their rhythm opens once, for everybody who holds the roles.

Whoever joins while a turn runs owes it too, due on the same day; whoever leaves owes it no more.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from operator import itemgetter

from sqlalchemy import bindparam, func
from sqlalchemy import select as select_rows
from sqlmodel import select

from qabot.framework.calendar import local_day
from qabot.framework.duties import Duty
from qabot.framework.kept import which
from qabot.framework.offsets import year_days
from qabot.models import Cycle, Deadline, DeadlineState, Event, columns
from qabot.workflows.core import in_turn, moments
from qabot.workflows.core.as_opened import those
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit

VACANT = "nobody-to-tell"
_deadline, _cycle = columns.table(Deadline).c, columns.table(Cycle).c
_of_turn = (
    _deadline.subject_type == "cycle",
    _deadline.subject_id == bindparam("turn"),
    _deadline.kind == bindparam("name"),
    _deadline.state != DeadlineState.withdrawn,
)
RUNS_UNTIL = select_rows(func.count(), func.max(_deadline.due_on)).where(*_of_turn)
"""How many owe a turn of a duty, and the last day on which it is due."""
OWED = select_rows(_deadline.owner_id, _deadline.state).where(*_of_turn)
"""Who owes a turn of a duty, or has owed it until they answered."""
STILL_OWED = select_rows(_deadline.id, _deadline.owner_id, _deadline.kind, _deadline.ladder_id).where(
    _deadline.subject_type == "cycle", _deadline.state == DeadlineState.open
)
"""What is open of all turns, whose it is, and by which duty. As columns: everybody may owe it, and each day looks."""


def run(unit: Unit, name: str, duty: Duty) -> None:
    """Open the turn of a duty that has come, and see who has joined the one that runs."""
    turn = _turn(unit, name, duty)
    if turn is not None and turn.opened_at is None:
        _open(unit, name, duty, turn)
    elif turn is not None and duty.owes_each:
        _join(unit, name, duty, turn)


def _turn(unit: Unit, name: str, duty: Duty) -> Cycle | None:
    """The turn in which today lies; None before the first one. One that had begun before qabot did is left out."""
    period = duty.every.period(unit.today) if duty.every is not None else None
    if period is None:
        return None
    known = unit.session.exec(select(Cycle).where(Cycle.activity == name, Cycle.starts_on == period.starts)).first()
    if known is not None:
        return known
    fresh = unit.session.exec(select(Cycle.id).where(Cycle.activity == name)).first() is None
    turn = Cycle(
        activity=name, name=period.name, starts_on=period.starts, due_on=period.ends, created_at=unit.since or unit.now
    )
    unit.session.add(turn)
    unit.session.flush()
    if fresh and period.starts < unit.today:
        turn.opened_at = unit.now
        unit.event("cycle-under-way", subject=("cycle", turn.id), rule=duty.rule, why="began before qabot did")
        return None
    return turn


def about_turn(duty: Duty, turn: Cycle) -> About:
    """What a turn is about, with the days from which its dates count."""
    about = About.cycle(turn)
    offsets = [each for each in (duty.terms.due, duty.opens) if each is not None]
    return About(about.subject, dates={**about.dates, **year_days(offsets, turn.starts_on)})


def _open(unit: Unit, name: str, duty: Duty, turn: Cycle) -> None:
    turn.opened_at = unit.since or unit.now
    unit.session.add(turn)
    people = holders(unit, duty.everybody or duty.tell)
    if duty.owes_each and not people:
        unit.event(VACANT, subject=("cycle", turn.id), rule=duty.rule, why="nobody holds a role that owes it")
    moments.come_round(unit, name, duty, about_turn(duty, turn), people)


def holders(unit: Unit, roles: Iterable[str]) -> list[int]:
    """Everybody who holds one of these roles today, wherever they work, also while they are away."""
    held = (person for role in roles for person in unit.directory.holders(role, unit.today))
    return list(dict.fromkeys(held))


def _join(unit: Unit, name: str, duty: Duty, turn: Cycle) -> None:
    """Whoever has joined owes the turn that runs, unless its day has passed. If nobody did, it opens with them.

    Who held the role already as it opened has not: it is the file that has a role more now, for the turns to come.
    """
    values = {"name": name, "turn": turn.id}
    [(there, due)] = columns.run(unit.session, RUNS_UNTIL, values)
    if not there and turn.opened_at is not None and _was_vacant(unit, turn):
        joined = holders(unit, duty.owes_each)
        if joined:
            moments.come_round(unit, name, duty, about_turn(duty, turn), joined)
        return
    if not there or turn.opened_at is None or (due is not None and due <= unit.today):
        return
    has = {owner for owner, _ in columns.run(unit.session, OWED, values)}
    new = _since(unit, duty.owes_each, local_day(turn.opened_at))
    joined = [person for person in holders(unit, duty.owes_each) if person not in has and person in new]
    about = about_turn(duty, turn)
    moments.open_for(unit, name, duty, About(about.subject, dates={**about.dates, "opened": turn.opened_at}), joined)


def _was_vacant(unit: Unit, turn: Cycle) -> bool:
    """Whether nobody held a role that owes it as it opened."""
    about = (Event.what == VACANT, Event.subject_type == "cycle", Event.subject_id == turn.id)
    return unit.session.exec(select(Event.id).where(*about)).first() is not None


def _since(unit: Unit, roles: Iterable[str], day: date) -> set[int]:
    """Who took on one of these roles on a day or after it."""
    held = (each for role in roles for each in unit.directory.roles.get(role, ()))
    return {each.person_id for each in held if each.from_on is not None and day <= each.from_on <= unit.today}


def leave(unit: Unit) -> None:
    """Whoever has left the roles in which they owe a turn owes it no more, also where the file has it otherwise by now.

    1. Of each open part the duty with which it opened says the roles.
    2. Who never held one keeps it, as it was handed over to them; and who holds a role that the file has for it today.
    3. A turn is done if all the others have answered.
    """
    each_own = which(unit.framework, lambda duty: bool(duty.owes_each) and duty.every is not None)
    owed = columns.run(unit.session, STILL_OWED.where(those(each_own))) if each_own else []
    left: list[tuple[int, Duty]] = []
    for kind, ladder in {(each.kind, each.ladder_id) for each in owed}:
        duty = unit.framework.duty_of(kind, ladder)
        if duty is not None:
            owners = {each.id: each.owner_id for each in owed if (each.kind, each.ladder_id) == (kind, ladder)}
            left += [(number, duty) for number in _of_leavers(unit, kind, duty, owners)]
    for number, duty in sorted(left, key=itemgetter(0)):
        _withdraw(unit, unit.session.get_one(Deadline, number), duty)


def _of_leavers(unit: Unit, kind: str, duty: Duty, owners: Mapping[int, int]) -> list[int]:
    """Which of these parts of a duty, each with whose it is, are of somebody who has left."""
    today = unit.framework.duties.get(kind)
    held = set(holders(unit, {*duty.owes_each, *(today.owes_each if today is not None else ())}))
    before = {each.person_id for role in duty.owes_each for each in unit.directory.roles.get(role, ())}
    gone = {each for each in owners.values() if each in before or unit.directory.person(each) is None} - held
    return [number for number, owner in owners.items() if owner in gone]


def _withdraw(unit: Unit, deadline: Deadline, duty: Duty) -> None:
    in_turn.take(unit.session, (deadline.subject_type, deadline.subject_id))
    if not unit.close(deadline, "Whoever owed it has left the role", withdrawn=True):
        return
    turn = unit.session.get_one(Cycle, deadline.subject_id)
    states = {state for _, state in columns.run(unit.session, OWED, {"name": deadline.kind, "turn": turn.id})}
    if DeadlineState.met in states and DeadlineState.open not in states:
        moments.happen(unit, deadline.kind, moments.DONE, about_turn(duty, turn))
