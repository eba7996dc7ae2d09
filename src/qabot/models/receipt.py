"""What somebody did with one press, for as long as they can take it back."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Receipt(SQLModel, table=True):
    """That a person used a button (`verb`) of what `token` names, and how all was `before`, as the verb needs it.

    There is one for each button of each thing: the last time that they used it.
    """

    __tablename__ = "receipt"
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    verb: str
    token: str
    at: datetime = Field(sa_type=UtcDateTime)
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
