"""Occasions: the days on which people gather or a report is due, and days that another system knows of."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint, false
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime, new_token


class OccasionState(StrEnum):
    """Planned until it was held or is cancelled. One that came by a file is `noted` until it is announced."""

    noted = "noted"
    planned = "planned"
    held = "held"
    cancelled = "cancelled"


class Occasion(SQLModel, table=True):
    """One day of a gathering, or one imported event. `thing` is its name in the framework, `title` what people call it.

    `key` tells it from the others of the same thing and stays when its day moves: the day for which it was first
    planned, or what an import calls it. `reference` is what people read of that. A case by its reference, a person or a
    team is what an event is about. `sequence` counts how often its day or state has changed, for calendars.
    """

    __tablename__ = "occasion"
    __table_args__ = (UniqueConstraint("thing", "key"),)
    id: int = Field(default=None, primary_key=True)
    token: str = Field(default_factory=new_token, unique=True)
    thing: str
    key: str
    title: str
    reference: str = ""
    day: date = Field(index=True)
    state: str = Field(default=OccasionState.planned)
    case_reference: str | None = None
    person_id: int | None = Field(default=None, foreign_key="person.id")
    team_id: int | None = Field(default=None, foreign_key="team.id")
    sequence: int = 0
    planned_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    why: str = ""
    """Why it is cancelled, in words for people."""
    missed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """It is cancelled because its day came and it was not held."""
