"""Sending a batch: in small groups, so that only what may have left when a process dies is in doubt."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeVar

import structlog
from sqlmodel import Session

from qabot.adapter import Ambiguous, Outcome, RefusedForAll, RetryAfter
from qabot.delivery.outbox import Job
from qabot.delivery.outlets import Outlets
from qabot.delivery.record import Paced, Result, Unsent, begin, give_back, record
from qabot.messaging.card import Card
from qabot.models.store import is_away
from qabot.workflows.desk import Desk

log = structlog.get_logger()
T = TypeVar("T")
LONGEST_DRAWING = 0.005
"""For how many seconds cards are drawn before the loop turns."""
FRESH = 2.0
"""For how many seconds the re-check of what was claimed holds."""
LONGEST_SEND = 20.0
"""For how many seconds a platform's answer is waited for."""
LINGER = 0.05
"""For how many seconds at most what came back waits for more, to be recorded together."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two tries while the database is away."""
LONGEST_STOP = 20.0
"""For how many seconds a service that is to stop tries to record what came back."""


class Batch:
    """One batch on its way.

    1. Each adapter's jobs are drawn, as many as may be under way at once.
    2. One transaction records what came back and marks what is drawn as begun.
    3. What is marked is sent; its place is free again once its answer is recorded.
    """

    def __init__(self, desk: Desk, outlets: Outlets, jobs: Sequence[Job]) -> None:
        self._desk, self._outlets = desk, outlets
        self._claimed = monotonic()
        by_adapter = defaultdict[str, list[Job]](list)
        for job in jobs:
            by_adapter[job.adapter].append(job)
        self._lanes = [Lane(outlets, name, mine) for name, mine in by_adapter.items()]
        self._answers: list[Result] = []
        self._enough = asyncio.Event()
        self._sends: set[asyncio.Task[None]] = set()
        self._broken: BaseException | None = None

    async def send(self) -> list[Result]:
        """Every job once, in the order in which they came back; without those that were given back."""
        try:
            return await self._send_all()
        finally:
            # Nothing of a batch that is broken off goes on without it.
            for task in self._sends:
                task.cancel()

    async def _send_all(self) -> list[Result]:
        recorded: list[Result] = []
        while True:
            if self._broken is not None:
                raise self._broken
            drawn = [] if self._over() else [each for lane in self._lanes for each in lane.draw(self._answers)]
            answers, self._answers = self._answers, []
            if answers or drawn:
                begun = await self._write(answers, [job for job, _ in drawn])
                recorded += answers
                if answers:
                    self._outlets.recorded()
                for job, _ in answers:
                    self._lane(job).under_way.discard(job.notice_id)
                self._start(drawn, begun)
            elif not self._sends:
                break
            await self._wait(bool(drawn))
        await self._lasting(lambda session: give_back(self._desk.unit(session), self._left()))
        return recorded

    def _lane(self, job: Job) -> "Lane":
        return next(lane for lane in self._lanes if lane.name == job.adapter)

    def _over(self) -> bool:
        """Whether nothing more of this batch begins: what is left is claimed, and re-checked, again."""
        # At least one goes, or a machine that is slower than that would claim for ever.
        stale = monotonic() - self._claimed > FRESH and any(lane.started for lane in self._lanes)
        return stale or self._outlets.holder.stopping

    def _left(self) -> list[Job]:
        return [job for lane in self._lanes for job in lane.jobs]

    def _start(self, drawn: Sequence[tuple[Job, Card]], begun: set[int]) -> None:
        for job, card in drawn:
            lane = self._lane(job)
            if job.notice_id not in begun:
                lane.under_way.discard(job.notice_id)
                log.warning("a notice was taken over by another process", action="taken-away", notice=job.notice_id)
                continue
            task = asyncio.create_task(self._send(lane, job, card))
            self._sends.add(task)
            task.add_done_callback(self._ended)

    async def _send(self, lane: "Lane", job: Job, card: Card) -> None:
        waited = lane.connections.locked()
        async with lane.connections:
            stale = waited and monotonic() - self._claimed > FRESH
            outcome = Unsent() if stale else await send(job, card, self._outlets)
        self._answers.append((job, outcome))
        self._sends.discard(asyncio.current_task())
        if len(self._answers) >= lane.group or not self._sends:
            self._enough.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """`send` raises nothing; what ends its task all the same ends the batch."""
        self._sends.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken = error
            self._enough.set()

    async def _wait(self, drew: bool) -> None:
        """Until enough has come back to be worth a transaction, or there may be more to draw."""
        self._enough.clear()
        if drew and any(lane.has_room() for lane in self._lanes) and not self._over():
            await asyncio.sleep(0)
            return
        if self._sends and len(self._answers) < min(lane.group for lane in self._lanes):
            # Whatever came back is recorded soon, also while others are slow.
            patience = LINGER if self._answers else LONGEST_SEND
            try:
                async with asyncio.timeout(patience):
                    await self._enough.wait()
            except TimeoutError:
                pass

    async def _write(self, answers: Sequence[Result], starting: Sequence[Job]) -> set[int]:
        """Record and begin in one transaction. An answer that cannot be written fails no other."""
        try:
            return await self._lasting(lambda session: self._write_all(session, answers, starting))
        except Exception:
            if not answers:
                raise
            log.exception("answers are recorded one by one", action="record-failed", notices=len(answers))
        for job, outcome in answers:
            await self._write_one(job, outcome)
        return await self._lasting(lambda session: self._write_all(session, (), starting))

    async def _write_one(self, job: Job, outcome: Outcome | Paced | Unsent | None) -> None:
        doubt = Ambiguous("its answer could not be recorded")
        for each in (outcome, doubt):
            try:
                await self._lasting(lambda session, each=each: self._write_all(session, [(job, each)], ()))  # type: ignore[misc]
            except Exception:
                log.exception("an answer could not be recorded", action="record-failed", notice=job.notice_id)
            else:
                return

    def _write_all(self, session: Session, answers: Sequence[Result], starting: Sequence[Job]) -> set[int]:
        unit = self._desk.unit(session)
        record(unit, answers, self._outlets)
        return begin(unit, starting, self._outlets.holder.id)

    async def _lasting(self, work: Callable[[Session], T]) -> T:
        """`work` in one transaction, tried until the database is there: what came back goes only with the process."""
        pause, began = FIRST_PAUSE, monotonic()
        while True:
            try:
                result = await self._desk.store.run(work)
            except Exception as away:
                if not is_away(away) or (self._outlets.holder.stopping and monotonic() - began > LONGEST_STOP):
                    raise
                if pause == FIRST_PAUSE:
                    # Its own words say what is wrong; a traceback of ours adds nothing.
                    log.error("the database is away", action="database-away", error=str(getattr(away, "orig", away)))  # noqa: TRY400
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
                continue
            if pause > FIRST_PAUSE:
                log.info("the database is back", action="database-back")
            return result


class Lane:
    """One adapter's jobs of a batch. `under_way` are the notices that are begun and not recorded."""

    def __init__(self, outlets: Outlets, name: str, jobs: Sequence[Job]) -> None:
        self.name = name
        self.jobs = deque(jobs)
        self.under_way: set[int] = set()
        self.started = 0
        self._outlets, at_once = outlets, max(1, outlets.adapters[name].rate.at_once)
        self.connections = asyncio.Semaphore(at_once)
        # Twice as many as go at once: what came back is recorded while the next ones go.
        self.group, self._most = at_once, 2 * at_once

    def has_room(self) -> bool:
        """Whether there is more to draw, and room for it."""
        return bool(self.jobs) and len(self.under_way) < self._most

    def draw(self, answers: list[Result]) -> list[tuple[Job, Card]]:
        """The next cards. What is not to be tried at all goes to `answers` instead."""
        began, drawn = monotonic(), list[tuple[Job, Card]]()
        free = self._most - len(self.under_way) + sum(1 for job, _ in answers if job.notice_id in self.under_way)
        while self.jobs and len(drawn) < free and (not drawn or monotonic() - began < LONGEST_DRAWING):
            job = self.jobs.popleft()
            self.started += 1
            if (outcome := self._not_tried(job)) is not None:
                answers.append((job, outcome))
            elif (card := job.card()) is None:
                answers.append((job, None))
            else:
                self.under_way.add(job.notice_id)
                drawn.append((job, card))
        return drawn

    def _not_tried(self, job: Job) -> RefusedForAll | Paced | None:
        if why := self._outlets.closed(self.name):
            return RefusedForAll(why)
        rate = self._outlets.adapters[self.name].rate
        wait = self._outlets.pacer.wait(self.name, job.address.external_id, rate, job.lane)
        return Paced(wait) if wait > 0 else None


async def send(job: Job, card: Card, outlets: Outlets) -> Outcome:
    """One send. Whatever an adapter does, the outcome is one of the closed set."""
    adapter = outlets.adapters[job.adapter]
    try:
        async with asyncio.timeout(LONGEST_SEND):
            outcome = await adapter.send(job.address, card)
    except TimeoutError:
        outcome = Ambiguous("the platform did not answer in time")
    except Exception as error:
        # An adapter must not raise; if one does, nobody knows whether the message left.
        log.exception("an adapter failed", action="send-failed", adapter=job.adapter, notice=job.notice_id)
        return Ambiguous(f"the adapter failed ({type(error).__name__})")
    if outlets.supervisor:
        outlets.supervisor.note(job.adapter, outcome)
    if isinstance(outcome, RetryAfter):
        outlets.pacer.block(job.adapter, job.address.external_id, outcome.seconds)
    elif isinstance(outcome, RefusedForAll):
        log.error("an adapter cannot send", action="adapter-paused", adapter=job.adapter, reason=outcome.reason)
    return outcome
