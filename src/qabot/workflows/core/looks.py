"""Second looks: whom a piece of work goes to that is looked at again, and since when; what samples and duties share."""

from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select

from qabot.framework.calendar import local_day
from qabot.framework.duties import SECOND_GRADE, Duty, Terms
from qabot.framework.schema import MODERATION, Framework
from qabot.models import Audit, Deadline, Moderation
from qabot.models.audit import final_at
from qabot.planning.recipients import Parties, holders, recipients
from qabot.planning.sampling import draw_order
from qabot.workflows.core.subjects import Subject
from qabot.workflows.core.unit import Unit

DONE, AGREES = "moderation-done", "agrees"
"""The message that a second look is done, and what its `params` say of both grades."""


def compared(look: Moderation, audit: Audit) -> dict[str, str]:
    """Whether both grades are the same, as the message's `params` say it; empty where one of them is none."""
    both = look.grade and audit.grade
    return {AGREES: "yes" if look.grade == audit.grade else "no"} if both else {}


def to_judge(framework: Framework) -> ColumnElement[bool]:
    """The condition that a second look still waits for a grade: until then whoever looks is not told the first one.

    What a sample asks instead of a grade, such as whether actions are taken, can only be answered by who knows it.
    """
    others = [name for name, each in framework.samples.items() if SECOND_GRADE not in each.ask]
    return and_(col(Moderation.done_at).is_(None), col(Moderation.layer).not_in(others))


def only_the_talk_is_left(subject: Subject) -> bool:
    """Whether the second judgement is in, and somebody has still to speak with the practitioner."""
    return subject.open and subject.moderation is not None and subject.moderation.done_at is not None


def days_of(audit: Audit) -> dict[str, Any]:
    """The days from which an audit's offsets count."""
    moments = {"submitted": audit.submitted_at, "final": final_at(audit), "moderated": audit.moderated_at}
    return {name: local_day(moment) for name, moment in moments.items() if moment is not None}


def known(unit: Unit, audit: Audit, layer: str) -> Moderation | None:
    """The second look of an audit in a layer (a sample's name, or a duty's), if there is one."""
    query = select(Moderation).where(Moderation.audit_id == audit.id, Moderation.layer == layer)
    return unit.session.exec(query).first()


def ask(unit: Unit, audit: Audit, name: str, duty: Duty) -> list[Deadline]:
    """A duty asks for a second judgement. It is one of the sample towards which it counts.

    A second look that was drawn for the sample, and waits, becomes the one that the duty asks for. One that is over and
    was not asked for by this duty, answers nothing of it: what the duty asks is asked all the same, as after a second
    look that nobody drew.
    """
    samples = unit.framework.samples
    layer = next((each for each, sample in samples.items() if name in sample.counts), name)
    before = known(unit, audit, layer)
    if before is not None and before.done_at is not None and not _asked_for(unit, before, name):
        layer, before = name, known(unit, audit, name)
    if before is None:
        rule = samples[layer].rule if layer in samples else duty.rule
        moderator = _moderator(unit, audit, duty.everybody[0], name)
        return draw_one(unit, audit, layer, rule, moderator, kind=name, terms=duty.terms, duty=duty)
    if before.done_at is not None or unit.open_deadlines(("moderation", before.id), {name}):
        return []
    for waiting in unit.open_deadlines(("moderation", before.id)):
        unit.close(waiting, f"Became: {duty.title}", withdrawn=True)
    return _open(unit, audit, before, name, duty.terms, duty)


def _asked_for(unit: Unit, look: Moderation, name: str) -> bool:
    """Whether a duty has asked for this second look."""
    of_it = (Deadline.subject_type == MODERATION, Deadline.subject_id == look.id, Deadline.kind == name)
    return unit.session.exec(select(Deadline.id).where(*of_it)).first() is not None


def draw_one(
    unit: Unit,
    audit: Audit,
    layer: str,
    rule: str,
    moderator: int | None,
    *,
    terms: Terms,
    kind: str = MODERATION,
    duty: Duty | None = None,
) -> list[Deadline]:
    """Have somebody look at an audit again, unless it is in this layer already."""
    if known(unit, audit, layer) is not None:
        return []
    row = Moderation(audit_id=audit.id, layer=layer, rule=rule, moderator_id=moderator, drawn_at=unit.now)
    unit.session.add(row)
    unit.session.flush()
    return _open(unit, audit, row, kind, terms, duty)


def _open(unit: Unit, audit: Audit, row: Moderation, kind: str, terms: Terms, duty: Duty | None) -> list[Deadline]:
    anchors: dict[str, Any] = {**days_of(audit), "drawn": unit.today, "opened": unit.now}
    opened = unit.open_deadline(
        kind, ("moderation", row.id), anchors, terms=terms, owner_id=row.moderator_id, audit=audit, duty=duty
    )
    return [opened] if opened is not None else []


def _moderator(unit: Unit, audit: Audit, first: str, seed: str) -> int | None:
    """The role's holder for the team; of several, one by lot. Never whoever made the audit: then the role above."""
    parties = Parties(team_id=audit.team_id, auditor_id=audit.auditor_id, practitioner_id=audit.practitioner_id)
    role: str | None = first
    tried: set[str] = set()
    while role and role in unit.framework.roles and role not in tried:
        tried.add(role)
        people = able(unit, audit, holders(role, parties, unit.directory, unit.framework, unit.today))
        if people:
            return by_lot(audit, people, seed)
        role = unit.framework.roles[role].above
    recipients_there = recipients((first,), parties, unit.directory, unit.framework, unit.today)
    last = able(unit, audit, [each.person_id for each in recipients_there])
    return by_lot(audit, last, seed) if last else None


def able(unit: Unit, audit: Audit, people: list[int]) -> list[int]:
    """Those who neither made the audit nor have somebody stand in today who did."""
    own = {audit.auditor_id, audit.practitioner_id}
    away = {each for each in people if unit.directory.people[each].absence(unit.today)}
    acting = {each: unit.directory.deputy(each, unit.today) if each in away else each for each in people}
    return [each for each in people if not own & {each, acting[each]}]


def by_lot(audit: Audit, people: list[int], seed: str) -> int:
    """One of several, always the same for the same seed and audit."""
    return int(draw_order(f"{seed}:{audit.reference}", [str(each) for each in people])[0])
