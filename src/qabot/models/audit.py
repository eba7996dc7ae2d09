"""Audits, their moderations, and the recorded random draws."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from qabot.models.columns import StateText, UtcDateTime


class AuditState(StrEnum):
    """Where an audit stands."""

    allocated = "allocated"
    submitted = "submitted"
    finalised = "finalised"
    withdrawn = "withdrawn"


class Audit(SQLModel, table=True):
    """One piece of QA work. `reference` ("QA-1042") is what people see.

    `about` is a case (`case_reference`), a person (`practitioner_id`), a place or theme (named by `what`), or nothing.
    `role` is the role in which it is its auditor's; "" of what was imported or asked for. What its own form asks is
    answered as what duties ask is (`Answer`); `grade` is the answer that is the grade, by the scale whose version is
    kept beside it. Work that has no grade has neither.
    """

    __tablename__ = "audit"
    id: int = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    activity: str = Field(index=True)
    cycle_id: int | None = Field(default=None, foreign_key="cycle.id", index=True)
    about: str = Field(default="case")
    what: str = Field(default="")
    case_reference: str | None = Field(default=None, index=True)
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    auditor_id: int = Field(foreign_key="person.id", index=True)
    role: str = Field(default="")
    practitioner_id: int | None = Field(default=None, foreign_key="person.id")
    state: str = Field(default=AuditState.allocated)
    due_on: date
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    grade: str | None = None
    scale_version: str = ""
    allocated_at: datetime = Field(sa_type=UtcDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finalised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was last final: it stays where a correction lets it wait again (`final_at`, `state_without_grade`)."""
    moderated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    has_actions: bool = Field(default=False)
    made_for_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("deadline.id", name="audit_made_for_id_fkey")], index=True
    )
    """The deadline of the duty that made it; None of work that a cycle or an import brought."""
    asked_by_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("person.id", name="audit_asked_by_id_fkey")]
    )
    """Who asked for it, of work on request."""
    in_line: bool | None = None
    """Whether its case was in the auditor's own line when it was given; None where its activity asks for no turns."""
    clock_id: int | None = Field(
        default=None, sa_column_args=[ForeignKey("own_clock.id", name="audit_clock_id_fkey")], index=True
    )
    """The clock that asked for it, of work since the last one."""

    def is_past(self, today: date, now: datetime) -> bool:
        """Whether its day, or the hour of it at which it is due, has passed."""
        return self.due_on < today or (self.due_at is not None and self.due_at <= now)


class _Ends(Protocol):
    @property
    def state(self) -> str: ...
    @property
    def finalised_at(self) -> datetime | None: ...


def final_at(audit: _Ends) -> datetime | None:
    """Since when it is final (UTC); None of what was, and waits again."""
    return None if audit.state == AuditState.submitted else audit.finalised_at


def state_without_grade(audit: _Ends) -> str:
    """How it stands for whoever may not know its grade. What was final stays so: that it waits again would tell."""
    waits_again = audit.state == AuditState.submitted and audit.finalised_at is not None
    return AuditState.finalised if waits_again else audit.state


class Moderation(SQLModel, table=True):
    """A second judgement of an audit: `layer` is the sample that drew it."""

    __tablename__ = "moderation"
    __table_args__ = (UniqueConstraint("audit_id", "layer"),)
    id: int = Field(default=None, primary_key=True)
    audit_id: int = Field(foreign_key="audit.id", index=True)
    layer: str
    rule: str
    moderator_id: int | None = Field(default=None, foreign_key="person.id")
    drawn_at: datetime = Field(sa_type=UtcDateTime)
    grade: str | None = None
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by_id: int | None = Field(default=None, foreign_key="person.id")


class DrawKind(StrEnum):
    """What a draw is for.

    cases    cases for those who do an activity in a cycle (`thing` is the activity, `day` the cycle's first)
    turns    who has the next piece that a pool shares (`thing`: the activity and the pool)
    sharing  what was picked, among those who do it
    sample   what is looked at again (`thing` is the sample, `day` the first of its period)
    again    another case for one that was given back; of no day
    """

    cases = "cases"
    turns = "turns"
    sharing = "sharing"
    sample = "sample"
    again = "again"


class Draw(SQLModel, table=True):
    """A random draw, kept so that it can be repeated: the same seed and pool give the same result.

    `kind`, `thing` and `day` say of what it is one; its `purpose` tells it from all others, and is never taken apart.
    `terms`: of a choice of cases all that it was made from (`qabot.planning.choosing.record`).
    """

    __tablename__ = "draw"
    __table_args__ = (Index("draw_of", "kind", "thing", "day"),)
    id: int = Field(default=None, primary_key=True)
    rule: str
    kind: str = Field(default=DrawKind.cases, sa_type=StateText, sa_column_kwargs={"server_default": "cases"})
    thing: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    day: date | None = None
    purpose: str = Field(unique=True)
    at: datetime = Field(sa_type=UtcDateTime)
    seed: str
    pool: list[Any] = Field(default_factory=list, sa_type=JSON)
    result: list[Any] = Field(default_factory=list, sa_type=JSON)
    terms: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
