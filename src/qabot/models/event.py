"""Events: the append-only log of who was told what, when and why; who did what; and what was not sent and why."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Event(SQLModel, table=True):
    """One line of the log. `what` is from the list in docs/events.md; `detail` never holds free text of a person."""

    __tablename__ = "event"
    __table_args__ = (Index("event_subject", "subject_type", "subject_id"),)
    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    what: str = Field(index=True)
    actor_id: int | None = Field(default=None, index=True)
    subject_type: str = ""
    subject_id: int | None = None
    deadline_id: int | None = Field(default=None, index=True)
    notice_id: int | None = Field(default=None, index=True)
    rule: str = ""
    why: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
