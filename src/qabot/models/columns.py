"""Column types and helpers that every table shares."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Boolean, ColumnElement, Dialect, Executable, Select, String, Table, bindparam, literal_column
from sqlalchemy import select as select_rows
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import DateTime, TypeDecorator
from sqlmodel import Session, SQLModel

Row = TypeVar("Row", covariant=True)


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


class StateText(TypeDecorator[str]):
    """One of a few words. A member of their enumeration that it is compared with stands in the statement, unbound.

    An index of the rows in one state answers only a statement that says which. SQLite plans a bound state anew each
    time, and finds no index for two of them: every claim read the whole outbox.
    """

    impl = String
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[str]):
        """Writes members of an enumeration out."""

        def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            """Compare with these."""
            return super().operate(op, *map(_written_out, other), **kwargs)

    comparator_factory = Comparator


def _written_out(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return literal_column(f"'{value.value}'", String)
    return [_written_out(each) for each in value] if isinstance(value, list | tuple | set | frozenset) else value


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":
        """A condition as it is: SQLite would compare it with 1, and look into no index."""
        return self


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """The condition that a column's value is one of a list that is bound by this name.

    On PostgreSQL the list is one array. So a statement is the same however many there are: neither are values written
    out and bound one by one, nor does the server read and plan it anew each time.
    """
    return _Among(column, bindparam(name, expanding=True, type_=column.type))


@compiles(_Among)
def _one_of(element: _Among, compiler: SQLCompiler, **words: Any) -> str:
    column, listed = element.clauses
    return compiler.process(column.in_(listed), **words)


@compiles(_Among, "postgresql")
def _one_of_an_array(element: _Among, compiler: SQLCompiler, **words: Any) -> str:
    column, listed = element.clauses
    array = bindparam(cast(Any, listed).key, type_=postgresql.ARRAY(column.type))
    return f"{compiler.process(column, **words)} = ANY ({compiler.process(array, **words)})"


class _Alphabetical(FunctionElement[str]):
    type = String()
    inherit_cache = True


def alphabetical(column: ColumnElement[Any] | Any) -> ColumnElement[str]:
    """Names to be sorted by, in one order whatever the database and its settings: without regard to capitals.

    Letters with accents come after all others, as SQLite has them anyway.
    """
    return _Alphabetical(column)


@compiles(_Alphabetical)
def _lower(element: _Alphabetical, compiler: SQLCompiler, **words: Any) -> str:
    [column] = element.clauses
    return f"lower({compiler.process(column, **words)})"


@compiles(_Alphabetical, "postgresql")
def _lower_by_bytes(element: _Alphabetical, compiler: SQLCompiler, **words: Any) -> str:
    [column] = element.clauses
    return f'lower({compiler.process(column, **words)} COLLATE "C")'


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


class Rows(Generic[Row]):
    """How rows of a model are read to be looked at, at a fifth of the cost of its objects.

    `row` is a Protocol: what it names is what is fetched, and all that the rows have. They are no objects of the
    model: there is nothing to change in them, and nothing to add to a session.
    """

    def __init__(self, model: type[SQLModel], row: type) -> None:
        self.model, self.table = model, table(model)
        self.names = tuple(
            name for each in reversed(row.__mro__) for name, kind in vars(each).items() if isinstance(kind, property)
        )
        self._among: dict[str, Select[Any]] = {}

    def query(self) -> Select[Any]:
        """A query for `read`, to be narrowed and ordered."""
        return select_rows(*[self.table.c[name] for name in self.names])

    def read(self, session: Session, query: Select[Any], values: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a query that began with `query`."""
        return cast(list[Row], run(session, query, values))

    def among(self, session: Session, column: str, values: Iterable[Any]) -> list[Row]:
        """The rows whose `column` is one of these."""
        if not (keys := list(values)):
            return []
        if column not in self._among:
            condition = among(self.table.c[column], "among")
            self._among[column] = self.query().where(condition)
        return self.read(session, self._among[column], {"among": keys})


def run(session: Session, query: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
    """The rows of a query that was put together once and is asked often: putting it together costs more than asking."""
    session.flush()
    return session.connection().execute(query, values or {}).all()
