"""Alerts: what must be acknowledged about a piece of work."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Alert(SQLModel, table=True):
    """One for each audit, however many reasons there are (reading D5).

    `weight` is which of the duty's conditions raised it, 0 the first: an alert of a later one is raised again for an
    earlier one, because whoever acknowledged the one has not seen the other.
    """

    __tablename__ = "alert"
    id: int | None = Field(default=None, primary_key=True)
    audit_id: int = Field(foreign_key="audit.id", unique=True)
    weight: int = 0
    graded: bool = True
    """Whether a grade raised it."""
    concern: bool = False
    """Whether the auditor has immediate concerns: also where the grade alone raises it."""
    raised_at: datetime = Field(sa_type=UtcDateTime)
    raised_by_id: int | None = Field(default=None, foreign_key="person.id")
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by_id: int | None = Field(default=None, foreign_key="person.id")
