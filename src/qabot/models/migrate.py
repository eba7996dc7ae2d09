"""Bringing a database to this version's tables, with Alembic; an empty one is given them at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, create_mock_engine, func, inspect, select, table
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import ExecutableDDLElement
from sqlmodel import SQLModel

from qabot.errors import DatabaseTooNew, SetupError
from qabot.models.alone import Work, be_alone
from qabot.models.store import BUSY, Store

ALEMBICS_OWN = "alembic_version"
HERE = Path(__file__).parent / "migrations"
LONGEST_MIGRATION = 600_000
"""For how many milliseconds a process waits for another one that brings a SQLite database up: a large one on a slow
machine takes minutes. PostgreSQL's lock is waited for as long as it takes.
"""


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made here so that no file has to be found."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.attributes["connection"] = connection
    return made


def version(store: Store) -> str | None:
    """The database's version; None if it is empty."""
    with store.engine.connect() as connection:
        return _revision(connection)


def newest() -> str:
    """The version that this qabot writes."""
    return str(_scripts().get_current_head())


def upgrade(store: Store, to: str = "head") -> None:
    """Bring the database up to this version. Raises `DatabaseTooNew` if a newer qabot wrote it.

    Several processes may come at once: one does it, the others wait and then find nothing left to do.
    """
    with _alone(store) as connection:
        current = _revision(connection)
        _refuse_newer(current)
        if current is None and to == "head" and not inspect(connection).get_table_names():
            _make_all(connection)
        else:
            command.upgrade(config(connection), to)


def refuse_other_versions(store: Store) -> None:
    """Raise `SetupError` if an older qabot wrote the database, `DatabaseTooNew` if a newer one did."""
    current = version(store)
    _refuse_newer(current)
    if current not in {None, newest()}:
        raise SetupError(
            f"The database is of version {current}, and this qabot is for {newest()}. Copy it with the qabot that runs "
            "there (qabot backup), then `qabot upgrade` brings it up: docs/upgrade.md. Nothing was changed."
        )


def _refuse_newer(current: str | None) -> None:
    if current is not None and current not in _revisions():
        raise DatabaseTooNew(
            f"The database is of version {current}, which this qabot does not know: a newer qabot has written it. "
            "Install that version again, or restore a backup from before. Nothing was changed."
        )


def _make_all(connection: Connection) -> None:
    """Give an empty database the tables of the models, which are those that the migrations come to.

    tests/migration holds the two against each other. It takes a twentieth of the migrations' time.
    """
    for statement in _statements(connection.engine.url.drivername):
        connection.exec_driver_sql(statement)
    MigrationContext.configure(connection).stamp(_scripts(), "head")


@cache
def _statements(driver: str) -> tuple[str, ...]:
    """What makes every table and index; put together once in a process."""
    made: list[str] = []

    def note(statement: ExecutableDDLElement, *_: Any) -> None:
        made.append(str(statement.compile(dialect=engine.dialect)))

    engine: MockConnection = create_mock_engine(f"{driver}://", note)
    SQLModel.metadata.create_all(engine, checkfirst=False)
    # A table's indexes are a set, in another order in each process. Which of two equal ones SQLite takes goes by it.
    return tuple(sorted(made, key=_index))


def _index(statement: str) -> str:
    """What an index is made with, behind all that makes tables, which keep their order."""
    return statement if statement.lstrip().startswith(("CREATE INDEX", "CREATE UNIQUE INDEX")) else ""


def downgrade(store: Store, to: str, *, lose: bool = False) -> None:
    """Take the database back to an older version.

    Raises `SetupError`, and changes nothing, if something is kept for which that version has no place; with `lose` it
    goes. What cannot be kept in another way (a piece of work without a case, before there was such a thing) is an error
    of the database, and changes nothing either.
    """
    with _alone(store) as connection:
        before = {} if lose else _kept(connection)
        command.downgrade(config(connection), to)
        if lost := _without_place(connection, before):
            raise SetupError(
                f"Version {to} has no place for what is kept: {', '.join(lost)}. Nothing was changed. Restore a copy "
                "from before the upgrade instead, or accept that this is lost."
            )


def _kept(connection: Connection) -> dict[tuple[str, str], int]:
    """How many rows each table has (with "" for the column), and how many values each column that can be empty has."""
    counts_by_column: dict[tuple[str, str], int] = {}
    # Columns alone: to read all that a table is, its indexes and what it refers to, takes five times as long.
    for (_, name), columns in sorted(inspect(connection).get_multi_columns().items()):
        if name == ALEMBICS_OWN:
            continue
        names = [each["name"] for each in columns if each["nullable"]]
        counts = [func.count(), *(func.count(column(each)) for each in names)]
        values = connection.execute(select(*counts).select_from(table(name))).one()
        counts_by_column |= {(name, each): count for each, count in zip(["", *names], values, strict=True)}
    return counts_by_column


def _without_place(connection: Connection, before: Mapping[tuple[str, str], int]) -> list[str]:
    """What of this is not in the database any more, in words: rows, and values of columns that are gone."""
    after = _kept(connection) if before else {}
    there = {name for name, _ in after}
    homeless, said_elsewhere = [], _said_elsewhere()
    for (name, part), count in before.items():
        left = after.get((name, part), 0)
        if part and (name not in there or (name, part) in after or f"{name}.{part}" in said_elsewhere):
            continue  # its rows are counted, or nothing is lost with it
        if left < count:
            homeless.append(f"{count - left} of {name}{'.' if part else ''}{part}")
    return homeless


def _said_elsewhere() -> frozenset[str]:
    """The columns that say what other columns of an older version say too, or are given by the way down."""
    return frozenset(
        column for each in _scripts().walk_revisions() for column in getattr(each.module, "SAID_ELSEWHERE", ())
    )


@contextmanager
def _alone(store: Store) -> Iterator[Connection]:
    """One transaction that no other process migrates beside."""
    with store.engine.connect() as connection, _tables_may_be_made_anew(connection), connection.begin():
        be_alone(connection, Work.migration)
        before = _revision(connection)
        yield connection
        # Not at every start: in a large database it takes seconds.
        if connection.dialect.name == "sqlite" and _revision(connection) != before:
            _check_references(connection)


@contextmanager
def _tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """Let SQLite change a table by making it anew, also one to which rows of others refer, however long another takes.

    To drop the old one would be refused, and inside a transaction references cannot be switched off.
    """
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    driver.execute("PRAGMA foreign_keys=OFF")
    driver.execute(f"PRAGMA busy_timeout={LONGEST_MIGRATION}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY}")
        driver.execute("PRAGMA foreign_keys=ON")


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())


def _revisions() -> frozenset[str]:
    return frozenset(each.revision for each in _scripts().walk_revisions())


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _check_references(connection: Connection) -> None:
    """Raise `RuntimeError`, so that nothing is kept, if a row refers to one that is no longer there."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        table, row, other, _ = broken[0]
        raise RuntimeError(f"Row {row} of {table} refers to a row of {other} that is not there; {len(broken)} in all")
