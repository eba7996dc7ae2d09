"""An SQLite database is the file that was opened, and no other that stands in its place later.

SQLite goes on with a file that was moved, deleted or replaced beneath it: whatever is written then is gone with the
process, and nothing says so. A second connection would even mix two files that have one log (SQLite, "How to corrupt
an SQLite database file", 4.1). So each transaction looks first, by the file's number, as SQLite itself does where it
keeps no log (SQLITE_READONLY_DBMOVED).
"""

import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError


class SameFile:
    """The file of one engine, from its first connection on."""

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(path)
        self._number: int | None = None

    def watch(self, engine: Engine) -> None:
        """Have each connection and each transaction look."""
        event.listen(engine, "do_connect", self._before_connection)
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "begin", self._before_transaction)

    def _before_connection(self, _dialect: Any, _record: Any, _given: Sequence[Any], _more: Mapping[str, Any]) -> None:
        if not self._is_there():
            raise _gone(self._path)

    def _connected(self, _connection: Any, _record: Any) -> None:
        if self._number is None:
            with suppress(OSError):  # an address of SQLite's own kind (file:...) names no path
                self._number = os.stat(self._path).st_ino

    def _before_transaction(self, _connection: Any) -> None:
        if not self._is_there():
            raise OperationalError("BEGIN", {}, _gone(self._path))

    def _is_there(self) -> bool:
        if self._number is None:
            return True
        try:
            return os.stat(self._path).st_ino == self._number
        except OSError:
            return False


def _gone(path: str) -> sqlite3.OperationalError:
    """What the database layer takes for a database that is away."""
    wrong = sqlite3.OperationalError(
        f"the file {path} was moved, deleted or replaced while it was in use: put it back, or start qabot again"
    )
    wrong.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    return wrong
