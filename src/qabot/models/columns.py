"""Column types and helpers that every table shares."""

import secrets
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import Dialect, Table
from sqlalchemy.types import DateTime, TypeDecorator
from sqlmodel import SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses a time without a zone, gives back one with UTC, on SQLite as on PostgreSQL."""

    impl = DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the store: UTC without its mark."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the store: UTC with its mark."""
        return None if value is None else value.replace(tzinfo=UTC)


def new_token() -> str:
    """An opaque token of 128 bits, safe in a URL."""
    return secrets.token_urlsafe(16)


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model, for statements over many rows."""
    return cast(Table, model.__dict__["__table__"])
