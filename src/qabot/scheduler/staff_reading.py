"""The council's directory, read as a whole once a day where a setting says so, and compared with who works here.

A reading that breaks off, or cannot be right, changes nothing; it is repeated soon, then later and later.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from qabot.adapter import DirectoryUnread, StaffMember
from qabot.errors import BadFile, BadRequest, SetupError
from qabot.imports import whole_directory
from qabot.imports.whole_directory import Leaver, Taken
from qabot.models import Meta
from qabot.models.availability import is_away
from qabot.workflows.desk import Desk

log = structlog.get_logger()
KEY = "directory-reading"
"""The key of `Meta` that holds how it went."""
EVERY = timedelta(days=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""From a reading that failed to the next, unless the directory asks for more."""
MINUTE = 60.0
Read = Callable[[], Awaitable[Sequence[StaffMember]]]
"""Everybody in the directory. Raises `DirectoryUnread`, or `SetupError` where nothing is set up to read it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of a reading: `taken`, who has left here, and who waits until somebody accepts that they have."""

    taken: Taken
    left: tuple[str, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """How the last readings went: when one was whole (UTC), since when they fail, and why the last one did."""

    source: str
    read_at: datetime | None = None
    failing_since: datetime | None = None
    why: str = ""


async def compare(desk: Desk, source: str, staff: Sequence[StaffMember]) -> Compared:
    """Show what differs, and let whoever has left there leave. Raises `BadRequest`, and changes nothing then."""
    taken = await desk.run(lambda unit: whole_directory.take(unit, source, staff))
    left, waiting = list[str](), list[str]()
    for each in taken.leavers:
        (left if await _leave(desk, source, each) else waiting).append(each.name)
    return Compared(taken, tuple(left), tuple(waiting))


async def _leave(desk: Desk, source: str, leaver: Leaver) -> bool:
    """Whether they have left; who cannot, such as the last administrator, waits for somebody."""
    try:
        return await desk.run(lambda unit: whole_directory.leave(unit, source, leaver))
    except (BadFile, BadRequest) as wrong:
        log.warning("somebody who has left in the directory stays", action="leaver-waiting", why=str(wrong))
        return await desk.run(lambda unit: whole_directory.leave(unit, source, leaver, hold=True))


def kept(session: Session) -> Kept | None:
    """How the last readings went; None where none is asked for."""
    row = session.get(Meta, KEY)
    if row is None:
        return None
    said = json.loads(row.value)
    times = {name: datetime.fromisoformat(said[name]) if said[name] else None for name in ("read_at", "failing_since")}
    return Kept(said["source"], why=said["why"], **times)


def forget(session: Session) -> None:
    """No reading is asked for: how the last ones went is nothing to look at."""
    if (row := session.get(Meta, KEY)) is not None:
        session.delete(row)


class DailyReading:
    """Reads one directory. `source` is its name, as the setting gives it."""

    def __init__(self, desk: Desk, source: str, read: Read) -> None:
        self._desk, self._source, self._read = desk, source, read
        self._failures = 0
        self._not_before: datetime | None = None

    async def run(self) -> None:
        """Look every minute, until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(MINUTE)

    async def look(self) -> None:
        """Read, if that is due. Raises nothing."""
        try:
            before = await self._desk.store.run(kept)
            if before is None or before.source != self._source:
                before = Kept(self._source)
            if self._is_due(before):
                await self._try(before)
        except Exception as failed:
            if not is_away(failed):
                log.exception("the directory could not be compared", action="directory-uncompared")

    def _is_due(self, before: Kept) -> bool:
        now = self._desk.now()
        if self._not_before is not None and self._not_before - LONGEST_PAUSE <= now < self._not_before:
            return False
        return before.read_at is None or not before.read_at <= now < before.read_at + EVERY

    async def _try(self, before: Kept) -> None:
        try:
            compared = await compare(self._desk, self._source, await self._read())
        except (DirectoryUnread, BadRequest, SetupError) as failed:
            await self._failed(before, str(failed), getattr(failed, "seconds", None))
            return
        except Exception as failed:
            await self._failed(before, f"It failed ({type(failed).__name__}).", None)
            raise
        self._failures, self._not_before = 0, None
        await self._keep(Kept(self._source, self._desk.now()))
        log.info(
            "the directory was compared with who works here",
            action="directory-compared",
            source=self._source,
            read=compared.taken.read,
            here=compared.taken.here,
            left=len(compared.left),
            waiting=len(compared.waiting),
        )

    async def _failed(self, before: Kept, why: str, seconds: float | None) -> None:
        self._failures += 1
        pause = min(FIRST_PAUSE * 2 ** min(self._failures - 1, 10), LONGEST_PAUSE)
        self._not_before = self._desk.now() + max(pause, min(timedelta(seconds=seconds or 0.0), LONGEST_PAUSE))
        log.warning(
            "the directory was not compared, and nothing was changed",
            action="directory-uncompared",
            source=self._source,
            why=why,
        )
        await self._keep(Kept(self._source, before.read_at, before.failing_since or self._desk.now(), why))

    async def _keep(self, what: Kept) -> None:
        value = json.dumps(asdict(what), default=str)
        await self._desk.store.run(lambda session: session.merge(Meta(key=KEY, value=value)))
