"""Sessions of the web inbox that somebody ended by signing out, kept for as long as their cookies would count."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class EndedSession(SQLModel, table=True):
    """A session that was signed out of. `session` is the id inside its cookie: worth nothing without our signature."""

    __tablename__ = "ended_session"
    session: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    ended_at: datetime = Field(sa_type=UtcDateTime, index=True)
