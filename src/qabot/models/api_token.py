"""What programs use the API with: tokens, and the answers that their writes got."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class ApiToken(SQLModel, table=True):
    """A token by its name. `digest` is the SHA-256 of its text, which is kept nowhere; `scopes` is what it may do.

    It acts for its person, with their rights, while these are those of whoever looks after the programme. `used_at`
    (UTC) is when it was last used, to some minutes.
    """

    __tablename__ = "api_token"
    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    digest: str = Field(unique=True)
    scopes: list[str] = Field(default_factory=list, sa_type=JSON)
    person_id: int = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiReply(SQLModel, table=True):
    """What a write was answered that was done, by its key: the same again gets the same answer, and does nothing.

    `digest` is the SHA-256 of what was asked.
    """

    __tablename__ = "api_reply"
    __table_args__ = (UniqueConstraint("token_id", "key"),)
    id: int = Field(default=None, primary_key=True)
    token_id: int = Field(foreign_key="api_token.id")
    key: str
    digest: str
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
