"""Accounts with which people sign in to the pages: who is bound to which, and which claims another's place."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from qabot.models.columns import UtcDateTime


class Identity(SQLModel, table=True):
    """An account of an issuer that is somebody's. `subject` is what the issuer never changes nor gives to another.

    For Entra ID it is the object id, and the issuer has the tenant's; for all others `iss` and `sub` of OpenID Connect.
    `accepted_by_id`: the administrator who decided for it; None of one that was bound at a first sign-in.
    """

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("person_id", "issuer"))
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    issuer: str
    subject: str
    bound_at: datetime = Field(sa_type=UtcDateTime)
    accepted_by_id: int | None = Field(default=None, foreign_key="person.id")


class IdentityClash(SQLModel, table=True):
    """Another account with a person's address, until an administrator decides. Nobody signs in with it meanwhile.

    `settled_at` (UTC): it was decided that it is not theirs, so that it is not asked about again.
    """

    __tablename__ = "identity_clash"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)
    id: int = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    issuer: str
    subject: str
    since: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
