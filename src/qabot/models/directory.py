"""People as the council's directory states them, and where that differs from what qabot has."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from qabot.models.columns import StateText, UtcDateTime, new_token


class DifferenceState(StrEnum):
    """open -> accepted | declined. One that is decided is open again when the directory states something else."""

    open = "open"
    accepted = "accepted"
    declined = "declined"


class DirectoryUser(SQLModel, table=True):
    """Somebody of a directory, as it last stated them.

    `source` is the way by which it did; `uid` is their id there that we gave, `external_id` the directory's own,
    `user_name` (small letters) what they sign in with. `stated` has texts by field of a person; of what is not in it
    the directory has said nothing. `manager_uid` is the `uid` of their manager. `resource` is what it reads back.
    `person_id` is who they are here, once that is known.
    """

    __tablename__ = "directory_user"
    __table_args__ = (UniqueConstraint("source", "user_name"),)
    id: int = Field(default=None, primary_key=True)
    source: str
    uid: str = Field(default_factory=new_token, unique=True)
    user_name: str
    external_id: str | None = Field(default=None, index=True)
    active: bool = Field(default=True)
    stated: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    manager_uid: str | None = Field(default=None, index=True)
    resource: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Difference(SQLModel, table=True):
    """What a directory states otherwise than qabot has it: `known` here, `stated` there, since when (UTC).

    `field` is a field of a person; "person" for somebody who is not here. Who decided, and when (UTC).
    """

    __tablename__ = "difference"
    __table_args__ = (UniqueConstraint("user_id", "field"), Index("difference_open", "state", "id"))
    id: int = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="directory_user.id")
    field: str
    known: str
    stated: str
    since: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(default=DifferenceState.open, sa_type=StateText)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by_id: int | None = Field(default=None, foreign_key="person.id")
