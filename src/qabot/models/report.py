"""Reports about the programme: what somebody writes to the figures, and what was issued, as it was."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime, new_token


class Report(SQLModel, table=True):
    """A report of one kind about one period. `number` counts its issues from 1.

    Until it is issued it has its texts alone, and its figures are those of the day. `content` is what was issued, all
    of it, as data: nothing of it is ever changed. `token` names what was issued in addresses.
    """

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("kind", "period", "number"),)
    id: int = Field(default=None, primary_key=True)
    token: str = Field(default_factory=new_token, unique=True)
    kind: str
    period: str
    number: int = 1
    texts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by_id: int | None = Field(default=None, foreign_key="person.id")
    issued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    issued_by_id: int | None = Field(default=None, foreign_key="person.id")
