"""Whether the database can be used. Everything that uses it goes through one place, which says so once for all."""

import sqlite3
from collections.abc import Callable
from threading import Lock
from time import monotonic

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from qabot.errors import DatabaseAway

log = structlog.get_logger()
SAID_EVERY = 60.0
"""Seconds from one line that the database is away to the next."""
LONGEST_WHY = 200
SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
}
DEADLOCK, NOT_IN_ORDER = "40P01", "40001"
"""PostgreSQL's words for two that wait for one another: one of them is undone, and done once more."""
READ_ONLY, DISK_FULL = "25006", "53100"
"""PostgreSQL's words for a server that is not the one to write to, as after a change of servers; and a full disk."""
SQLITE_WRITES = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
"""Of a database that may go on being read meanwhile."""


def is_away(error: BaseException) -> bool:
    """Whether the database cannot be reached or written now, and not that it refused what was asked of it."""
    if isinstance(error, PoolTimeout | DatabaseAway):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in SQLITE_AWAY
    read_only = _said(error) == READ_ONLY
    return error.connection_invalidated or read_only or isinstance(error, OperationalError | InterfaceError)


def _said(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def _is_of_writing(error: BaseException) -> bool:
    known = getattr(error, "orig", None)
    if isinstance(known, sqlite3.Error):
        return getattr(known, "sqlite_errorcode", 0) & 0xFF in SQLITE_WRITES
    return _said(error) in {READ_ONLY, DISK_FULL}


def is_read_only(error: BaseException) -> bool:
    """Whether a file of SQLite's may not be written here: no time mends that, only a person does."""
    known = error.orig if isinstance(error, DBAPIError) else None
    return isinstance(known, sqlite3.Error) and getattr(known, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY


def why_away(error: BaseException) -> str:
    """Its own words, on one line."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0][:LONGEST_WHY] if said else type(error).__name__


class Availability:
    """Says that the database is away, once a minute while that lasts, and that it is back. `now`: monotonic seconds.

    Whoever uses the database and fails says no more of it: tens of loops and pages do.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._said: float | None = None
        self._to_end = False
        """Whether it was said to be away, and not yet that it is back."""
        self.awaits_write = False
        """Whether only what writes says that it is back: one that is full can still be read."""

    def failed(self, error: BaseException) -> None:
        """A piece of work came to this error, whatever that is."""
        if not is_away(error) or _said(error) in {DEADLOCK, NOT_IN_ORDER}:
            return
        with self._lock:
            now = self._now()
            self.awaits_write |= _is_of_writing(error)
            # One that is full can be read between two writes that fail: that is one trouble, not one each second.
            if self._said is not None and now - self._said < SAID_EVERY:
                return
            self._said, self._to_end = now, True
        # Its own words say what is wrong; a traceback of ours adds nothing.
        log.error(
            "The database cannot be used now. qabot waits for it, and nothing is lost.",
            action="database-away",
            error=why_away(error),
        )

    def answered(self, *, wrote: bool = True) -> None:
        """A piece of work was done; `wrote`: and something was written, which matters if `awaits_write`."""
        if not self._to_end or (self.awaits_write and not wrote):
            return
        with self._lock:
            said, self._to_end, self.awaits_write = self._to_end, False, False
        if said:
            log.info("The database is back.", action="database-back")
