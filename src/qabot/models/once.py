"""Work that is done once, however often it is tried: also where a connection is lost just as its transaction commits.

PostgreSQL can have committed then, and nobody here has heard of it; so each try notes its transaction's number, and the
next one asks first what became of that. SQLite has no such doubt: what it could not commit is undone.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from qabot.errors import DatabaseAway
from qabot.models.availability import is_away

T = TypeVar("T")
Run = Callable[[Callable[[Session], Any]], Awaitable[Any]]
"""Does work in one transaction, as `Store.run` does."""
NUMBER = text("SELECT CAST(pg_current_xact_id_if_assigned() AS text)")
STATUS = text("SELECT pg_xact_status(CAST(:number AS xid8))")


class Once(Generic[T]):
    """One piece of work."""

    def __init__(self, run: Run, work: Callable[[Session], T]) -> None:
        self._run, self._work = run, work
        self._number: str | None = None
        self._result: T | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether the last try may have been committed, although it failed."""
        return self._number is not None

    async def attempt(self) -> T:
        """One try; to be called again while it raises that the database is away. The result is that of the first."""
        if self._number is not None:
            status = await self._run(self._status)
            if status not in ("committed", "aborted"):
                raise DatabaseAway
            self._number = None
            if status == "committed":
                return cast(T, self._result)
        result: T = await self._run(self._noting)
        self._number = None
        return result

    def _noting(self, session: Session) -> T:
        self._number = None
        result = self._result = self._work(session)
        session.flush()
        if session.get_bind().dialect.name == "postgresql":
            self._number = session.execute(NUMBER).scalar_one()
        return result

    def _status(self, session: Session) -> str:
        """What became of the last try; a server that took over and has never heard of it has not committed it."""
        try:
            return str(session.execute(STATUS, {"number": self._number}).scalar_one())
        except DBAPIError as unknown:
            if is_away(unknown):
                raise
            return "aborted"
