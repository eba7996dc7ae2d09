"""Sealing what is new in the event log, every few seconds and beside everything else (`qabot.rights.marks`)."""

import asyncio

import structlog

from qabot.models.availability import is_away
from qabot.rights import marks
from qabot.scheduler.clock import Clock
from qabot.workflows.desk import Desk

log = structlog.get_logger()
EVERY_SECONDS = 10.0


class LogSealing:
    """Seals the log of one database. Any number of processes may: each line is sealed once."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk, self._clock = desk, clock

    async def look(self) -> int:
        """Seal whatever has no mark yet; how many lines those were. What fails is said, and tried again."""
        sealed, count = 0, marks.BATCH
        try:
            while count >= marks.BATCH:
                count = await self._desk.store.run(lambda session: marks.seal(session, self._clock.now()))
                sealed += count
        except Exception as error:
            if not is_away(error):
                log.exception("what is new in the event log could not be sealed", action="seal-failed")
        return sealed

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)
