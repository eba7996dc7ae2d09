"""What everybody owes one of their own to a gathering or about an event, as people join and leave.

Whoever joins before it is due owes theirs too; whoever leaves the role owes theirs no more. Of the turns of a duty that
comes round, `duty_turns` does the same. Whoever joins before a meeting is invited to it as well.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam
from sqlmodel import col, select

from qabot.framework.calendar import local_day
from qabot.framework.duties import Duty
from qabot.framework.gatherings import PLANNED, Gathering
from qabot.framework.kept import which
from qabot.framework.opened import Which
from qabot.framework.vocabulary import OCCASION
from qabot.models import Deadline, DeadlineState, Occasion, OccasionState
from qabot.planning.directory import Holding
from qabot.workflows.access import chairing
from qabot.workflows.core import in_turn, moments
from qabot.workflows.core.as_opened import those
from qabot.workflows.core.topic import About
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import gatherings

TO_COME = (
    select(Occasion)
    .where(Occasion.state == OccasionState.planned, Occasion.day >= bindparam("today"))
    .order_by(col(Occasion.id))
)
"""The days that are planned from today on."""


def run(unit: Unit) -> None:
    """Look at what everybody has a part of, for each day that is still to come."""
    duties = {name: each for name, each in unit.framework.duties.items() if each.owes_each and each.every is None}
    each_own = which(unit.framework, lambda duty: bool(duty.owes_each) and duty.every is None)
    if not each_own and not unit.framework.gatherings:
        return
    for occasion in unit.session.exec(TO_COME, params={"today": unit.today}).all():
        for name, duty in duties.items():
            if f"{occasion.thing}.{PLANNED}" in duty.when:
                _join(unit, name, duty, occasion)
        if each_own:
            _leave(unit, occasion, each_own)
        gathering = unit.framework.gatherings.get(occasion.thing)
        if gathering is not None and not gathering.is_report:
            gatherings.invite(unit, occasion, _newly_invited(unit, gathering, occasion))


def _newly_invited(unit: Unit, gathering: Gathering, occasion: Occasion) -> list[int]:
    """Whoever has taken a role on since it was planned, and is invited now."""
    since = local_day(occasion.planned_at)
    holding = (held for role in gathering.to for held in unit.directory.roles.get(role, ()))
    new = {held.person_id for held in holding if held.from_on is not None and since <= held.from_on <= unit.today}
    chairs = chairing.runners(unit, gathering, occasion.day)
    return [each for each in chairing.held_by(unit, gathering.to, occasion.day) if each in new and each not in chairs]


def _join(unit: Unit, name: str, duty: Duty, occasion: Occasion) -> None:
    in_turn.take(unit.session, (OCCASION, occasion.id))
    parts = _parts(unit, name, occasion)
    about = About.day(occasion)
    owners = moments.owners_of(unit, name, duty, about) if parts else []
    moments.open_each(unit, name, duty, about, _joined(unit, duty, occasion, owners, parts))


def _leave(unit: Unit, occasion: Occasion, each_own: Which) -> None:
    """Of each open part the duty with which it opened says the roles, also where the file has it otherwise by now."""
    of_it = (Deadline.subject_type == OCCASION, Deadline.subject_id == occasion.id)
    query = select(Deadline).where(*of_it, Deadline.state == DeadlineState.open, those(each_own))
    about = About.day(occasion)
    owing: dict[tuple[str, int], set[int | None]] = {}
    for part in unit.session.exec(query.order_by(col(Deadline.id))).all():
        duty = unit.framework.duty_of(part.kind, part.ladder_id)
        if duty is None or f"{occasion.thing}.{PLANNED}" not in duty.when:
            continue
        if (opened_by := (part.kind, part.ladder_id)) not in owing:
            both = (duty, unit.framework.duties.get(part.kind, duty))
            owing[opened_by] = {person for each in both for person in moments.owners_of(unit, part.kind, each, about)}
        if not _has_left(unit, duty, part, owing[opened_by]):
            continue
        in_turn.take(unit.session, (OCCASION, occasion.id))
        closed = unit.close(part, "Whoever owed it has left the role", withdrawn=True)
        if closed and {each.state for each in _parts(unit, part.kind, occasion)} == {DeadlineState.met}:
            moments.happen(unit, part.kind, moments.DONE, about)


def _parts(unit: Unit, name: str, occasion: Occasion) -> Sequence[Deadline]:
    """What there is of a duty for a day, and was not withdrawn."""
    of_it = (Deadline.kind == name, Deadline.subject_type == OCCASION, Deadline.subject_id == occasion.id)
    query = select(Deadline).where(*of_it, Deadline.state != DeadlineState.withdrawn).order_by(col(Deadline.id))
    return unit.session.exec(query).all()


def _joined(
    unit: Unit, duty: Duty, occasion: Occasion, owners: Collection[int | None], parts: Sequence[Deadline]
) -> list[int]:
    """Who has taken a role on since the day was planned, and has no part yet; nobody once it is due."""
    if any(each.due_on is not None and each.due_on <= unit.today for each in parts):
        return []
    there, since = {each.owner_id for each in parts}, local_day(occasion.planned_at)
    return [
        each
        for each in owners
        if each is not None
        and each not in there
        and any(held.from_on is not None and held.from_on >= since for held in _held(unit, duty, each, now=True))
    ]


def _has_left(unit: Unit, duty: Duty, part: Deadline, owners: Collection[int | None]) -> bool:
    """Whether whoever owes it works here no more, or held one of the roles and does so no longer.

    Somebody to whom it was handed over has held none, and keeps it; and so it stays where nobody holds any now, because
    the ladder then tells whoever is above.
    """
    nobody_else = not any(_held(unit, duty, each, now=True) for each in owners if each is not None)
    if part.owner_id is None or part.owner_id in owners or nobody_else:
        return False
    return unit.directory.person(part.owner_id) is None or bool(_held(unit, duty, part.owner_id, now=False))


def _held(unit: Unit, duty: Duty, person: int, *, now: bool) -> list[Holding]:
    """The roles that owe it as this person holds them today, or held them before."""
    every = (held for role in duty.owes_each for held in unit.directory.roles.get(role, ()))
    return [each for each in every if each.person_id == person and each.holds_on(unit.today) is now]
