"""People, where they work, what roles they hold, when they are away, and their accounts in chats."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Service(SQLModel, table=True):
    """A part of the department whose teams share the holders of its roles."""

    __tablename__ = "service"
    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)


class Team(SQLModel, table=True):
    """A team in a service."""

    __tablename__ = "team"
    id: int = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    service_id: int = Field(foreign_key="service.id", index=True)


class Person(SQLModel, table=True):
    """A member of staff. Never a child or a parent.

    `work_days` holds the ISO weekdays worked ("12345" is Monday to Friday); hours are local time.
    `deputy_id` stands in whenever this person is away, unless the absence names somebody else. `employee_id` is the
    number by which the council's lists know them, whatever becomes of their name and address. `welcomed_at` (UTC) is
    when the message was planned that says what qabot is: once only, whatever becomes of their accounts.
    `signed_out_at` (UTC): no session that was open then, and no link to sign in that was made before, counts any more.
    """

    __tablename__ = "person"
    id: int = Field(default=None, primary_key=True)
    name: str
    email: str = Field(unique=True)
    employee_id: str | None = Field(default=None, index=True, unique=True)
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    line_manager_id: int | None = Field(default=None, foreign_key="person.id")
    deputy_id: int | None = Field(default=None, foreign_key="person.id")
    work_days: str = Field(default="12345")
    hours_from: time = Field(default=time(9, 0))
    hours_to: time = Field(default=time(16, 30))
    digest_at: time = Field(default=time(9, 30))
    news: bool = Field(default=True)
    administrator: bool = Field(default=False)
    active: bool = Field(default=True)
    welcomed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signed_out_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RoleHolding(SQLModel, table=True):
    """A person holds a role, for a team, for a service or (neither) for the whole council, from a day to a day."""

    __tablename__ = "role_holding"
    __table_args__ = (UniqueConstraint("person_id", "role", "team_id", "service_id"),)
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    role: str = Field(index=True)
    team_id: int | None = Field(default=None, foreign_key="team.id")
    service_id: int | None = Field(default=None, foreign_key="service.id")
    from_on: date | None = None
    to_on: date | None = None


class Absence(SQLModel, table=True):
    """A person is away from a day to a day, both included. Why is not kept."""

    __tablename__ = "absence"
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    from_on: date
    to_on: date
    deputy_id: int | None = Field(default=None, foreign_key="person.id")


class Account(SQLModel, table=True):
    """A person's account on one chat platform.

    `lost_at` is when a message to it was last refused (UTC): a day later it is tried again. None of one that is in
    reach, and of one that was deactivated or has removed the app, which comes back by itself.
    """

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("adapter", "external_id"), UniqueConstraint("person_id", "adapter"))
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    adapter: str
    external_id: str
    conversation: str | None = None
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    reachable: bool = Field(default=True)
    reason: str = ""
    lost_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    linked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AccountClash(SQLModel, table=True):
    """A second account that claims to be a person's, until an administrator, the directory or the person decides.

    `why` is a sentence. `settled_at` (UTC): somebody decided against this account, so that it is not asked about again.
    """

    __tablename__ = "account_clash"
    __table_args__ = (UniqueConstraint("person_id", "adapter", "external_id"),)
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    adapter: str
    external_id: str
    name: str = ""
    conversation: str | None = None
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    why: str
    since: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
