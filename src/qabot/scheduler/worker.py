"""A worker of the scaled engine: takes jobs of procrastinate, and drains what they name. Any number may run.

It holds one shard's notices at a time, and redraws cards beside that. What it had when it dies goes on elsewhere: its
notices by the beats of processes (`delivery.processes`), its jobs by procrastinate's heartbeats. A job is only a reason
to look, so that of a dead worker is ended, not tried again, and the sweep defers another if something is still due.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlmodel import Session

from qabot.delivery import shared_pace
from qabot.delivery.drain import drain
from qabot.delivery.outbox import next_moment
from qabot.delivery.outlets import Outlets
from qabot.delivery.processes import BEAT_SECONDS, SILENT_LOOKS, join
from qabot.delivery.redraw import next_redraw, redraw
from qabot.delivery.shards import named
from qabot.models.availability import is_away
from qabot.models.store import PATIENCE
from qabot.scheduler.heartbeat import Heartbeat
from qabot.scheduler.jobs import DRAIN, REDRAW, Jobs
from qabot.scheduler.standstill import Standstill
from qabot.workflows.desk import Desk

log = structlog.get_logger()
POLL_SECONDS = 0.25
"""Seconds between two looks for a job. No LISTEN: it needs a connection of its own, which a pooler does not keep."""
TURN_SECONDS = 2.0
"""Seconds after which a shard's worker looks for another's alerts."""
SILENT_SECONDS = BEAT_SECONDS * SILENT_LOOKS
"""Seconds without a heartbeat after which a worker's jobs are taken from it."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds from a failure to the next try."""
SOONEST = 0.05
FORGET_EVERY = 30
"""Beats from one time that old sends are forgotten to the next."""


class Worker:
    """Works until it is asked to end. `conninfo` is the database's address as libpq knows it."""

    def __init__(self, desk: Desk, outlets: Outlets, jobs: Jobs, conninfo: str) -> None:
        outlets.shared, outlets.holder.kind = True, "worker"
        self.desk, self.outlets, self.jobs = desk, outlets, jobs
        self.standstill = Standstill()
        self._conninfo = conninfo
        self._ending = asyncio.Event()
        self._due = asyncio.Event()
        self._beats = 0
        self._heartbeat = Heartbeat(desk, lambda: outlets, self._due.set, self._forget_now_and_then)
        # What they have to say of a database that is away, we say once.
        for name in ("procrastinate", "psycopg.pool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def end_soon(self) -> None:
        """Begin nothing more. For a signal's handler."""
        self.outlets.holder.stopping = True
        self._ending.set()
        self._due.set()

    async def run(self) -> None:
        """Until `end_soon`: then sends under way end and are recorded, and what was only claimed waits for others."""
        await self._lasting(self._join)
        tasks = [asyncio.create_task(each) for each in (self._heartbeat.keep(), self._sweep_on())]
        try:
            await self._lasting(self._take_jobs)
            await self.outlets.slow.end()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._heartbeat.leave()

    # -- jobs ----------------------------------------------------------------------------------------------------------

    async def _take_jobs(self) -> None:
        """One life of procrastinate's workers; it ends with the database's connections, and is begun anew then."""
        app = self._app()
        async with app.open_async():
            rescuer = asyncio.create_task(self._rescue(app))
            lives = [asyncio.create_task(self._work(app, queue)) for queue in (DRAIN, REDRAW)]
            ending = asyncio.create_task(self._ending.wait())
            try:
                await asyncio.wait({*lives, ending}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                # What is under way is waited for: procrastinate shields it when its worker is cancelled.
                for task in (rescuer, ending, *lives):
                    task.cancel()
                ends = await asyncio.gather(*lives, return_exceptions=True)
                await asyncio.gather(rescuer, ending, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    def _app(self) -> App:
        pool: dict[str, Any] = {
            "conninfo": self._conninfo,
            "min_size": 1,
            "max_size": 4,
            # Behind a pooler the next transaction may be on a connection that has not prepared it.
            "kwargs": {"prepare_threshold": None, **PATIENCE},
        }
        app = App(connector=PsycopgConnector(**pool))
        app.task(name=DRAIN, queue=DRAIN)(self.drain)
        app.task(name=REDRAW, queue=REDRAW)(self.redraw)
        return app

    async def _work(self, app: App, queue: str) -> None:
        # Of drains one at a time: what is ours and not under way when one begins was left behind.
        await app.run_worker_async(
            queues=[queue],
            name=queue,
            concurrency=1,
            listen_notify=False,
            fetch_job_polling_interval=POLL_SECONDS,
            abort_job_polling_interval=3600.0,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=BEAT_SECONDS,
            stalled_worker_timeout=SILENT_SECONDS,
        )

    async def drain(self, shard: str) -> None:
        """The job "drain this shard": for a turn, then whoever has waited longest is next."""

        async def work() -> None:
            await drain(self.desk, self.outlets, shard=named(shard), seconds=TURN_SECONDS)
            await self._sweep()

        await self._job(work)

    async def redraw(self, shard: str) -> None:
        """The job "redraw this shard"."""

        async def work() -> None:
            await redraw(self.desk, self.outlets, named(shard))
            self._due.set()

        await self._job(work)

    async def _job(self, work: Callable[[], Awaitable[None]]) -> None:
        """A job never fails: what could not be done is due still, and is swept up."""
        try:
            if not await self._stands_still():
                await work()
        except Exception as error:
            if not is_away(error):
                log.exception("a job failed", action="round-failed")

    async def _stands_still(self) -> bool:
        return not self.standstill.over and await self.desk.store.run(self.standstill.look)

    async def _rescue(self, app: App) -> None:
        """End the jobs of workers that are silent: another may have the shard then."""
        manager = app.job_manager
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
                    log.warning("a worker's job is taken from it", action="job-rescued", job=job.id, shard=job.lock)
                    # Tried again it could clash with the one that waits for the same shard by now.
                    with contextlib.suppress(ConnectorException):
                        await manager.finish_job(job, Status.FAILED, delete_job=True)
                    self._due.set()
                await manager.prune_stalled_workers(SILENT_SECONDS)
            except ConnectorException as error:
                log.debug("no job could be rescued", action="rescue-failed", error=type(error).__name__)

    # -- the sweep and the beats ---------------------------------------------------------------------------------------

    async def _sweep(self) -> int:
        return await self.desk.store.run(self.jobs.sweep)

    async def _sweep_on(self) -> None:
        """Defer what was lost, every few seconds and when something that had to wait comes to be due."""
        while not self._ending.is_set():
            seconds = BEAT_SECONDS
            with contextlib.suppress(Exception):  # a database that is away says so itself, and it is tried again
                await self._sweep()
                seconds = await self._until_next()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._due.wait()
            self._due.clear()

    async def _until_next(self) -> float:
        def moments(session: Session) -> list[float]:
            unit = self.desk.unit(session)
            pair = (next_moment(unit), next_redraw(unit))
            return [(each - unit.now).total_seconds() for each in pair if each is not None]

        ahead = [each for each in await self.desk.store.run(moments) if each > 0]
        return max(SOONEST, min([BEAT_SECONDS, *ahead]))

    def _forget_now_and_then(self, session: Session) -> None:
        self._beats += 1
        if self._beats % FORGET_EVERY == 0:
            shared_pace.forget(session)

    async def _join(self) -> None:
        await self.desk.store.run(lambda session: join(self.desk.unit(session), self.outlets.holder))

    async def _lasting(self, work: Callable[[], Awaitable[None]]) -> None:
        """Work until it ends by itself; again after whatever goes wrong, until this process is asked to end."""
        pause = FIRST_PAUSE
        while not self._ending.is_set():
            try:
                await work()
                return
            except Exception as error:
                log.warning(
                    "A worker lost its jobs' connection, and begins anew.",
                    action="jobs-interrupted",
                    error=type(error).__name__,
                )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._ending.wait()
            pause = min(pause * 2, LONGEST_PAUSE)
