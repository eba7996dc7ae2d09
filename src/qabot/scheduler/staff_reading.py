"""The council's directory, read as a whole once a day where a setting says so, and compared with who works here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from qabot.adapter import StaffMember
from qabot.errors import BadFile, BadRequest
from qabot.imports import whole_directory
from qabot.imports.whole_directory import Leaver, Taken
from qabot.scheduler.readings import Reading
from qabot.workflows.desk import Desk

log = structlog.get_logger()
KEY = "directory-reading"
Read = Callable[[], Awaitable[Sequence[StaffMember]]]
"""Everybody in the directory. Raises `DirectoryUnread`, or `SetupError` where nothing is set up to read it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of a reading: `taken`, who has left here, and who waits until somebody accepts that they have."""

    taken: Taken
    left: tuple[str, ...]
    waiting: tuple[str, ...]


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


class DailyReading(Reading):
    """Reads one directory."""

    key = KEY
    every = timedelta(days=1)

    def __init__(self, desk: Desk, source: str, staff: Read) -> None:
        super().__init__(desk, source)
        self._staff = staff

    async def read(self) -> None:
        """Compare it with who works here."""
        compared = await compare(self.desk, self.source, await self._staff())
        log.info(
            "the directory was compared with who works here",
            action="directory-compared",
            source=self.source,
            read=compared.taken.read,
            here=compared.taken.here,
            left=len(compared.left),
            waiting=len(compared.waiting),
        )

    def say(self, why: str) -> None:
        """Nothing was changed."""
        log.warning(
            "the directory was not compared, and nothing was changed",
            action="directory-uncompared",
            source=self.source,
            why=why,
        )
