"""What a unit of work asks and changes most often, put together once: that takes longer than the answer.

A value's name begins with `b_` where its own is a column's. Those on a `Table` are no business of the session's: what
it holds is to be flushed before.
"""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    String,
    Update,
    and_,
    bindparam,
    case,
    func,
    insert,
    not_,
    or_,
    tuple_,
    update,
)
from sqlalchemy import select as select_rows
from sqlmodel import select

from qabot.models import (
    Deadline,
    DeadlineState,
    Event,
    LadderSnapshot,
    ListLine,
    Moderation,
    Moment,
    Notice,
    NoticeState,
    Webhook,
    is_held,
)
from qabot.models.columns import UtcDateTime, table

_deadlines, _deadline = table(Deadline), table(Deadline).c
_notices, _notice = table(Notice), table(Notice).c
_line, _look, _webhook = table(ListLine).c, table(Moderation).c, table(Webhook).c
_ids: BindParameter[Any] = bindparam("ids", expanding=True)

NOTICE_BY_TOKEN = select(Notice).where(Notice.token == bindparam("token"))
"""What a button's token names, most often."""

OPEN_ABOUT = select(Deadline).where(
    Deadline.subject_type == bindparam("about"),
    Deadline.subject_id == bindparam("number"),
    Deadline.state == DeadlineState.open,
)
"""What is open about a subject."""

BESIDE = select_rows(_deadline.id).where(
    _deadline.subject_type == bindparam("about"),
    _deadline.subject_id == bindparam("number"),
    _deadline.state == DeadlineState.open,
    _deadline.beside_id == bindparam("beside"),
)
"""What was asked for beside a deadline about a subject. Hundreds may be open about one survey, and close on one day."""

NOTE = insert(table(Event))
"""A line of the log."""

HAPPENED = insert(table(Moment))
"""Something happened to a subject."""

CLOSE = (
    update(_deadlines)
    .where(_deadline.id == bindparam("b_id", type_=Integer), _deadline.state == DeadlineState.open)
    .values(
        state=bindparam("b_state", type_=String),
        closed_at=bindparam("b_at", type_=UtcDateTime),
        closed_by_id=bindparam("b_by", type_=Integer),
        closed_why=bindparam("b_why", type_=String),
        ended=bindparam("b_ended", type_=String),
        next_at=None,
    )
    .returning(*_deadline)
)
"""It waits for nobody any more, and how it is now; no row is changed if somebody else was first."""

_is_alert = or_(
    and_(
        _deadline.kind.in_(bindparam("kinds", expanding=True)),
        _deadline.ladder_id.not_in(bindparam("others", expanding=True)),
    ),
    _deadline.ladder_id.in_(bindparam("also", expanding=True)),
)
"""`as_opened.those`, with the values of the moment."""

OF_NO_ALERT = select_rows(_deadline.subject_type, _deadline.subject_id).where(_deadline.id.in_(_ids), not_(_is_alert))
"""What those of these deadlines are about that are no alerts."""

MET_ABOUT = select_rows(_deadline.id).where(
    tuple_(_deadline.subject_type, _deadline.subject_id).in_(bindparam("subjects", expanding=True)),
    _is_alert,
    _deadline.state == DeadlineState.met,
)
"""The alerts about these subjects that were acknowledged."""

SNAPSHOT = select_rows(table(LadderSnapshot).c.id).where(table(LadderSnapshot).c.digest == bindparam("digest"))
"""What was kept of a ladder and what it asks: hundreds of deadlines that open on one day have the same."""

LISTENING = select_rows(_webhook.id, _webhook.events).where(_webhook.ended_at.is_(None))
"""The programs that want to be called."""

LOOKS_AT = select_rows(_look.id).where(_look.audit_id == bindparam("number"))
"""The second looks at a piece of work."""


def _wanted_anew(which: ColumnElement[bool]) -> Update:
    # A copy that waits without a failed attempt has a form in its place (`open_forms`), and goes on waiting.
    at = case((_notice.redraw_attempt > 0, None), else_=_notice.redraw_at)
    return (
        update(_notices)
        .where(which, or_(_notice.message_id.is_not(None), is_held(_notice.state)))
        .values(wanted=_notice.wanted + 1, redraw_at=at, redraw_attempt=0)
    )


_about = or_(
    _notice.deadline_id.in_(_ids),
    _notice.id.in_(select_rows(_line.list_id).where(_line.deadline_id.in_(_ids))),
)
_carriers = select_rows(_notice.carrier_id).where(_about, _notice.carrier_id.is_not(None))

REDRAW_OF_DEADLINES = _wanted_anew(or_(_about, _notice.id.in_(_carriers)))
"""Every copy of these deadlines' cards: notices, lists, and the digests that carry them."""

REDRAW_NEWEST = _wanted_anew(
    _notice.id.in_(
        select_rows(func.max(_notice.id))
        .where(_notice.deadline_id.in_(_ids), _notice.lane == "alert", _notice.state == NoticeState.sent)
        .group_by(_notice.deadline_id, _notice.recipient_id)
    )
)
"""The newest card that each person has of these alerts."""

_their_carriers = select_rows(_notice.carrier_id).where(_notice.id.in_(_ids), _notice.carrier_id.is_not(None))
REDRAW = _wanted_anew(or_(_notice.id.in_(_ids), _notice.id.in_(_their_carriers)))
"""The cards of these notices, and the digests that carry them."""
