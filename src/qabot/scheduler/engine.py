"""The embedded engine: APScheduler's clock ticks, and one loop plans, sends and redraws. The database decides.

The clock may stop, double or lose a tick: what is due stands in the database, not in a job.
"""

import asyncio
from datetime import datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from qabot.delivery import outbox
from qabot.delivery.drain import Outlets, drain
from qabot.delivery.redraw import next_redraw, redraw
from qabot.scheduler import calm
from qabot.scheduler.clock import Clock
from qabot.scheduler.directories import Directories
from qabot.scheduler.tick import Ticker, tick
from qabot.workflows.desk import Desk

log = structlog.get_logger()
EVERY_SECONDS = 10
SOONEST = 0.05


class Engine:
    """Plans, sends and redraws, one round at a time."""

    def __init__(self, desk: Desk, outlets: Outlets, clock: Clock, ticker: Ticker) -> None:
        self.desk = desk
        self.outlets = outlets
        self.clock = clock
        self.ticker = ticker
        self.last_tick: datetime | None = None
        self.directories = Directories(desk, lambda: self.outlets)
        self._round = asyncio.Lock()
        self._redrawing = asyncio.Lock()
        self._wake, self._stale = asyncio.Event(), asyncio.Event()
        outlets.recorded = self._stale.set
        self._stopping = False
        self._loop_task: asyncio.Task[None] | None = None
        self._redraw_task: asyncio.Task[None] | None = None
        self._first_sync: asyncio.Task[None] | None = None
        self._scheduler: AsyncIOScheduler | None = None

    async def cycle(self) -> int:
        """One whole round: tick, drain, redraw. The number of deadlines planned and notices tried."""
        async with self._round:
            done = await tick(self.desk.store, self.ticker, self.desk.unit)
            await self.directories.before_sends()
            done += await drain(self.desk, self.outlets)
            await self.redraw()
            self.last_tick = self.clock.now()
            return done

    async def redraw(self) -> None:
        """Bring every copy of a card to its newest state that may be tried now."""
        async with self._redrawing:
            await redraw(self.desk, self.outlets)

    def wake(self) -> None:
        """Have the loops work now. Safe to call at any time, as often as one likes."""
        self._wake.set()
        self._stale.set()

    async def start(self) -> None:
        """Start the clock and the loop."""
        self._scheduler = AsyncIOScheduler()
        self._scheduler.add_job(
            self.wake, "interval", seconds=EVERY_SECONDS, id="tick",
            misfire_grace_time=None, coalesce=True, max_instances=1,
        )  # fmt: skip
        self._scheduler.add_job(
            self.directories.look, "interval", seconds=EVERY_SECONDS, id="directories",
            misfire_grace_time=None, coalesce=True, max_instances=1,
        )  # fmt: skip
        self._scheduler.start()
        calm.begin()
        self._first_sync = asyncio.create_task(self.directories.look())
        self.wake()
        self._loop_task = asyncio.create_task(self._loop())
        self._redraw_task = asyncio.create_task(self._redraw_loop())

    async def stop(self) -> None:
        """Finish the round under way and stop."""
        self._stopping = True
        self.wake()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        if self._first_sync is not None:
            self._first_sync.cancel()
        for task in (self._loop_task, self._redraw_task):
            if task is not None:
                await task
        calm.end()

    async def _wake_for_next(self) -> None:
        """What waits for a platform's pace, or for the pause that it asked for, does not wait for the next tick too."""
        desk = self.desk
        moment = await desk.store.run(lambda session: outbox.next_moment(desk.unit(session)))
        seconds = (moment - self.clock.now()).total_seconds() if moment else EVERY_SECONDS
        if seconds < EVERY_SECONDS:
            asyncio.get_running_loop().call_later(max(seconds, SOONEST), self.wake)

    async def _loop(self) -> None:
        while not self._stopping:
            await self._wake.wait()
            self._wake.clear()
            if self._stopping:
                return
            try:
                if await self.cycle():
                    calm.tidy()
                    await self._wake_for_next()
            except Exception:
                # The loop must outlive a database that is away for a moment; the health page shows a late tick.
                log.exception("a round failed", action="round-failed")
                await asyncio.sleep(1)

    async def _redraw_loop(self) -> None:
        """A press does not wait until a long round is over: the other copies of its card are redrawn beside it."""
        while not self._stopping:
            await self._stale.wait()
            self._stale.clear()
            if self._stopping:
                return
            try:
                await self.redraw()
                await self._redraw_next()
            except Exception:
                log.exception("cards were not redrawn", action="round-failed")
                await asyncio.sleep(1)

    async def _redraw_next(self) -> None:
        desk = self.desk
        moment = await desk.store.run(lambda session: next_redraw(desk.unit(session)))
        seconds = (moment - self.clock.now()).total_seconds() if moment else EVERY_SECONDS
        if seconds < EVERY_SECONDS:
            asyncio.get_running_loop().call_later(max(seconds, SOONEST), self._stale.set)
