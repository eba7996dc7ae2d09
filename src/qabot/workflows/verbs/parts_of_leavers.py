"""The part of a leaver in what everybody owes one of their own about work: whoever has their role now takes it on.

1. The next holder of the role in which it was theirs, for the same team or service, who has no part of their own.
2. Where each of these has one already it is owed no more: they read, or have answered, the same.
3. Where nobody holds the role it stays, and its ladder tells whoever is above. Parts of a gathering or of what comes
   round are `own_parts` and `duty_turns`.
"""

from collections.abc import Collection

from sqlmodel import col, select

from qabot.framework.duties import Duty
from qabot.framework.kept import which
from qabot.framework.vocabulary import OCCASION
from qabot.models import Deadline, DeadlineState, Notice
from qabot.planning.recipients import Parties
from qabot.workflows.core import finalising, in_turn, moments, topic
from qabot.workflows.core.as_opened import those
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import alerts, audits, parts_of_alerts

ELSEWHERE = (OCCASION, "cycle")
"""What is owed about these is followed as people join and leave."""


def move_on(unit: Unit, gone: Collection[int]) -> None:
    """Look at what people who have left still owe among others."""
    each_own = which(unit.framework, lambda duty: bool(duty.owes_each) and duty.every is None)
    query = select(Deadline).where(
        Deadline.state == DeadlineState.open,
        those(each_own),
        col(Deadline.owner_id).in_(gone),
        col(Deadline.subject_type).not_in(ELSEWHERE),
    )
    for part in sorted(unit.session.exec(query).all(), key=lambda each: each.id) if gone else ():
        duty = unit.framework.duty_of(part.kind, part.ladder_id)
        if duty is not None:
            _move(unit, duty, part)


def _move(unit: Unit, duty: Duty, part: Deadline) -> None:
    in_turn.take(unit.session, (part.subject_type, part.subject_id))
    if part.state != DeadlineState.open:
        return
    holders = _holders(unit, duty, part)
    others = _parts_beside(unit, part)
    have = {each.owner_id for each in others}
    heir = next((each for each in holders if each not in have), None)
    if heir is not None:
        _give(unit, duty, part, heir)
    elif holders:
        unit.close(
            part, "Whoever owed it has left, and those who hold the role have a part of their own", withdrawn=True
        )
        parts_of_alerts.go_on(unit, part)
        if {each.state for each in others} == {DeadlineState.met}:
            _go_on(unit, duty, part, others)


def _go_on(unit: Unit, duty: Duty, part: Deadline, others: Collection[Deadline]) -> None:
    """All others have done theirs: what follows from the last of them follows now."""
    about = topic.about_deadline(unit, part)
    moments.happen(unit, part.kind, moments.DONE, about)
    last = max(others, key=lambda each: (each.closed_at or unit.now, each.id))
    if duty.is_alert and last.closed_by_id is not None:
        alerts.note_seen(unit, part, by=last.closed_by_id)
    if about.audit is not None:
        finalising.make_final(unit, about.audit, by=None)


def _holders(unit: Unit, duty: Duty, part: Deadline) -> list[int]:
    """Who holds a role today in which it was the leaver's."""
    directory, parties = unit.directory, topic.parties_to(unit, part)
    theirs = [
        role
        for role in duty.owes_each
        if any(each.person_id == part.owner_id for each in directory.roles.get(role, ()))
    ]
    people = [each for role in theirs for each in _of_role(unit, role, parties)]
    return [each for each in dict.fromkeys(people) if each not in (parties.apart, part.practitioner_id)]


def _of_role(unit: Unit, role: str, parties: Parties) -> list[int]:
    if role not in unit.framework.roles:
        return []
    of = parties.place_of(unit.framework.roles[role].of)
    return unit.directory.holders(role, unit.today, team_id=parties.team_id, of=of)


def _parts_beside(unit: Unit, part: Deadline) -> list[Deadline]:
    query = select(Deadline).where(
        Deadline.kind == part.kind,
        Deadline.subject_type == part.subject_type,
        Deadline.subject_id == part.subject_id,
        Deadline.id != part.id,
        Deadline.state != DeadlineState.withdrawn,
    )
    return list(unit.session.exec(query).all())


def _give(unit: Unit, duty: Duty, part: Deadline, heir: int) -> None:
    """It is theirs now, and they hear so: of an alert by its ladder, which begins anew for them, else once."""
    before = unit.directory.name(part.owner_id)
    unit.supersede(f"{before} has left", col(Notice.deadline_id) == part.id, col(Notice.recipient_id) == part.owner_id)
    part.owner_id = heir
    if duty.is_alert:
        part.fired = []
    audits.begin_anew(unit, part)
    unit.poke([part])
    unit.redraw_deadlines([part.id])
    unit.event_of(part, "handed-over", why=f"from {before} to {unit.directory.name(heir)}")
    if not duty.is_alert:
        unit.notify(
            "duty",
            heir,
            rule=part.rule,
            subject=(part.subject_type, part.subject_id),
            role="owner",
            key=f"handed-over:{part.id}:{heir}:left",
            deadline=part.id,
            reason=f"{before} has left",
        )
