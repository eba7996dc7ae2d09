"""The engine of a service: one loop plans, and sends and redraws by itself or has workers do it (`ways`), every few
seconds and when it is woken. The database decides.

A round may be late, doubled or lost: what is due stands in the database. The loop waits by the monotonic clock, so that
a wall clock that is put back keeps no round away.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from qabot.delivery import outbox
from qabot.delivery.chats import Chats
from qabot.delivery.outlets import Outlets
from qabot.delivery.redraw import next_redraw
from qabot.models.availability import is_away
from qabot.scheduler import calm, new_days
from qabot.scheduler.clock import Clock
from qabot.scheduler.directories import Directories
from qabot.scheduler.heartbeat import Heartbeat
from qabot.scheduler.sealing import LogSealing
from qabot.scheduler.standstill import Standstill
from qabot.scheduler.tick import Ticker, tick
from qabot.scheduler.watch import ClockWatch
from qabot.scheduler.ways import ByItself, Way
from qabot.workflows.desk import Desk
from qabot.workflows.programme import rules_in_force

log = structlog.get_logger()
EVERY_SECONDS = 10
PATIENCE = 15
"""Seconds after which a round comes although the clock has not ticked."""
SOONEST = 0.05
BREATH = 0.1
"""Seconds from the end of a round to the next: what many people press meanwhile is followed by one round, not by many.

A round looks at the whole outbox, which costs the database as much as a press does.
"""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
"""Seconds from a round that failed to the next one."""


class Engine:
    """Plans, sends and redraws, one round at a time."""

    def __init__(self, desk: Desk, outlets: Outlets, clock: Clock, ticker: Ticker, way: Way | None = None) -> None:
        """`way`: how what is due leaves; by itself if none is given."""
        self.way = way or ByItself(desk, lambda: self.outlets)
        self.desk = desk
        self.outlets = outlets
        self.clock = clock
        self.ticker = ticker
        self.watch = ClockWatch(desk, clock, ticker)
        self.last_tick: datetime | None = None
        self._started: datetime | None = None
        self.standstill = Standstill()
        self.directories = Directories(desk, lambda: self.outlets)
        self.sealing = LogSealing(desk, clock)
        self.chats = Chats(lambda: self.outlets)
        self._heartbeat = Heartbeat(desk, lambda: self.outlets, self.wake, self.chats.look)
        self._round = asyncio.Lock()
        self._redrawing = asyncio.Lock()
        self._wake, self._stale = asyncio.Event(), asyncio.Event()
        outlets.recorded = self._stale.set
        self._stopping, self._ending, self._knows_days = False, asyncio.Event(), False
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._loop_task: asyncio.Task[None] | None = None
        self._redraw_task: asyncio.Task[None] | None = None
        self._directory_task: asyncio.Task[None] | None = None
        self._beat_task: asyncio.Task[None] | None = None
        self._seal_task: asyncio.Task[None] | None = None

    @property
    def quiet_since(self) -> datetime | None:
        """Since when no round has ended (UTC): the last one's end, else the start. None before that."""
        return self.last_tick or self._started

    async def cycle(self) -> int:
        """One whole round: tick, drain, redraw. The number of deadlines planned and notices tried."""
        done = await self.plan_and_send()
        await self.redraw()
        return done

    async def plan_and_send(self) -> int:
        """A round without what is redrawn: tick, drain. The number of deadlines planned and notices tried."""
        async with self._round:
            moved = await self.watch.look()
            self.last_tick = self.last_tick + moved if self.last_tick else None
            self._started = self._started + moved if self._started else None
            if await self._stands_still():
                self.last_tick = self.clock.now()
                return 0
            await self._know_days()
            done = await tick(self.desk.store, self.ticker, self.desk.unit)
            await self.directories.before_sends()
            done += await self.way.drain()
            self.last_tick = self.clock.now()
            return done

    async def _know_days(self) -> None:
        """Once after the start: what is open is planned by the council's days as they are now. Alerts wait for none."""
        if self._knows_days:
            return
        try:
            await self.desk.store.run(lambda session: new_days.look(self.desk.unit(session)))
            await self.desk.store.run(lambda session: rules_in_force.note(self.desk.unit(session)))
            self._knows_days = True
        except Exception as error:
            if is_away(error):
                raise
            log.exception("what is open could not be planned by other days", action="days-failed")

    async def redraw(self) -> None:
        """Bring every copy of a card to its newest state that may be tried now."""
        async with self._redrawing:
            if not await self._stands_still():
                await self.way.redraw()

    async def _stands_still(self) -> bool:
        return not self.standstill.over and await self.desk.store.run(self.standstill.look)

    def wake(self) -> None:
        """Have the loops work now. Called on the event loop, at any time and as often as one likes."""
        self._wake.set()
        self._stale.set()

    async def _tick(self) -> None:
        # A coroutine, so that APScheduler runs it on the event loop and in no thread.
        self.wake()

    async def start(self) -> None:
        """Start the loops, and what reads the directories."""
        # APScheduler's clock is the machine's: it stands still while that is put back. What must come all the same
        # comes by monotonic time, a little later (`_until`).
        self._scheduler.add_job(
            self._tick,
            "interval",
            seconds=EVERY_SECONDS,
            id="tick",
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        self._scheduler.start()
        calm.begin()
        self._started = self.clock.now()
        self._directory_task = asyncio.create_task(self._read_directories())
        self.wake()
        self._loop_task = asyncio.create_task(self._loop())
        self._redraw_task = asyncio.create_task(self._redraw_loop())
        self._beat_task = asyncio.create_task(self._heartbeat.keep())
        self._seal_task = asyncio.create_task(self.sealing.run())

    async def _read_directories(self) -> None:
        while True:
            await self.directories.look()
            await asyncio.sleep(EVERY_SECONDS)

    def end_soon(self) -> None:
        """Begin nothing more. Safe to call from a signal handler, and as often as one likes."""
        self._stopping = self.outlets.holder.stopping = True
        self._ending.set()
        self.wake()

    async def stop(self) -> None:
        """Sends under way end and are recorded; what was only claimed waits for the next process."""
        self.end_soon()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for beside in (self._directory_task, self._seal_task):
            if beside is not None:
                beside.cancel()
        for task in (self._loop_task, self._redraw_task):
            if task is not None:
                await task
        await self.outlets.slow.end()
        if self._beat_task is not None:
            self._beat_task.cancel()
            await self._heartbeat.leave()
        calm.end()

    async def _wake_for_next(self) -> None:
        """What waits for a platform's pace, or for the pause that it asked for, does not wait for the next tick too."""
        desk = self.desk
        moment = await desk.store.run(lambda session: outbox.next_moment(desk.unit(session)))
        seconds = (moment - self.clock.now()).total_seconds() if moment else EVERY_SECONDS
        if seconds < EVERY_SECONDS:
            asyncio.get_running_loop().call_later(max(seconds, SOONEST), self.wake)

    async def _until(self, woken: asyncio.Event) -> None:
        """Wait until somebody wakes a loop, a few seconds at most: by the event loop's monotonic time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await woken.wait()
        woken.clear()

    async def _loop(self) -> None:
        """What is due does not wait until copies are redrawn: while a chat is slow to change them, alerts go on."""

        async def work() -> None:
            done = await self.plan_and_send()
            self._stale.set()
            if done:
                calm.tidy()
                await self._wake_for_next()

        await self._work_on(self._wake, work)

    async def _redraw_loop(self) -> None:
        """A press does not wait until a long round is over: the other copies of its card are redrawn beside it."""

        async def work() -> None:
            await self.redraw()
            await self._redraw_next()

        await self._work_on(self._stale, work)

    async def _work_on(self, woken: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
        """Work whenever there is something to do, until the service stops: a loop that outlives whatever goes wrong."""
        pause = FIRST_PAUSE
        while not self._stopping:
            await self._until(woken)
            if self._stopping:
                return
            try:
                await work()
                pause = FIRST_PAUSE
                await self._rest(BREATH)
            except Exception as error:
                # A database that is away says so itself, and the health page shows a late tick. It is tried again soon;
                # what fails otherwise waits until there is something to do.
                if is_away(error):
                    woken.set()
                else:
                    log.exception("a round failed", action="round-failed")
                await self._rest(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _rest(self, seconds: float) -> None:
        """Wait before the next try; not while the service stops."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    async def _redraw_next(self) -> None:
        desk = self.desk
        moment = await desk.store.run(lambda session: next_redraw(desk.unit(session)))
        seconds = (moment - self.clock.now()).total_seconds() if moment else EVERY_SECONDS
        if seconds < EVERY_SECONDS:
            asyncio.get_running_loop().call_later(max(seconds, SOONEST), self._stale.set)
