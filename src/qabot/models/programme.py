"""Cycles of an activity, and the cases that may be drawn for them."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Cycle(SQLModel, table=True):
    """One period of an activity. `due_on` is its last day; `opened_at` is when its work was allocated."""

    __tablename__ = "cycle"
    __table_args__ = (UniqueConstraint("activity", "starts_on"),)
    id: int = Field(default=None, primary_key=True)
    activity: str = Field(index=True)
    name: str
    starts_on: date
    due_on: date
    created_at: datetime = Field(sa_type=UtcDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cases_wanted: int = 0
    """How many cases somebody was asked to pick for it; 0 where they are drawn."""
    cases_picked: int = 0


class OwnClock(SQLModel, table=True):
    """The clock of one person in an activity that is done since the last one, while they are who it is about.

    `since` is when it began; `counts_from` the day from which the first piece counts, so that not all are due at once.
    """

    __tablename__ = "own_clock"
    __table_args__ = (UniqueConstraint("activity", "person_id"),)
    id: int = Field(default=None, primary_key=True)
    activity: str = Field(index=True)
    person_id: int = Field(foreign_key="person.id")
    since: date
    counts_from: date
    stopped_on: date | None = None


class Case(SQLModel, table=True):
    """A case, by its reference alone."""

    __tablename__ = "qa_case"
    id: int = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    team_id: int = Field(foreign_key="team.id", index=True)
    practitioner_id: int | None = Field(default=None, foreign_key="person.id")
    open: bool = Field(default=True)


class CaseInvolvement(SQLModel, table=True):
    """A person has been involved in a case, so never audits it."""

    __tablename__ = "case_involvement"
    __table_args__ = (UniqueConstraint("case_id", "person_id"),)
    id: int = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="qa_case.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)


class PickedCase(SQLModel, table=True):
    """A case that somebody picked for a cycle. `auditor_id`: whom it is for; None if it is to be shared out."""

    __tablename__ = "picked_case"
    __table_args__ = (UniqueConstraint("cycle_id", "reference"),)
    id: int = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id")
    reference: str
    auditor_id: int | None = Field(default=None, foreign_key="person.id")
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)
