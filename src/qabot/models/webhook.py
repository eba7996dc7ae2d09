"""Addresses of the council's other programs that are called when something happens, and each call."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from qabot.models.columns import StateText, UtcDateTime, new_token


class CallState(StrEnum):
    """planned -> made | failed. One that is under way is planned for when it would be tried again."""

    planned = "planned"
    made = "made"
    failed = "failed"


class Webhook(SQLModel, table=True):
    """An address by its name: called of which `events`; `tells` says what is told besides references.

    `nonce` is part of what its secret is made of, and is not all of it: the service's secret key is the other.
    """

    __tablename__ = "webhook"
    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    url: str
    events: list[str] = Field(default_factory=list, sa_type=JSON)
    tells: list[str] = Field(default_factory=list, sa_type=JSON)
    nonce: str = Field(default_factory=new_token)
    person_id: int = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_why: str = ""


class WebhookCall(SQLModel, table=True):
    """One call: written in the transaction of what happened. `uid` is its name for the receiver, at each try the same.

    `not_before` (UTC) is when it is tried next; `why` how the last try ended.
    """

    __tablename__ = "webhook_call"
    __table_args__ = (
        Index(
            "webhook_call_due",
            "not_before",
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
    )
    id: int = Field(default=None, primary_key=True)
    webhook_id: int = Field(foreign_key="webhook.id", index=True)
    uid: str = Field(default_factory=new_token, unique=True)
    event: str
    subject_type: str = ""
    subject_id: int | None = None
    deadline_id: int | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(default=CallState.planned, sa_type=StateText)
    attempt: int = 0
    not_before: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    why: str = ""
