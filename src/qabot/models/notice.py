"""Notices: one message to one person because of one step. The outbox."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, false, text
from sqlmodel import Field, SQLModel

from qabot.models.columns import StateText, UtcDateTime, new_token


class NoticeState(StrEnum):
    """planned -> claimed -> begun -> sent | ambiguous | failed | superseded; planned -> held -> planned | superseded.

    planned     to be sent at `not_before` or later, if its reason still holds then
    held        not sent while a pilot runs and its person is not in it; once they are it is planned again.
                Or somebody (`held_by_id`) holds it back until it is released
    claimed     a process (`owner`) is about to send it; if that process dies it is planned again
    begun       its request may have left: written before it does. If the process dies nobody knows whether it arrived
    sent        the platform took it
    ambiguous   the platform's answer was lost, also that of the marked repeat
    failed      no adapter could reach the person
    superseded  not sent, because its reason was gone: met, withdrawn, overtaken, redirected
    """

    planned = "planned"
    held = "held"
    claimed = "claimed"
    begun = "begun"
    sent = "sent"
    ambiguous = "ambiguous"
    failed = "failed"
    superseded = "superseded"


def is_held(state: Any) -> ColumnElement[bool]:
    """The condition that a process holds a notice, for its `state` column; also for many rows at once."""
    condition: ColumnElement[bool] = state.in_((NoticeState.claimed, NoticeState.begun))
    return condition


WAITING = (NoticeState.planned, NoticeState.held)
"""Nothing has left of it yet, and something may."""
GONE_OUT = (NoticeState.claimed, NoticeState.begun, NoticeState.sent, NoticeState.ambiguous)
"""A person has such a notice, or may have it."""


def step_key(deadline_id: int, step: str, person_id: int, slot: str) -> str:
    """The key of what a step of a deadline's ladder says to one person."""
    return f"{deadline_id}:{step}:{person_id}:{slot}"


DIGEST = "digest"
"""The message of a digest: a notice that carries others."""
PAST_DATE = "past-date"
"""The message that says of everything of somebody's that is past its date, in each of their digests, that it is."""

FINAL = (NoticeState.sent, NoticeState.ambiguous, NoticeState.failed, NoticeState.superseded)
"""Nothing more becomes of it."""


class Notice(SQLModel, table=True):
    """One row of the outbox.

    `key` is unique, and never taken apart: `deadline:step:recipient:slot` for a step (`slot` tells the times of one
    step apart), `digest:person:day` for a digest, or what a workflow chose. Digests and lists are of no deadline,
    and their `slot` is their day.
    `date_of_id` is the deadline of which it is news (of its date, or whose it is), which is said though that is closed;
    `held_by_id` is who holds it back, and `passed_on` says that it went to somebody else instead.
    `handed_on_by_id` is who passed the alert on to this person, `absence_id` the absence in which they stand in, and
    `brought_to` the chat that came back, to which this copy of an alert was brought. `taken_back_by_id` has undone at
    `taken_back_at` what this tells: it asks nothing any more. `owner` is the process (its id)
    that holds it while it is claimed or begun; `lost_answers` counts the sends to which a platform that was asked
    gave no certain answer. `carrier_id` is the digest (a notice too) that carries this one. `alone` keeps a notice
    out of every digest. `wanted` counts the redraws asked for, `drawn` those done; one that did not come about is
    tried again at `redraw_at`. `params` holds what the message needs besides its subject; never free text of a
    person.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "notice_due",
            "lane",
            "not_before",
            sqlite_where=text("state = 'planned' AND carrier_id IS NULL"),
            postgresql_where=text("state = 'planned' AND carrier_id IS NULL"),
        ),
        Index(
            "notice_held",
            "owner",
            sqlite_where=text("state IN ('claimed', 'begun')"),
            postgresql_where=text("state IN ('claimed', 'begun')"),
        ),
        Index(
            "notice_held_back",
            "recipient_id",
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
        Index("notice_redraw", "id", sqlite_where=text("wanted > drawn"), postgresql_where=text("wanted > drawn")),
        Index("notice_deadline", "deadline_id"),
        Index("notice_subject", "subject_type", "subject_id"),
        Index("notice_recipient", "recipient_id", "state"),
        Index("notice_carrier", "carrier_id"),
    )
    id: int = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    token: str = Field(default_factory=new_token, unique=True)
    deadline_id: int | None = Field(default=None, foreign_key="deadline.id")
    step: str = ""
    slot: str = ""
    rule: str
    message: str
    lane: str
    recipient_id: int = Field(foreign_key="person.id")
    role: str = ""
    subject_type: str
    subject_id: int
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    reason: str = ""
    state: str = Field(default=NoticeState.planned, sa_type=StateText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    attempt: int = Field(default=0)
    alone: bool = Field(default=False)
    possible_repeat: bool = Field(default=False)
    owner: str | None = None
    lost_answers: int = 0
    carrier_id: int | None = Field(default=None, foreign_key="notice.id")
    handed_on_by_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("person.id", name="fk_notice_handed_on_by_id_person")]
    )
    absence_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("absence.id", name="fk_notice_absence_id_absence")]
    )
    brought_to: str | None = None
    date_of_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("deadline.id", name="fk_notice_date_of_id_deadline")]
    )
    held_by_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("person.id", name="fk_notice_held_by_id_person")]
    )
    passed_on: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    taken_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    taken_back_by_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("person.id", name="notice_taken_back_by")]
    )
    adapter: str | None = None
    refused_by: str = ""
    message_id: str | None = None
    conversation: str | None = None
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    wanted: int = Field(default=0)
    drawn: int = Field(default=0)
    redraw_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    redraw_attempt: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
