"""What is read of the council's own systems now and then: when it is due, and how it went, for whoever runs qabot.

A reading that breaks off, or cannot be right, changes nothing; it is repeated soon, then later and later.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from qabot.adapter import DirectoryUnread
from qabot.errors import BadRequest, SetupError
from qabot.models import Meta
from qabot.models.availability import is_away
from qabot.workflows.desk import Desk

log = structlog.get_logger()
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""From a reading that failed to the next, unless the system asks for more."""
LATE = timedelta(days=1)
"""After so long without a whole reading something is wrong."""
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Kept:
    """How the last readings went: when one was whole (UTC), since when they fail, and why the last one did."""

    source: str
    read_at: datetime | None = None
    failing_since: datetime | None = None
    why: str = ""


def kept(session: Session, key: str) -> Kept | None:
    """How the last readings of a kind went; None where none is asked for."""
    row = session.get(Meta, key)
    if row is None:
        return None
    said = json.loads(row.value)
    times = {name: datetime.fromisoformat(said[name]) if said[name] else None for name in ("read_at", "failing_since")}
    return Kept(said["source"], why=said["why"], **times)


def forget(session: Session, key: str) -> None:
    """No reading of this kind is asked for: how the last ones went is nothing to look at."""
    if (row := session.get(Meta, key)) is not None:
        session.delete(row)


class Reading(ABC):
    """Reads one system. `source` is its name, as the setting gives it."""

    key: str
    """The key of `Meta` that holds how it went."""
    every: timedelta
    """From a whole reading to the next."""

    def __init__(self, desk: Desk, source: str) -> None:
        self.desk, self.source = desk, source
        self._failures = 0
        self._not_before: datetime | None = None

    @abstractmethod
    async def read(self) -> None:
        """Read, and do what follows. Raises `DirectoryUnread`, `BadRequest` or `SetupError` with what was wrong."""

    @abstractmethod
    def say(self, why: str) -> None:
        """Write to the service's log that it failed."""

    async def run(self) -> None:
        """Look every minute, until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(MINUTE)

    async def look(self) -> None:
        """Read, if that is due. Raises nothing."""
        try:
            before = await self.desk.store.run(lambda session: kept(session, self.key))
            if before is None or before.source != self.source:
                before = Kept(self.source)
            if self._is_due(before):
                await self._try(before)
        except Exception as failed:
            if not is_away(failed):
                log.exception("a reading failed", action="reading-failed", source=self.source)

    def _is_due(self, before: Kept) -> bool:
        now = self.desk.now()
        if self._not_before is not None and self._not_before - LONGEST_PAUSE <= now < self._not_before:
            return False
        return before.read_at is None or not before.read_at <= now < before.read_at + self.every

    async def _try(self, before: Kept) -> None:
        try:
            await self.read()
        except (DirectoryUnread, BadRequest, SetupError) as failed:
            await self._failed(before, str(failed), getattr(failed, "seconds", None))
            return
        except Exception as failed:
            await self._failed(before, f"It failed ({type(failed).__name__}).", None)
            raise
        self._failures, self._not_before = 0, None
        await self._keep(Kept(self.source, self.desk.now()))

    async def _failed(self, before: Kept, why: str, seconds: float | None) -> None:
        self._failures += 1
        pause = min(FIRST_PAUSE * 2 ** min(self._failures - 1, 10), LONGEST_PAUSE)
        self._not_before = self.desk.now() + max(pause, min(timedelta(seconds=seconds or 0.0), LONGEST_PAUSE))
        self.say(why)
        await self._keep(Kept(self.source, before.read_at, before.failing_since or self.desk.now(), why))

    async def _keep(self, what: Kept) -> None:
        value = json.dumps(asdict(what), default=str)
        await self.desk.store.run(lambda session: session.merge(Meta(key=self.key, value=value)))
