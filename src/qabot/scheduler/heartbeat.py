"""A process that sends says that it lives, and takes over from those that do not."""

import asyncio
from collections.abc import Callable

import structlog
from sqlmodel import Session

from qabot.delivery.outlets import Outlets
from qabot.delivery.processes import BEAT_SECONDS, beat, leave
from qabot.models.availability import is_away
from qabot.workflows.desk import Desk

log = structlog.get_logger()


def _nothing(session: Session) -> None:
    """What is done with a beat where nothing is."""


class Heartbeat:
    """The beats of one process: of a service, or of a worker."""

    def __init__(
        self,
        desk: Desk,
        outlets: Callable[[], Outlets],
        taken_over: Callable[[], None],
        beside: Callable[[Session], None] = _nothing,
    ) -> None:
        """`taken_over` is called when there is something to go on with; `beside` is done in each beat's transaction."""
        self._desk, self._outlets, self._taken_over, self._beside = desk, outlets, taken_over, beside

    async def keep(self) -> None:
        """Beat until it is cancelled."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                if await self._desk.store.run(self._beat):
                    self._taken_over()
            except Exception as error:
                # While the database is away nobody beats, so nobody is taken for dead.
                if not is_away(error):
                    log.warning("a beat was not written", action="beat-failed", error=type(error).__name__)

    def _beat(self, session: Session) -> int:
        self._beside(session)
        return beat(self._desk.unit(session), self._outlets().holder)

    async def leave(self) -> None:
        """Be known no longer: what is still claimed waits for others."""
        try:
            await self._desk.store.run(lambda session: leave(self._desk.unit(session), self._outlets().holder))
        except Exception as error:
            # The next process finds out by itself.
            if not is_away(error):
                log.exception("what was claimed could not be given back", action="leave-failed")
