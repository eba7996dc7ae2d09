"""Alerts: what must be acknowledged about a piece of work."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Alert(SQLModel, table=True):
    """One for each audit, however many reasons there are (reading D5).

    Several duties can be alerts about one audit; it counts as acknowledged once somebody has acknowledged each of them.
    """

    __tablename__ = "alert"
    id: int = Field(default=None, primary_key=True)
    audit_id: int = Field(foreign_key="audit.id", unique=True)
    graded: bool = True
    """Whether a grade raised it."""
    concern: bool = False
    """Whether the auditor has immediate concerns: also where the grade alone raises it."""
    raised_at: datetime = Field(sa_type=UtcDateTime)
    raised_by_id: int | None = Field(default=None, foreign_key="person.id")
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by_id: int | None = Field(default=None, foreign_key="person.id")
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was withdrawn, because it was raised by mistake."""
    withdrawn_by_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("person.id", name="alert_withdrawn_by_id_fkey")]
    )
    withdrawn_why: str = ""
