"""Deadlines: who owes what about which subject by when. The only thing that the clock watches."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, and_, or_, text
from sqlmodel import Field, SQLModel, col

from qabot.models.columns import StateText, UtcDateTime, new_token


class DeadlineState(StrEnum):
    """Open until it is met (done) or withdrawn (no longer owed)."""

    open = "open"
    met = "met"
    withdrawn = "withdrawn"


class Ending(StrEnum):
    """How a deadline ended, as far as its state does not say it. `closed_why` is the same for people.

    not_brought    the gathering to which it was to be brought was held without it
    survey_closed  the survey closed at the end of its last day
    kept           it asked for a date, and what was on that day has taken place
    """

    usual = ""
    not_brought = "not-brought"
    survey_closed = "survey-closed"
    kept = "kept"


class LadderSnapshot(SQLModel, table=True):
    """A ladder and its duty as they were when a deadline was opened, so that an edit never changes a running one.

    `duty` holds the duty and the questions that it asks; of work itself the questions of its form and which of them is
    the `grade`. Empty for second looks that a sample drew.
    """

    __tablename__ = "ladder_snapshot"
    id: int = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    name: str
    body: dict[str, Any] = Field(sa_type=JSON)
    duty: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Deadline(SQLModel, table=True):
    """One thing that somebody owes.

    `kind` says what: the name of its duty, or "audit" or "moderation"; `subject_type` and `subject_id` about what.
    `anchors` maps an anchor of the ladder (due, submitted, ...) to an ISO day or an ISO moment. `next_at` is when the
    ladder next wants something: None when nothing is to come. `fired` holds [step, slot] of each that was planned;
    `step` is the last of them, for people to see. The auditor and practitioner stand here too, so that planning needs
    one row.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        Index("deadline_next", "next_at", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
        Index("deadline_subject", "subject_type", "subject_id"),
        Index(
            "deadline_due_at",
            "due_at",
            sqlite_where=text("state = 'open' AND late_at IS NULL"),
            postgresql_where=text("state = 'open' AND late_at IS NULL"),
        ),
        Index(
            "deadline_owner", "owner_id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")
        ),
    )
    id: int = Field(default=None, primary_key=True)
    token: str = Field(default_factory=new_token, unique=True)
    kind: str
    rule: str
    subject_type: str
    subject_id: int
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    team_id: int | None = Field(default=None, foreign_key="team.id")
    auditor_id: int | None = Field(default=None, foreign_key="person.id")
    practitioner_id: int | None = Field(default=None, foreign_key="person.id")
    due_on: date | None = None
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The moment on that day at which it is due, where a rule names one; else it is due with the day."""
    anchors: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    ladder_id: int = Field(foreign_key="ladder_snapshot.id")
    state: str = Field(default=DeadlineState.open, sa_type=StateText)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by_id: int | None = Field(default=None, foreign_key="person.id")
    closed_why: str = ""
    ended: str = Field(default=Ending.usual, sa_type=StateText, sa_column_kwargs={"server_default": text("''")})
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    step: str = ""
    fired: list[Any] = Field(default_factory=list, sa_type=JSON)
    expected_on: date | None = None
    replied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    snoozed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    snoozed_by_id: int | None = Field(default=None, foreign_key="person.id")
    snoozes: int = Field(default=0)
    holds: bool = False
    """Whether the work that it is about is not final before it is closed."""
    weight: int = 0
    """Which of its duty's conditions opened it, 0 the first. An alert is raised again for an earlier one."""
    opens_on: date | None = None
    """Before this day it takes no answer."""
    beside_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("deadline.id", name="fk_deadline_beside_id_deadline")]
    )
    """The deadline beside which it stands, because somebody asked for more time or to be let off it."""
    late_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was noted that its due day or hour had passed unanswered."""

    def is_past(self, today: date, now: datetime) -> bool:
        """Whether its day, or the hour of it at which it is due, has passed."""
        return is_over(self.due_on, self.due_at, today, now)


def is_over(due_on: date | None, due_at: datetime | None, today: date, now: datetime) -> bool:
    """Whether a day, or the hour of it at which something is due, has passed."""
    return (due_on is not None and due_on < today) or (due_at is not None and due_at <= now)


def is_past(today: date, now: datetime) -> ColumnElement[bool]:
    """Whether a deadline's day, or the hour of it at which it is due, has passed."""
    return or_(col(Deadline.due_on) < today, and_(col(Deadline.due_at).is_not(None), col(Deadline.due_at) <= now))
