"""The two databases, with what can befall each: locked, stopped, its connections ended, the disk full."""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from tests.support.postgres import Server

FULL = "full-disk-filler"
PIECE = 64 * 1024
NUMBERS = count(1)


class Database(Protocol):
    """One database of a qabot."""

    @property
    def name(self) -> str:
        """Which of the two."""

    @property
    def url(self) -> str:
        """Its address, as qabot's setting has it."""

    def copy(self, folder: Path) -> "Database":
        """A database with the same in it, in `folder` if it is a file. Nothing may be connected to this one."""

    def away(self) -> AbstractContextManager[None]:
        """A context in which it cannot be used."""

    def disturb(self) -> None:
        """Whoever uses it at this moment fails, or waits a little; then it is as before."""

    def is_held(self) -> bool:
        """Whether somebody uses it just now."""

    def destroy(self) -> None:
        """All that was in it is gone, and it is as new."""


@dataclass
class SqliteFile:
    """A file. Away is: locked by another process."""

    folder: Path
    file: str = "qabot.sqlite3"
    name = "sqlite"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / self.file}"

    def copy(self, folder: Path) -> "SqliteFile":
        """The last connection that closed has brought the log into the file."""
        shutil.copy(self.folder / self.file, folder)
        return SqliteFile(folder, self.file)

    @contextmanager
    def away(self) -> Iterator[None]:
        connection = sqlite3.connect(self.folder / self.file, isolation_level=None, timeout=60, check_same_thread=False)
        connection.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            connection.rollback()
            connection.close()

    def is_held(self) -> bool:
        """Whether somebody writes just now."""
        connection = sqlite3.connect(self.folder / self.file, isolation_level=None, timeout=0)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
        except sqlite3.OperationalError:
            return True
        finally:
            connection.close()
        return False

    def destroy(self) -> None:
        """The file and what belongs to it."""
        for each in self.folder.glob(f"{self.file}*"):
            each.unlink()

    def disturb(self) -> None:
        """Locked for a moment."""
        with self.away():
            pass


@dataclass
class PostgresDatabase:
    """A database on a server of the tests' own. Away is: the server is stopped, in good order or not."""

    server: Server
    database: str
    name = "postgres"

    @property
    def url(self) -> str:
        return f"{self.server.url}/{self.database}"

    @classmethod
    def new(cls, server: Server) -> "PostgresDatabase":
        """An empty one."""
        made = cls(server, f"faults_{next(NUMBERS)}")
        made.ask(f"CREATE DATABASE {made.database}")
        return made

    def copy(self, folder: Path) -> "PostgresDatabase":
        made = PostgresDatabase(self.server, f"faults_{next(NUMBERS)}")
        made.ask(f"CREATE DATABASE {made.database} TEMPLATE {self.database}")
        return made

    def ask(self, statement: str) -> None:
        """One statement, as the server's owner."""
        with psycopg.connect(f"{self.server.url}/postgres", autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def away(self, mode: str = "fast") -> Iterator[None]:
        self.server.stop(mode)
        try:
            yield
        finally:
            self.server.start()

    def is_held(self) -> bool:
        """Whether a transaction is open just now."""
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state <> 'idle'"
        with psycopg.connect(f"{self.server.url}/postgres", autocommit=True) as connection:
            row = connection.execute(query, (self.database,)).fetchone()
        return row is not None and row[0] > 0

    def holds_locks(self) -> bool:
        """Whether a transaction has written and waits for its process, which says nothing."""
        query = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = %s AND state = 'idle in transaction' AND backend_xid IS NOT NULL"
        )
        with psycopg.connect(f"{self.server.url}/postgres", autocommit=True) as connection:
            row = connection.execute(query, (self.database,)).fetchone()
        return row is not None and row[0] > 0

    def destroy(self) -> None:
        """Dropped, whoever is connected, and made anew."""
        self.ask(f"DROP DATABASE {self.database} WITH (FORCE)")
        self.ask(f"CREATE DATABASE {self.database}")

    def disturb(self) -> None:
        """Every connection is ended, as an administrator or a proxy between the two does it."""
        self.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.database}'")


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path | None]:
    """A disk of this size in memory; None where none may be mounted."""
    with ExitStack() as stack:
        folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/qabot-disk-XXXXXX"], text=True).strip())
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            yield None
            return
        stack.callback(subprocess.run, ["umount", "-l", str(folder)], check=False)
        yield folder


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """No room is left on it."""
    filler = disk / FULL
    try:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0" * PIECE)
        yield
    finally:
        filler.unlink(missing_ok=True)


def rows(url: str, query: str, **values: Any) -> list[Any]:
    """What stands in the database now. Raises `SQLAlchemyError` if it is away."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            return list(connection.execute(text(query), values))
    finally:
        engine.dispose()


def execute(url: str, statement: str) -> None:
    """Change the database from outside, while qabot does not run."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


def usable(url: str) -> bool:
    """Whether it answers."""
    try:
        return bool(rows(url, "SELECT 1"))
    except SQLAlchemyError:
        return False
