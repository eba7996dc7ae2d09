"""Addresses at which calendars fetch what is due, and what each has been given."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime, new_token


class FeedKind(StrEnum):
    """What it holds: what concerns its person, or the whole programme."""

    own = "own"
    programme = "programme"


class CalendarFeed(SQLModel, table=True):
    """One address. `nonce` is part of it and is not all of it: it is signed with the service's secret key.

    Ending it deletes the row. `used_at` (UTC) is when a calendar last asked for it, to the day.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (UniqueConstraint("person_id", "kind"),)
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    kind: str
    nonce: str = Field(default_factory=new_token)
    made_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CalendarItem(SQLModel, table=True):
    """What a calendar was given last under one name (`uid`), so that it hears of what changes and what is cancelled.

    `sequence` counts its changes. What is no longer there is kept as cancelled for a while.
    """

    __tablename__ = "calendar_item"
    __table_args__ = (UniqueConstraint("feed_id", "uid"),)
    id: int = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="calendar_feed.id", index=True)
    uid: str
    title: str
    day: date
    last: date
    starts: time | None = None
    ends: time | None = None
    path: str
    sequence: int = 0
    changed_at: datetime = Field(sa_type=UtcDateTime)
    cancelled: bool = False
