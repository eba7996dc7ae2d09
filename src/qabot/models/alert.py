"""Alerts: a RED / Inadequate audit or an immediate concern, to be acknowledged."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class AlertKind(StrEnum):
    """Why it was raised."""

    red = "red"
    immediate = "immediate"


class Alert(SQLModel, table=True):
    """One for each audit, however many of its grades are RED (reading D5)."""

    __tablename__ = "alert"
    id: int | None = Field(default=None, primary_key=True)
    audit_id: int = Field(foreign_key="audit.id", unique=True)
    kind: str = Field(default=AlertKind.red)
    concern: bool = False
    """Whether the auditor has immediate concerns: also where the grade alone raises it."""
    raised_at: datetime = Field(sa_type=UtcDateTime)
    raised_by_id: int | None = Field(default=None, foreign_key="person.id")
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by_id: int | None = Field(default=None, foreign_key="person.id")
