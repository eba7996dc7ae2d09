"""Who may know what of many audits at once: as `records.sight` says of one, in a few statements for all of them."""

from collections import defaultdict
from collections.abc import Collection

from sqlmodel import col, select

from qabot.models import AnswerRow, Audit, Deadline, ListLine, Moderation, Notice
from qabot.planning.directory import Staff
from qabot.workflows.access import records
from qabot.workflows.core import looks
from qabot.workflows.core.rows import ROW
from qabot.workflows.core.unit import Unit

Subject = tuple[str, int]


def grades_known(unit: Unit, audits: Collection[Audit], person: Staff) -> dict[int, bool]:
    """Of these audits those whose record this person may open, by id; each with whether they may know its grade."""
    people = {person.id, *records.stood_for(unit, person.id)}
    ids = [each.id for each in audits]
    of = _of_audits(unit, ids)
    reached, owned = _told(unit, people, of), _owned(unit, people, of)
    waiting = set(
        unit.session.exec(
            select(Moderation.audit_id).where(Moderation.moderator_id == person.id, looks.to_judge(unit.framework))
        )
    )
    known: dict[int, bool] = {}
    steward, lines = records.is_steward(unit, person), dict[int | None, tuple[bool, bool]]()
    for audit in audits:
        if audit.team_id not in lines:
            lines[audit.team_id] = records.in_line_of(unit, audit, people)
        of_line, above = lines[audit.team_id]
        messages = reached.get(audit.id, set())
        theirs = bool({audit.auditor_id, audit.asked_by_id} & people) or audit.id in owned
        if steward or of_line or messages or theirs:
            waits = audit.id in waiting
            known[audit.id] = records.knows_grade(
                unit, audit, person, people, messages, waits=waits, over=steward or above
            )
    return known


def known_to(unit: Unit, audits: Collection[Audit], person_id: int) -> set[int]:
    """The ids of those that are theirs to open."""
    person = unit.directory.person(person_id)
    return set(grades_known(unit, audits, person)) if person is not None and audits else set()


def _of_audits(unit: Unit, ids: list[int]) -> dict[Subject, int]:
    """Which audit each second look, each row and each audit itself is about."""
    audits: dict[Subject, int] = {("audit", each): each for each in ids}
    looks = select(Moderation.id, Moderation.audit_id).where(col(Moderation.audit_id).in_(ids))
    audits |= {("moderation", number): audit for number, audit in unit.session.exec(looks)}
    rows = select(AnswerRow.id, AnswerRow.subject_id).where(
        AnswerRow.subject_type == "audit", col(AnswerRow.subject_id).in_(ids)
    )
    return audits | {(ROW, number): audit for number, audit in unit.session.exec(rows)}


def _told(unit: Unit, people: set[int], of: dict[Subject, int]) -> dict[int, set[str]]:
    query = select(Notice.subject_type, Notice.subject_id, Notice.message).where(
        col(Notice.recipient_id).in_(people),
        col(Notice.state).in_(records.REACHED),
        col(Notice.subject_type).in_({kind for kind, _ in of}),
    )
    on_lists = (
        select(Deadline.subject_type, Deadline.subject_id, Notice.message)
        .join(ListLine, col(ListLine.deadline_id) == col(Deadline.id))
        .join(Notice, col(Notice.id) == col(ListLine.list_id))
        .where(col(Notice.recipient_id).in_(people), col(Notice.state).in_(records.REACHED))
    )
    reached: dict[int, set[str]] = defaultdict(set)
    for kind, number, message in (*unit.session.exec(query.distinct()), *unit.session.exec(on_lists.distinct())):
        if (kind, number) in of:
            reached[of[kind, number]].add(message)
    return reached


def _owned(unit: Unit, people: set[int], of: dict[Subject, int]) -> set[int]:
    query = select(Deadline.subject_type, Deadline.subject_id).where(col(Deadline.owner_id).in_(people)).distinct()
    return {of[kind, number] for kind, number in unit.session.exec(query) if (kind, number) in of}
