"""Somebody's inbox: what was sent to them, the newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from qabot.messaging.card import Card
from qabot.models import Notice, NoticeState


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One card in somebody's inbox, as it now is. `sent_at` in UTC."""

    token: str
    sent_at: datetime
    lane: str
    card: Card


def sent_to(person_id: int) -> Any:
    """A query for what was sent to a person, the newest first, without older copies of what was sent again."""
    newer = aliased(Notice)
    again = select(newer.id).where(
        col(newer.taken_back_at).is_(None),
        newer.deadline_id == Notice.deadline_id,
        newer.recipient_id == Notice.recipient_id,
        newer.lane == "alert",
        newer.state == NoticeState.sent,
        col(newer.id) > Notice.id,
    )
    return (
        select(Notice)
        .where(
            Notice.recipient_id == person_id,
            col(Notice.state).in_((NoticeState.sent, NoticeState.ambiguous)),
            col(Notice.carrier_id).is_(None),
            or_(col(Notice.lane) != "alert", ~again.exists()),
        )
        .order_by(col(Notice.sent_at).desc(), col(Notice.id).desc())
    )
