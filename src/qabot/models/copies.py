"""Whole copies of a database, made while the service runs: to a file and back, and from one kind of server to another.

A copy is a SQLite file whatever the database is, so that one made on one kind can be brought back on the other. What
was copied is read again on both sides and compared, row by row, before anybody is told that it is there.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Table,
    collate,
    create_engine,
    inspect,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col

from qabot.errors import SetupError
from qabot.models.availability import is_away, why_away
from qabot.models.event import Event
from qabot.models.migrate import newest, upgrade, version
from qabot.models.numbering import go_on_after, last_numbers
from qabot.models.store import Meta, Store

THE_MOMENT = text("SELECT 1 FROM alembic_version")
"""What a transaction reads first: it goes on seeing the database as it was then."""
ALONE = text(f"LOCK TABLE {Meta.__tablename__} IN EXCLUSIVE MODE")
"""Until the transaction ends nobody else writes there; SQLite has one writer anyway."""
ROWS = 2000
"""Rows that are read, written or compared together."""
COPIED = "copied-at"
"""The key of `Meta` under which a copy says when it was made (UTC)."""
JOBS = "procrastinate_"
"""What the names of the tables of jobs begin with (`QABOT_ENGINE=scaled`). What is to be sent stands in `notice`."""
PACKED = {
    b"\x1f\x8b": "gzip, as .gz",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2, as .bz2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard, as .zst",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
}
"""The first bytes of a packed file, and what packed it."""
LEFT_ALONE = frozenset({"pace", "process"})
"""What is true of the running service alone: which processes there are, and what they sent within the last hour."""


def save(store: Store, path: Path, now: datetime) -> Mapping[str, int]:
    """Copy all of a database, as it is at one moment, into a new SQLite file; the number of rows of each table.

    The copy says that it was made `now` (UTC). The service goes on meanwhile. The file gets its name once it is whole.
    Raises `SetupError` if it is there already, or cannot be written.
    """
    if path.exists():
        raise SetupError(f"{path} is there already, and is not written over. Give another name.")
    if "?" in str(path):
        raise SetupError(f"{path}: what stands behind a question mark is lost to SQLite. Give a name without one.")
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        with closing(Store(f"sqlite:///{part}", inline=True)) as target:
            counted = copy_all(store, target)
            with target.transaction() as session:
                session.merge(Meta(key=COPIED, value=now.isoformat()))
            with target.engine.connect() as connection:
                # One file alone, which can be taken elsewhere.
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
        part.replace(path)
    except (OSError, DBAPIError) as error:
        raise SetupError(f"The copy cannot be made at {path}: {why_away(error)}. Nothing was changed.") from None
    finally:
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):
                part.with_name(f"{part.name}{ending}").unlink(missing_ok=True)
    return counted


def load(path: Path, store: Store) -> Mapping[str, int]:
    """Bring a copy into an empty database, and up to this version; the number of rows of each table.

    The rows say from when the copy is, so that nothing is sent from them however this ends (`brought_back`).
    Raises `SetupError` if the file is no copy of a database of qabot, and `DatabaseTooNew` if a newer qabot made it.
    """
    if not path.is_file():
        raise SetupError(f"There is no file {path}.")
    _see_that_it_is_not_packed(path)
    with _opened(path) as source:
        return copy_all(source, store)


def _see_that_it_is_not_packed(path: Path) -> None:
    try:
        with path.open("rb") as file:
            begins = file.read(max(map(len, PACKED)))
    except OSError:
        return  # SQLite says better why it cannot be opened
    for mark, program in PACKED.items():
        if begins.startswith(mark):
            raise SetupError(
                f"{path} is packed ({program}), and a copy is brought back as it was written. Unpack it, and give the "
                "file that comes out of it. Nothing was changed."
            )


@contextmanager
def _opened(path: Path) -> Iterator[Store]:
    """A copy of the copy, which may be brought to this version: the file itself stays as it is."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            if file.execute("SELECT 1 FROM alembic_version").fetchone() is None:
                raise SetupError(f"{path} is no copy of a database of qabot: it does not say of which version it is.")
            if (verdict := file.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
                raise SetupError(f"{path} is damaged: {verdict}. Take another copy.")
            with TemporaryDirectory(prefix="qabot-") as folder:
                own = Store(f"sqlite:///{folder}/copy.db", inline=True)
                try:
                    _unpack(file, f"{folder}/copy.db")
                    upgrade(own)
                    _say_from_when(own, path)
                    yield own
                finally:
                    own.close()
    except sqlite3.Error as error:
        raise SetupError(f"{path} is no copy of a database of qabot: {error}.") from None


def _unpack(file: sqlite3.Connection, path: str) -> None:
    try:
        with closing(sqlite3.connect(path)) as into:
            file.backup(into)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}:
            raise
        raise SetupError(
            f"The copy cannot be unpacked at {path}: {error}. Make room there, or name another folder in TMPDIR."
        ) from None


def _say_from_when(copy: Store, path: Path) -> None:
    """An older copy, or one that another tool made, does not say it: then its newest line does, or its file."""
    with copy.transaction() as session:
        if session.get(Meta, COPIED) is None:
            line = session.scalar(select(col(Event.at)).order_by(col(Event.id).desc()).limit(1))
            made = line or datetime.fromtimestamp(path.stat().st_mtime, UTC)
            session.add(Meta(key=COPIED, value=made.isoformat()))


def copy_all(source: Store, target: Store) -> Mapping[str, int]:
    """Copy every row of every table, then compare both sides; the number of rows of each table.

    Raises `SetupError` if the source is no whole database of this version of qabot, or the target holds a row.
    """
    if version(source) is None:
        raise SetupError("There is nothing to copy: the database is new.")
    if version(source) != newest():
        raise SetupError(
            f"The database is of version {version(source)}, and this qabot copies {newest()}. Use the qabot that runs "
            "there, and keep it until the copy is made; or the server's own means, such as pg_dump. For a file: stop "
            "whatever uses it, then copy it together with the files beside it (-wal, -shm)."
        )
    tables = [each for each in SQLModel.metadata.sorted_tables if each.name not in LEFT_ALONE]
    _see_that_all_are_known(source, tables)
    upgrade(target)
    with still(source) as reading:
        with target.engine.begin() as writing:
            _see_that_it_is_empty(writing, tables)
            counted = {table.name: _rows(reading, writing, table) for table in tables}
            go_on_after(writing, last_numbers(reading, tables))
        with target.engine.connect() as written:
            for table in tables:
                _compare(reading, written, table)
    return counted


def _see_that_it_is_empty(writing: Connection, tables: list[Table]) -> None:
    """In the transaction that copies: a service that began here meanwhile believes that it may send, and would go on.

    Before it asks whether it may it writes the time down, in `Meta`: one that begins later waits for this transaction.
    """
    if writing.dialect.name == "postgresql":
        writing.execute(ALONE)
    if any(writing.execute(select(literal(1)).select_from(each).limit(1)).first() for each in tables):
        raise SetupError(
            "Something was written to the new database while the copy was on its way there: stop whatever uses it "
            "(qabot serve), empty it or name another one, and give the command again. Nothing was copied."
        )


def _see_that_all_are_known(source: Store, tables: list[Table]) -> None:
    known = {each.name for each in tables} | LEFT_ALONE | {"alembic_version"}
    with source.engine.connect() as connection:
        others = set(inspect(connection).get_table_names()) - known
    if strange := sorted(each for each in others if not each.startswith(JOBS)):
        raise SetupError(f"The database holds tables that are not qabot's: {', '.join(strange)}. They are not copied.")


@contextmanager
def still(store: Store) -> Iterator[Connection]:
    """The database as it is at one moment, for as long as this lasts; others write meanwhile."""
    if not store.sqlite:
        with store.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            connection.execute(THE_MOMENT)
            yield connection
        return
    if make_url(store.url).database in {None, "", ":memory:"}:
        with store.engine.connect() as connection:
            yield connection
        return
    # A transaction that only reads keeps no writer waiting; the store's own begin as writers.
    engine = create_engine(store.engine.url, json_deserializer=orjson.loads, hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
            connection.exec_driver_sql("BEGIN")
            connection.execute(THE_MOMENT)
            yield connection
    finally:
        engine.dispose()


def _rows(reading: Connection, writing: Connection, table: Table) -> int:
    """Copy one table. Where rows refer to others of their own table, that follows once all are there."""
    own = [each.parent for each in table.foreign_keys if each.column.table is table]
    count, later = 0, []
    for rows in _read(reading, table):
        count += len(rows)
        if own:
            later += [each for each in rows if any(each[column.name] is not None for column in own)]
            rows = [{**each, **dict.fromkeys([column.name for column in own])} for each in rows]
        try:
            writing.execute(table.insert(), rows)
        except DBAPIError as error:
            if is_away(error):
                raise
            raise SetupError(_said_of(error, table, rows)) from None
    key = table.primary_key.columns.values()[0]
    for each in later:
        values = {column.name: each[column.name] for column in own}
        writing.execute(update(table).where(key == each[key.name]).values(values))
    return count


def _said_of(error: DBAPIError, table: Table, rows: list[dict[str, Any]]) -> str:
    """Why rows cannot be kept in the other database, with the one that is to blame where its texts show it."""
    key = table.primary_key.columns.values()[0].name
    odd = next((each for each in rows if any("\0" in value for value in each.values() if isinstance(value, str))), None)
    which = f" ({key} {odd[key]})" if odd else ""
    return (
        f"A row of {table.name}{which} cannot be kept in the other database: {why_away(error)}. Correct it where it "
        "stands, and give the command again. Nothing was copied."
    )


def _read(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """All rows in the order of their key, so that two sides come alike."""
    order = [_plain(each, connection.dialect.name) for each in table.primary_key.columns]
    result = connection.execute(select(table).order_by(*order).execution_options(yield_per=ROWS))
    for rows in result.mappings().partitions():
        yield [dict(each) for each in rows]


def _plain(column: Column[Any], dialect: str) -> ColumnElement[Any]:
    """Text in the order of its bytes, as SQLite has it anyway."""
    return collate(column, "C") if dialect == "postgresql" and not isinstance(column.type, Integer) else column


def _compare(one: Connection, other: Connection, table: Table) -> None:
    for here, there in zip(_read(one, table), _read(other, table), strict=True):
        if here != there:
            wrong = next((each for each, twin in zip(here, there, strict=False) if each != twin), here[-1])
            raise RuntimeError(f"{table.name}: the row {wrong} was not copied as it is")
