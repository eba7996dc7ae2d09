"""Pulses: short surveys that quality assurance asks by itself, each kept as a file would say it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Pulse(SQLModel, table=True):
    """One that was sent. `says` holds its duty, its questions and its scales in the language's own keys.

    `once` is what makes a page that is sent twice the same one.
    """

    __tablename__ = "pulse"
    id: int = Field(default=None, primary_key=True)
    says: dict[str, Any] = Field(sa_type=JSON)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by_id: int = Field(foreign_key="person.id")
    once: str = Field(unique=True)
