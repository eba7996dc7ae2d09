"""Actions: what is to be done after an audit."""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class ActionState(StrEnum):
    """Where an action stands."""

    open = "open"
    done = "done"
    withdrawn = "withdrawn"


class Action(SQLModel, table=True):
    """Something to be done after an audit. What it is stands in the case system; here an owner and a day."""

    __tablename__ = "action"
    id: int = Field(default=None, primary_key=True)
    audit_id: int = Field(foreign_key="audit.id", index=True)
    number: int
    owner_id: int = Field(foreign_key="person.id", index=True)
    due_on: date
    state: str = Field(default=ActionState.open)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by_id: int | None = Field(default=None, foreign_key="person.id")
