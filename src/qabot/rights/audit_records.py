"""The record of audits: a piece of work that is over goes with all that hangs on it, or not at all.

How long it is kept is the council's to say, because it is evidence of the work; without its word nothing goes.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, union_all, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from qabot.framework.schema import AUDIT, MODERATION
from qabot.framework.vocabulary import ROW
from qabot.models import (
    Action,
    Alert,
    Answer,
    AnswerRow,
    Audit,
    AuditState,
    Deadline,
    DeadlineState,
    Event,
    HelpRequest,
    ListLine,
    Moderation,
    Moment,
    Notice,
    SurveySheet,
)
from qabot.models.columns import table

PORTION = 500
"""Pieces of work that go in one day, the oldest first: the rest follows tomorrow."""
OVER = (AuditState.finalised.value, AuditState.withdrawn.value)

_PARTS = union_all(
    select(literal(AUDIT).label("kind"), col(Audit.id).label("id"), col(Audit.id).label("audit_id")),
    select(literal(MODERATION), col(Moderation.id), col(Moderation.audit_id)),
    select(literal("action"), col(Action.id), col(Action.audit_id)),
    select(literal("alert"), col(Alert.id), col(Alert.audit_id)),
    select(literal(ROW), col(AnswerRow.id), col(AnswerRow.subject_id)).where(col(AnswerRow.subject_type) == AUDIT),
    select(literal(ROW), col(AnswerRow.id), col(Moderation.audit_id))
    .join(Moderation, col(Moderation.id) == col(AnswerRow.subject_id))
    .where(col(AnswerRow.subject_type) == MODERATION),
).subquery("part_of_work")
"""What deadlines, moments and messages are about, each with the piece of work that it belongs to."""


def over(session: Session, before: datetime, people: Collection[int], audits: Collection[int]) -> list[int]:
    """The ids of the oldest work that was over before then (UTC), and touches nobody and nothing that is held."""
    made = aliased(Audit)
    lasts = exists().where(
        _about(Deadline), or_(col(Deadline.state) == DeadlineState.open, col(Deadline.closed_at) >= before)
    )
    answered = exists().where(_about(Deadline), col(SurveySheet.deadline_id) == col(Deadline.id))
    goes_on = exists().where(_about(Deadline), col(made.made_for_id) == col(Deadline.id), col(made.state).not_in(OVER))
    query = (
        select(col(Audit.id))
        .where(
            col(Audit.state).in_(OVER),
            func.coalesce(col(Audit.finalised_at), col(Audit.allocated_at)) < before,
            col(Audit.id).not_in(audits),
            ~exists().where(_about(Moment), col(Moment.at) >= before),
            *(~each for each in (lasts, answered, goes_on)),
            *_held(people),
        )
        .order_by(col(Audit.id))
        .limit(PORTION)
    )
    return list(session.execute(query).scalars())


def _about(model: type[SQLModel]) -> ColumnElement[bool]:
    """That a row is about a part of the work in question."""
    rows, part = table(model).columns, _PARTS.columns
    return and_(rows["subject_type"] == part["kind"], rows["subject_id"] == part["id"], part["audit_id"] == Audit.id)


def _held(people: Collection[int]) -> Iterator[ColumnElement[bool]]:
    """That nobody who is held did it, owes or owed something of it, or has it as their own work."""
    if not people:
        return
    for one in (Audit.auditor_id, Audit.practitioner_id, Audit.asked_by_id):
        yield or_(col(one).is_(None), col(one).not_in(people))
    yield ~exists().where(_about(Deadline), col(Deadline.owner_id).in_(people))
    yield ~exists().where(col(Action.audit_id) == col(Audit.id), col(Action.owner_id).in_(people))
    yield ~exists().where(
        col(Moderation.audit_id) == col(Audit.id),
        or_(col(Moderation.moderator_id).in_(people), col(Moderation.done_by_id).in_(people)),
    )


def rows(ids: Collection[int]) -> list[tuple[type[SQLModel], ColumnElement[bool]]]:
    """Which rows go with this work, in an order in which none is left that points to one that is gone."""
    part = _PARTS.columns

    def of_work(model: type[SQLModel]) -> ColumnElement[bool]:
        kind, number = table(model).columns["subject_type"], table(model).columns["subject_id"]
        here = select(part["id"]).where(part["audit_id"].in_(ids), part["kind"] == kind)
        return and_(kind.in_((AUDIT, MODERATION, "action", "alert", ROW)), number.in_(here))

    owed = select(col(Deadline.id)).where(of_work(Deadline))
    notices = or_(of_work(Notice), col(Notice.deadline_id).in_(owed))
    noted = or_(
        of_work(Event),
        col(Event.deadline_id).in_(owed),
        col(Event.notice_id).in_(select(col(Notice.id)).where(notices)),
    )
    return [
        (Event, noted),
        (HelpRequest, col(HelpRequest.deadline_id).in_(owed)),
        (ListLine, col(ListLine.deadline_id).in_(owed)),
        (Notice, notices),
        (Answer, or_(of_work(Answer), col(Answer.deadline_id).in_(owed))),
        (Moment, of_work(Moment)),
        (Deadline, of_work(Deadline)),
        (AnswerRow, _rows_of(ids)),
        (Moderation, col(Moderation.audit_id).in_(ids)),
        (Alert, col(Alert.audit_id).in_(ids)),
        (Action, col(Action.audit_id).in_(ids)),
        (Audit, col(Audit.id).in_(ids)),
    ]


def _rows_of(ids: Collection[int]) -> ColumnElement[bool]:
    looks = select(col(Moderation.id)).where(col(Moderation.audit_id).in_(ids))
    kind, number = col(AnswerRow.subject_type), col(AnswerRow.subject_id)
    return or_(and_(kind == AUDIT, number.in_(ids)), and_(kind == MODERATION, number.in_(looks)))


def part_with(session: Session, model: type[SQLModel], condition: ColumnElement[bool]) -> None:
    """What stays, and points to rows that go, points to them no more."""
    if model is Notice:
        gone = select(col(Notice.id)).where(condition)
        session.execute(update(Notice).where(col(Notice.carrier_id).in_(gone)).values(carrier_id=None))
    if model is Deadline:
        owed = select(col(Deadline.id)).where(condition)
        session.execute(update(Audit).where(col(Audit.made_for_id).in_(owed)).values(made_for_id=None))
        session.execute(update(Deadline).where(col(Deadline.beside_id).in_(owed)).values(beside_id=None))
