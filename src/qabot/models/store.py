"""The database: sessions that are synchronous and off the event loop; one code path for SQLite and PostgreSQL."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import orjson
from sqlalchemy import JSON, Engine, event, func, select
from sqlalchemy.engine import ExceptionContext, make_url
from sqlmodel import Field, Session, SQLModel, create_engine

from qabot.errors import Busy, Unfinished
from qabot.models.availability import Availability
from qabot.models.columns import UtcDateTime, new_token
from qabot.models.once import Once
from qabot.models.same_file import SameFile
from qabot.models.turns import GUEST, Guest, Pool, Ticket
from qabot.private_files import give_to_the_folders_owner

T = TypeVar("T")
THREADS, GUEST_THREADS = 8, 4
"""Connections to a database server: for the service's own work, and for pages."""
SPILLING = "sqlite:///file:?uri=true"
"""A database of this process alone, which goes with it: what `CACHE` does not hold lies in a file without a name."""
CACHE = "-32768"
"""KiB, negative as SQLite has it."""
BUSY = 15_000
"""For how many milliseconds a transaction waits for another process that writes to a SQLite file."""
WAL_ATTEMPTS = 20
LONGEST_BESIDE = 1800.0
"""For how many seconds somebody is waited for who looks at what a long file would do."""
PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""How long a PostgreSQL server may be silent before its connection is lost: seconds, and milliseconds at the end.

A server, or a way to it, that vanishes without a word holds whoever waits for it for a quarter of an hour otherwise.
"""

LONGEST_IDLE, LONGEST_IDLE_OF_COMMANDS = "1min", "10min"
"""For how long a transaction on a PostgreSQL server may wait for its process before the server undoes it.

One that is put to sleep in mid-transaction keeps its locks otherwise, and every other process waits until it wakes.
"""
PREPARING = """
SELECT set_config(name, ours, false)
FROM (VALUES
  ('synchronous_commit', 'off', 'on'),
  ('idle_in_transaction_session_timeout', '0', %s)
) AS s (name, bad, ours)
WHERE current_setting(name) = bad
"""
"""What would break a promise is set for a connection; what whoever runs the server has set besides is kept.

What marks a send as begun must outlive a loss of power. A server that also waits for its standbys keeps to that.
"""


class Meta(SQLModel, table=True):
    """Small facts about this database: the framework in force, the demo's clock."""

    __tablename__ = "meta"
    key: str = Field(primary_key=True)
    value: str


class PendingLink(SQLModel, table=True):
    """What somebody unknown pressed, kept until they have linked their account, and then done."""

    __tablename__ = "pending_link"
    id: int = Field(default=None, primary_key=True)
    token: str = Field(default_factory=new_token, unique=True)
    adapter: str
    external_id: str
    person_id: int = Field(foreign_key="person.id")
    press: dict[str, Any] = Field(sa_type=JSON)
    made_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Store:
    """One database. `run` does work in one transaction in a worker thread, `transaction` right here."""

    def __init__(self, url: str, *, inline: bool = False) -> None:
        """`inline`: no threads at all (simulation, the command line). SQLite has one thread, so one writer."""
        self.url = url
        self.engine = _engine(url, LONGEST_IDLE_OF_COMMANDS if inline else LONGEST_IDLE)
        self.availability = Availability()
        self.sqlite = self.engine.dialect.name == "sqlite"
        self.before_commit: Callable[[Session], None] | None = None
        """Called at the end of each transaction, in it: what follows from what was written commits with it."""
        self._pool = None if inline else Pool(1 if self.sqlite else THREADS, "store")
        # A server does many things at once, so guests have connections of their own there; SQLite has one writer.
        self._guests = self._pool if self.sqlite or inline else Pool(GUEST_THREADS, "store-guests")

        self._beside: Pool | None = None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end, or rolls everything back on any error."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session
            if self.before_commit is not None:
                self.before_commit(session)

    @property
    def acting(self) -> bool:
        """Whether something that somebody does waits for the database, or is being done there."""
        return self._pool is not None and self._pool.acting

    async def run(self, work: Callable[[Session], T], *, act: bool = False) -> T:
        """`work(session)` in one transaction, off the event loop. An `act` is what somebody does: it goes first."""
        if self._pool is None:
            return self._do(work)
        guest, ticket = GUEST.get(), Ticket()
        if guest is None:
            return await asyncio.wrap_future(self._pool.submit(partial(self._do, work), 0, act=act))
        pool = self._guests if guest.rank and not act and self._guests is not None else self._pool
        future = asyncio.wrap_future(pool.submit(partial(self._do, work, ticket), guest.rank, act=act))
        return await _in_time(future, ticket, guest)

    async def beside(self, work: Callable[[], T]) -> T:
        """Long work that nothing of the service's waits for, one at a time, off the event loop. Raises `Busy`."""
        if self._pool is None:
            return work()
        if self._beside is None:
            self._beside = Pool(1, "store-beside")
        ticket, guest = Ticket(), replace(GUEST.get() or Guest(), end=LONGEST_BESIDE)

        def begun() -> T:
            ticket.begin()
            return work()

        return await _in_time(asyncio.wrap_future(self._beside.submit(begun, guest.rank)), ticket, guest)

    def once(self, work: Callable[[Session], T], *, act: bool = False) -> Once[T]:
        """`work` as something that may be tried until the database is there, and is done once."""
        return Once(partial(self.run, act=act), work)

    def _do(self, work: Callable[[Session], T], ticket: Ticket | None = None) -> T:
        try:
            with self.transaction() as session:
                if ticket is not None:
                    session.connection()  # the transaction begins here, which a locked database may take its time for
                    ticket.begin()
                matters = self.availability.awaits_write
                before = self._written(session) if matters else 0
                result = work(session)
                wrote = matters and self._written(session) > before
        except Exception as wrong:
            self.availability.failed(wrong)
            raise
        self.availability.answered(wrote=wrote)
        return result

    def _written(self, session: Session) -> int:
        """More than before if this transaction has written something. Only matters while nothing could be written."""
        session.flush()
        if self.sqlite:
            driver: Any = session.connection().connection.driver_connection
            return int(driver.total_changes)
        return int(session.connection().execute(select(func.txid_current_if_assigned())).scalar() is not None)

    def close(self) -> None:
        """End the threads and every connection."""
        if self._beside is not None:
            self._beside.close(wait=False)
        for pool in (self._pool, self._guests):
            if pool is not None:
                pool.close()
        self.engine.dispose()


async def _in_time(future: "asyncio.Future[T]", ticket: Ticket, guest: Guest) -> T:
    """The result, if the work begins, and ends, within the guest's patience. Raises `Busy`, or `Unfinished`."""
    future.add_done_callback(_seen)
    try:
        for seconds in (guest.begin, guest.end):
            await asyncio.wait({future}, timeout=seconds)
            if future.done():
                return future.result()
            if ticket.leave():
                future.cancel()
                raise Busy
    except asyncio.CancelledError:
        ticket.leave()
        future.cancel()
        raise
    raise Unfinished


def _seen(future: "asyncio.Future[Any]") -> None:
    # What comes of work that nobody waits for any more is no news to the event loop.
    if not future.cancelled():
        future.exception()


def _engine(url: str, longest_idle: str = LONGEST_IDLE) -> Engine:
    """What fails says which statement it was, and not with which values: the log holds nothing that a person wrote."""
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith("sqlite"):
        own = make_url(url).query
        patience = {name: value for name, value in PATIENCE.items() if name not in own}
        engine = create_engine(
            url, pool_size=THREADS + GUEST_THREADS, pool_pre_ping=True, connect_args=patience, hide_parameters=True
        )
        event.listen(engine, "connect", partial(_prepare_postgresql, longest_idle))
        event.listen(engine, "handle_error", _leave_out_the_row)
        return engine
    from sqlalchemy.pool import StaticPool

    of_one_connection = url in {"sqlite://", "sqlite:///:memory:", SPILLING}
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": BUSY / 1000},
        json_deserializer=orjson.loads,
        hide_parameters=True,
        **({"poolclass": StaticPool} if of_one_connection else {}),
    )
    if not of_one_connection:
        SameFile(str(engine.url.database)).watch(engine)
    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", _prepare_spilling if url == SPILLING else _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_postgresql(longest_idle: str, connection: Any, _record: Any) -> None:
    if _is_pooled(connection):
        # The next transaction may be on another connection of the pooler's, which has not prepared it.
        connection.prepare_threshold = None
    with connection.cursor() as cursor:
        cursor.execute(PREPARING, (longest_idle,))
    connection.commit()


def _leave_out_the_row(context: ExceptionContext) -> None:
    """PostgreSQL quotes the value, or the whole row, that it does not take."""
    detail = getattr(getattr(context.original_exception, "diag", None), "message_detail", None)
    if detail is None:
        return
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = tuple(str(each).replace(detail, "left out") for each in error.args)


def _is_pooled(connection: Any) -> bool:
    """Whether a pooler stands between: what it calls the server's process is not what the server does."""
    with connection.cursor() as cursor:
        served = cursor.execute("SELECT pg_backend_pid()").fetchone()[0]
    return bool(served != connection.info.backend_pid)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: _begin_immediate does, so that a reader never becomes a
    # writer half-way and fails with "database is locked" when another process got there first.
    connection.isolation_level = None
    _use_wal(connection)
    # What marks a send as begun, and what people press, must outlast a power cut: each commit is on the disk.
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY}"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_spilling(connection: Any, _record: Any) -> None:
    # Nothing of it outlives the process, so no log of what to undo has to be on the disk.
    connection.isolation_level = None
    for pragma in (f"cache_size={CACHE}", "journal_mode=MEMORY", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _make_private(_dialect: Any, _record: Any, arguments: Sequence[Any], parameters: Mapping[str, Any]) -> None:
    # A new file is its owner's alone, whatever the umask; SQLite gives the files beside it (-wal, -shm) the same mode.
    path = str(arguments[0])
    if path not in {"", ":memory:"} and not parameters.get("uri"):
        # Only a file that is not there is opened: to close one that is would end the locks that SQLite has on it. What
        # cannot be made, SQLite says better when it connects.
        with suppress(OSError):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                give_to_the_folders_owner(handle, path)
            finally:
                os.close(handle)


def _use_wal(connection: Any) -> None:
    for _ in range(WAL_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            # SQLite refuses this one at once where another process has just begun with the new file. It waits for a
            # transaction, as long as its timeout, so one is begun and ended.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
