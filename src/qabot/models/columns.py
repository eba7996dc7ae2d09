"""Column types and helpers that every table shares."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import Dialect, Select, Table, bindparam
from sqlalchemy import select as select_rows
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import DateTime, TypeDecorator
from sqlmodel import Session, SQLModel

Model = TypeVar("Model", bound=SQLModel)


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

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """From the store: UTC with its mark. In one step, because a delivered notice reads dozens of them."""
        if dialect.name == "sqlite":
            return lambda value: None if value is None else datetime.fromisoformat(f"{value}Z")
        return lambda value: None if value is None else value.replace(tzinfo=UTC)


def new_token() -> str:
    """An opaque token of 128 bits, safe in a URL."""
    return secrets.token_urlsafe(16)


def new_tokens(count: int) -> list[str]:
    """So many of them, for which the system is asked once.

    Asking lets go of the interpreter for a moment too short for another thread to take it. Asked thousands of times in
    a row, it would keep the event loop waiting until it is over.
    """
    random = secrets.token_bytes(16 * count)
    return [urlsafe_b64encode(random[at : at + 16]).rstrip(b"=").decode() for at in range(0, len(random), 16)]


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model, for statements over many rows."""
    return cast(Table, model.__dict__["__table__"])


def insert_new(session: Session, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert those rows that break no unique key; the others another process has inserted meanwhile."""
    if rows:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.flush()
        session.connection().execute(insert(table(model)).on_conflict_do_nothing(), rows)


def rows_of(model: type[Model], *, without: Collection[str] = ()) -> Select[Any]:
    """A query for `read`. Columns that nobody looks at need not be fetched."""
    return select_rows(*[column for column in table(model).c if column.name not in without])


def read(
    session: Session, model: type[Model], query: Select[Any], values: Mapping[str, Any] | None = None
) -> list[Model]:
    """Rows to look at and not to change: they have the model's attributes at a fifth of the cost of its objects."""
    return cast(list[Model], run(session, query, values))


def read_among(
    session: Session, model: type[Model], column: str, among: Iterable[Any], *, without: frozenset[str] = frozenset()
) -> list[Model]:
    """The same for the rows whose `column` is one of these."""
    values = list(among)
    return read(session, model, _among(model, column, without), {"among": values}) if values else []


@lru_cache
def _among(model: type[SQLModel], column: str, without: frozenset[str]) -> Select[Any]:
    return rows_of(model, without=without).where(table(model).c[column].in_(bindparam("among", expanding=True)))


def run(session: Session, query: Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[Any]:
    """The rows of a query that was put together once and is asked often: putting it together costs more than asking."""
    session.flush()
    return session.connection().execute(query, values or {}).all()
