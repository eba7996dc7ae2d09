"""Legal holds: nothing of a person, or of what was done about an audit, goes while one lasts."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class LegalHold(SQLModel, table=True):
    """One hold. `subject_type` is "person" or "audit". `placed_by_id`, `ended_by_id`: None where a command did it."""

    __tablename__ = "legal_hold"
    id: int = Field(default=None, primary_key=True)
    subject_type: str
    subject_id: int
    why: str
    placed_at: datetime = Field(sa_type=UtcDateTime)
    placed_by_id: int | None = Field(default=None, foreign_key="person.id")
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by_id: int | None = Field(default=None, foreign_key="person.id")
