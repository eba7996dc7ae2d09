"""What an engine does with what is due: it sends by itself, or has workers send."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlmodel import Session

from qabot.delivery import outbox, queries
from qabot.delivery.drain import drain
from qabot.delivery.outlets import Outlets
from qabot.delivery.redraw import redraw
from qabot.workflows.desk import Desk

log = structlog.get_logger()
ALONE = timedelta(seconds=30)
"""Workers that are started anew are back by then; a dead one is known as dead after eight seconds."""


class Way(Protocol):
    """How what is due leaves."""

    async def drain(self) -> int:
        """See to all notices that are due; how many were tried, or handed on."""

    async def redraw(self) -> int:
        """See to all copies of cards that do not show what is wanted."""


class ByItself:
    """The embedded engine: this process sends. `outlets` are asked for with each round: they can be replaced."""

    def __init__(self, desk: Desk, outlets: Callable[[], Outlets]) -> None:
        self._desk, self._outlets = desk, outlets

    async def drain(self) -> int:
        """Send."""
        return await drain(self._desk, self._outlets())

    async def redraw(self) -> int:
        """Redraw."""
        return await redraw(self._desk, self._outlets())


class ByWorkers:
    """The scaled engine: this process prepares what is due, and defers jobs to the workers. `sweep` defers them.

    An alert must not wait for workers that are not there: after `ALONE` without any this process sends by itself.
    """

    def __init__(self, desk: Desk, outlets: Outlets, sweep: Callable[[Session], int]) -> None:
        self._desk, self._outlets, self._sweep = desk, outlets, sweep
        self._alone_since: datetime | None = None

    async def drain(self) -> int:
        """Gather digests, see to the pilot, and defer again whatever was lost."""

        def work(session: Session) -> int:
            unit = self._desk.unit(session)
            outbox.prepare_all(unit, self._outlets.pilot, outbox.Waiting.now(unit))
            session.flush()
            self._look_for_workers(session)
            return self._sweep(session)

        handed_on = await self._desk.store.run(work)
        if not self._is_alone():
            return handed_on
        if sent := await drain(self._desk, self._outlets):
            log.warning("No worker runs, so the service has sent by itself.", action="workers-missed", notices=sent)
        return handed_on + sent

    def _look_for_workers(self, session: Session) -> None:
        if session.execute(queries.WORKERS).scalar_one():
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = self._desk.now()

    def _is_alone(self) -> bool:
        return self._alone_since is not None and self._desk.now() - self._alone_since >= ALONE

    async def redraw(self) -> int:
        """The transaction that wanted a redraw has deferred it; what was lost is deferred again."""
        handed_on = await self._desk.store.run(self._sweep)
        return handed_on + await redraw(self._desk, self._outlets) if self._is_alone() else handed_on
