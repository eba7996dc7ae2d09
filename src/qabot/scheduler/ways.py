"""What an engine does with what is due: it sends by itself, or has workers send."""

from collections.abc import Callable
from typing import Protocol

from sqlmodel import Session

from qabot.delivery import outbox
from qabot.delivery.drain import drain
from qabot.delivery.outlets import Outlets
from qabot.delivery.redraw import redraw
from qabot.workflows.desk import Desk


class Way(Protocol):
    """How what is due leaves."""

    async def drain(self) -> int:
        """See to all notices that are due; how many were tried, or handed on."""

    async def redraw(self) -> int:
        """See to all copies of cards that do not show what is wanted."""


class ByItself:
    """The embedded engine: this process sends."""

    def __init__(self, desk: Desk, outlets: Outlets) -> None:
        self._desk, self._outlets = desk, outlets

    async def drain(self) -> int:
        """Send."""
        return await drain(self._desk, self._outlets)

    async def redraw(self) -> int:
        """Redraw."""
        return await redraw(self._desk, self._outlets)


class ByWorkers:
    """The scaled engine: this process prepares what is due, and defers jobs to the workers. `sweep` defers them."""

    def __init__(self, desk: Desk, outlets: Outlets, sweep: Callable[[Session], int]) -> None:
        self._desk, self._outlets, self._sweep = desk, outlets, sweep

    async def drain(self) -> int:
        """Gather digests, see to the pilot, and defer again whatever was lost."""

        def work(session: Session) -> int:
            outbox.prepare_all(self._desk.unit(session), self._outlets.pilot)
            session.flush()
            return self._sweep(session)

        return await self._desk.store.run(work)

    async def redraw(self) -> int:
        """The transaction that wanted a redraw has deferred it; what was lost is deferred again."""
        return await self._desk.store.run(self._sweep)
