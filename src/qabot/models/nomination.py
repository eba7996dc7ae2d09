"""Nominations: Good Practice Evidence Records."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, text
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Nomination(SQLModel, table=True):
    """A colleague's good practice, told by another (domain notes 3.3). Every text passed the identifier check.

    Of somebody who is not in the list of people there is `nominee_email` alone, until they are. `place` is the service
    in which the nominee worked as it came, or as they joined the list; "" in none.
    """

    __tablename__ = "nomination"
    id: int = Field(default=None, primary_key=True)
    nominee_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    nominee_email: str | None = None
    nominator_id: int = Field(foreign_key="person.id", index=True)
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    seen_on: date
    what: str
    difference: str
    seen_in: str
    tags: list[Any] = Field(default_factory=list, sa_type=JSON)
    case_reference: str | None = None
    place: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    state: str = Field(default="submitted")
    once: str = Field(unique=True)
    """What makes a repeated submission the same one."""
