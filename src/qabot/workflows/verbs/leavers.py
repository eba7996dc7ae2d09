"""Work of whoever has left moves on to whoever holds the role now in which it was theirs; dates and ladder go on."""

from collections import Counter
from contextlib import suppress

from sqlmodel import col, func, select

from qabot.errors import BadRequest
from qabot.models import Audit, AuditState
from qabot.planning.directory import Holding
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.allocation import why_not
from qabot.workflows.programme.withdrawing import withdraw
from qabot.workflows.verbs import parts_of_leavers
from qabot.workflows.verbs.audits import reassign


def move_on(unit: Unit) -> None:
    """Hand on what leavers still had to do, and take out what was about them.

    Where nobody holds the role it stays theirs for now, and the ladder tells the next step up; whoever takes the role
    on later is given it then. What nobody's role gave them (imported, or asked for) stays too.
    """
    waiting = select(Audit).where(Audit.state == AuditState.allocated).order_by(col(Audit.id))
    gone = {number for number, staff in unit.directory.people.items() if not staff.active}
    if not gone:
        return
    concerned = waiting.where(col(Audit.auditor_id).in_(gone) | col(Audit.practitioner_id).in_(gone))
    load = _load(unit)
    for audit in unit.session.exec(concerned).all():
        if audit.about == "person" and audit.practitioner_id in gone:
            with suppress(BadRequest):  # an alert about it waits: that comes first
                withdraw(unit, audit, "The person whom it is about has left", by=None)
        elif audit.auditor_id in gone and (to := _next(unit, audit, load)) is not None:
            load[to] += 1
            reassign(unit, audit, to, by=None)
    parts_of_leavers.move_on(unit, gone)


def _load(unit: Unit) -> Counter[int]:
    """How much everybody has to do still."""
    query = select(Audit.auditor_id, func.count()).where(Audit.state == AuditState.allocated)
    return Counter(dict(unit.session.exec(query.group_by(col(Audit.auditor_id))).all()))


def _next(unit: Unit, audit: Audit, load: Counter[int]) -> int | None:
    """Who takes it on: of those who hold the role for the same place, and may, whoever has least to do."""
    directory, role = unit.directory, unit.framework.roles.get(audit.role)
    if role is None:
        return None
    theirs = [each for each in directory.roles.get(audit.role, ()) if each.person_id == audit.auditor_id]
    left = directory.people.get(audit.auditor_id)
    team = audit.team_id if audit.about == "person" else left.team_id if left is not None else None
    able = {
        held.person_id
        for held in directory.roles.get(audit.role, ())
        if held.holds_on(unit.today)
        and directory.person(held.person_id) is not None
        and (role.of == "council" or _same_place(unit, held, theirs, team))
        and held.person_id != audit.practitioner_id
        and not why_not(unit, audit, held.person_id)
    }
    return min(able, key=lambda each: (load[each], each), default=None)


def _same_place(unit: Unit, held: Holding, theirs: list[Holding], team: int | None) -> bool:
    """Whether a role is held for where the leaver held it, or for the team that the work is of."""
    places = {(each.team_id, each.service_id) for each in theirs}
    place = unit.directory.teams.get(team) if team is not None else None
    if place is not None:
        places |= {(team, None), (None, place.service_id)}
    return (held.team_id, held.service_id) in places
