"""What a change would come to, tried where it keeps nobody waiting: on SQLite in a copy that goes with it.

SQLite has one writer, and to carry out a file of 25,000 rows takes minutes: alerts must not wait for somebody who looks
at what it would do. A server has a connection for each who does something.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from qabot.models.store import SPILLING, Store

T = TypeVar("T")


@contextmanager
def aside(store: Store) -> Iterator[Session]:
    """A session in a copy of a SQLite file; elsewhere one of the database's own, where the caller takes all back.

    Raises SQLAlchemy's `OperationalError` if the file cannot be read, or there is no room for the copy.
    """
    path = _file_of(store)
    if path is None:
        with store.transaction() as session:
            yield session
        return
    with closing(Store(SPILLING, inline=True)) as copy:
        _copy(path, copy)
        with copy.transaction() as session:
            yield session


async def run_aside(store: Store, work: Callable[[Session], T]) -> T:
    """`work(session)` in such a session, off the event loop. Raises `Busy` while others are at it."""
    if _file_of(store) is None:
        return await store.run(work)

    def tried() -> T:
        with aside(store) as session:
            return work(session)

    return await store.beside(tried)


def _file_of(store: Store) -> Path | None:
    """The file of a database, if it is one and a process of its own can open it."""
    name = store.engine.url.database
    path = Path(name) if store.sqlite and name and store.url != SPILLING else None
    return path if path is not None and path.is_file() else None


def _copy(path: Path, into: Store) -> None:
    try:
        with (
            into.engine.connect() as connection,
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file,
        ):
            driver: Any = connection.connection.driver_connection
            file.backup(driver)
    except sqlite3.Error as error:
        raise OperationalError("copy", None, error) from None
