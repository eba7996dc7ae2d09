"""What is kept from somebody who reads of others: surveys, and work of their own or that waits for their second look.

What a person says in a survey is theirs; and a list of what others were told could give a grade away.
"""

from sqlalchemy import ColumnElement, and_, not_, or_
from sqlmodel import col, select

from qabot.framework.vocabulary import ROW
from qabot.models import (
    Action,
    Alert,
    AnswerRow,
    Audit,
    Deadline,
    Moderation,
    Notice,
    SurveyRound,
    SurveySheet,
)
from qabot.workflows.access.records import REACHED
from qabot.workflows.core import looks
from qabot.workflows.core.unit import Unit


def is_shown(unit: Unit, reader_id: int, *, own: bool) -> ColumnElement[bool]:
    """The condition that whoever reads of others may know of a deadline: none of a survey, and none kept from them.

    It is about the rows that are asked for, and looks at no other: those of years ago stay where they are.
    """
    surveys = [*unit.framework.surveys()]
    parts = [
        col(Deadline.kind).not_in(surveys),
        # Also surveys that the framework no longer has, and whose sheets are gone.
        col(Deadline.kind).not_in(select(SurveyRound.duty)),
        col(Deadline.id).not_in(select(SurveySheet.deadline_id)),
    ]
    return and_(*parts) if own else and_(*parts, not_(kept_from(unit, Deadline, reader_id)))


def kept_from(unit: Unit, model: type[Notice] | type[Deadline], reader_id: int) -> ColumnElement[bool]:
    """Whether a row is about work of the reader's own, or about what the reader is still to judge a second time.

    The second is kept so that whoever judges again judges for themselves. Whoever was told the grade, as a head of
    service is of a low one which they look at again, knows it: their records say it (`records.knows_grade`), and
    without the rest they could not see to what follows from it.
    """
    names = (each for each in unit.tools.catalogue.names() if "grade" in unit.tools.catalogue.get(each).shows)
    recipients_of = select(Notice.subject_id).where(
        Notice.recipient_id == reader_id,
        Notice.subject_type == "audit",
        col(Notice.state).in_(REACHED),
        col(Notice.message).in_(list(names)),
    )
    waiting = select(Moderation.audit_id).where(
        Moderation.moderator_id == reader_id,
        looks.to_judge(unit.framework),
        col(Moderation.audit_id).not_in(recipients_of),
    )
    audits = select(Audit.id).where(or_(col(Audit.practitioner_id) == reader_id, col(Audit.id).in_(waiting)))
    kind, number = col(model.subject_type), col(model.subject_id)
    parts = (("alert", Alert), ("action", Action), ("moderation", Moderation))
    rows = select(AnswerRow.id).where(AnswerRow.subject_type == "audit", col(AnswerRow.subject_id).in_(audits))
    return or_(
        and_(kind == "audit", number.in_(audits)),
        *(
            and_(kind == name, number.in_(select(part.id).where(col(part.audit_id).in_(audits))))
            for name, part in parts
        ),
        and_(kind == ROW, number.in_(rows)),
    )
