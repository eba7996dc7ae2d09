"""What the page of notices reads from the tables, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from qabot.messaging.values import capital
from qabot.models import (
    Deadline,
    Notice,
    NoticeState,
    SurveySheet,
)
from qabot.models.look_up import by_id
from qabot.web import paged
from qabot.web.labels import names, subject_labels
from qabot.web.paged import PAGE, Paged
from qabot.web.titles import Titles


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice in a list."""

    message: str
    lane: str
    state: str
    recipient: str
    recipient_id: int
    role: str
    rule: str
    subject: str
    reason: str
    at: datetime
    deadline: str
    adapter: str
    token: str = ""


UNDELIVERED = "undelivered"
"""A filter, not a state: whatever has not reached anybody, or may not have."""
LOST = (NoticeState.failed, NoticeState.ambiguous, NoticeState.held)


def notices(
    session: Session,
    state: str,
    lane: str,
    page: int,
    titles: Titles,
    size: int = PAGE,
    *,
    open_to: ColumnElement[bool] | None = None,
) -> Paged:
    """Every notice, newest first; none of a survey, because what became of one says who has answered.

    `open_to` narrows it to what the reader may know.
    """
    hidden = select(SurveySheet.deadline_id)
    query = select(Notice).where(or_(col(Notice.deadline_id).is_(None), col(Notice.deadline_id).not_in(hidden)))
    if open_to is not None:
        query = query.where(open_to)
    if state == UNDELIVERED:
        query = query.where(col(Notice.state).in_(LOST))
    elif state:
        query = query.where(Notice.state == state)
    if lane:
        query = query.where(Notice.lane == lane)
    total = paged.count(session, query)
    page_rows = session.exec(query.order_by(col(Notice.id).desc()).offset((page - 1) * size).limit(size)).all()
    return Paged(notice_rows(session, page_rows, titles), page, total)


def _is_own(notice: Notice) -> bool:
    return notice.subject_type == "person" and notice.subject_id == notice.recipient_id


def notice_rows(session: Session, notices_shown: Sequence[Notice], titles: Titles) -> list[NoticeRow]:
    """Notices as rows, with names."""
    subjects = subject_labels(session, {(each.subject_type, each.subject_id) for each in notices_shown})
    people = names(session, (each.recipient_id for each in notices_shown))
    deadline_ids = {each.deadline_id for each in notices_shown if each.deadline_id}
    tokens = dict(session.exec(select(Deadline.id, Deadline.token).where(col(Deadline.id).in_(deadline_ids))).all())
    return [
        NoticeRow(
            message=titles.message(each.message),
            lane=each.lane,
            state=each.state,
            recipient=people.get(each.recipient_id, ""),
            recipient_id=each.recipient_id,
            role=titles.role(each.role),
            rule=each.rule,
            # What is about its own recipient, such as a daily message, does not name them twice.
            subject="" if _is_own(each) else subjects[each.subject_type, each.subject_id],
            reason=capital(titles.reason(each.reason, each.rule)),
            at=each.sent_at or each.closed_at or each.not_before,
            deadline=by_id(tokens, each.deadline_id, ""),
            adapter=each.adapter or "",
            token=each.token,
        )
        for each in notices_shown
    ]
