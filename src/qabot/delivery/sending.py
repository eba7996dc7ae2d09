"""Sending a batch: in small groups, so that only what may have left when a process dies is in doubt."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any, TypeVar

import structlog
from sqlmodel import Session

from qabot.adapter import Ambiguous, Outcome, Rate, RefusedForAll, RetryAfter, Sent
from qabot.delivery import shared_pace
from qabot.delivery.attempt import send
from qabot.delivery.outbox import Job
from qabot.delivery.outlets import Outlets
from qabot.delivery.processes import BEAT_SECONDS, SILENT_LOOKS
from qabot.delivery.record import Paced, Result, Unsent, begin, give_back, record
from qabot.messaging import pictures
from qabot.messaging.card import Card
from qabot.models.availability import is_away
from qabot.workflows.core.unit import Unit
from qabot.workflows.desk import Desk

log = structlog.get_logger()
T = TypeVar("T")
LONGEST_DRAWING = 0.005
"""For how many seconds cards are drawn before the loop turns."""
SHORTEST_DRAWING = 0.001
"""The same while the database's thread waits for an answer: it needs Python's one lock to go on."""
LONGEST_WAY = 0.05
"""For how many seconds at most drawing waits for what somebody does."""
FRESH = 2.0
"""For how many seconds the re-check of what was claimed holds."""
TAKEN_OVER = BEAT_SECONDS * SILENT_LOOKS
"""Seconds after which what this process has begun, and not sent since, may be another's: it slept, or was stopped."""
SLOW = 2.0
"""After how many seconds nothing waits for a chat's answers but what goes there too."""
LINGER = 0.05
"""For how many seconds at most what came back waits for more, to be recorded together."""
LARGEST_GROUP = 200
"""How many notices at most are begun together, however quickly a platform takes them."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two tries while the database is away."""
LONGEST_STOP = 20.0
"""For how many seconds a service that is to stop tries to record what came back."""


class Batch:
    """One batch on its way.

    1. Each adapter's next jobs are drawn: as many as may be under way at once, or as it takes within a moment.
    2. One transaction records what came back and marks what is drawn as begun.
    3. What is marked is sent; meanwhile the cards of the next group are drawn. When all of it has come back, or others
       are slow, it goes on with 1.
    4. Where a chat does not answer for long, the rest is given back, and other batches go on beside this one.

    Drawing meanwhile takes a notice from about 550 to 480 µs. The loop and the database's thread take turns: side by
    side they would fight for Python's one lock, and both be slower for it (benchmarks/bench_delivery.py).
    """

    def __init__(self, desk: Desk, outlets: Outlets, jobs: Sequence[Job]) -> None:
        self._desk, self._outlets = desk, outlets
        self._claimed = self._begun = monotonic()
        by_adapter = defaultdict[str, list[Job]](list)
        for job in jobs:
            by_adapter[job.adapter].append(job)
        self._lanes = {name: Lane(outlets, name, mine) for name, mine in by_adapter.items()}
        self._answers: list[Result] = []
        self._results: list[Result] = []
        self._all_back, self._parted = asyncio.Event(), asyncio.Event()
        self._senders: set[asyncio.Task[None]] = set()
        self._paced: set[int] = set()
        self._broken: BaseException | None = None
        self.in_vain = 0
        """How many were claimed and given back; none where one adapter has sent all of its own and another is slow."""

    async def send(self) -> None:
        """Every job once; without those that were given back. What came of them is to be had by `take`."""
        try:
            await self._send_all()
        finally:
            # Nothing of a batch that is broken off goes on without it.
            for task in self._senders:
                task.cancel()
            self._outlets.holder.under_way -= self._all_under_way()

    async def until_others_are_through(self, sending: asyncio.Task[None]) -> None:
        """Until its sending is over, or only what a slow chat has of it is not. Raises what went wrong."""
        sending.add_done_callback(lambda _: self._parted.set())
        await self._parted.wait()
        if sending.done():
            sending.result()

    def take(self) -> list[Result]:
        """What has been recorded since this was asked last, in the order in which it came back."""
        results, self._results = self._results, []
        return results

    def waited(self, chat: str) -> float:
        """For how many seconds a chat has kept what it has of this batch; 0 if it has nothing of it."""
        lane = self._lanes.get(chat)
        return monotonic() - self._claimed if lane and lane.senders else 0.0

    async def _send_all(self) -> None:
        while True:
            drawn = await self._draw()
            answers, self._answers = self._answers, []
            if answers or drawn:
                begun = await self._drawing_on(self._write(answers, [job for job, _ in drawn]))
                self._results += answers
                self._count(answers)
                if answers:
                    self._outlets.recorded()
                for job, _ in answers:
                    self._lanes[job.adapter].under_way.discard(job.notice_id)
                    self._outlets.holder.under_way.discard(job.notice_id)
                self._start(drawn, begun)
            elif not self._senders:
                break
            await self._draw_ahead()
            await self._wait()
            if self._broken is not None:
                raise self._broken
            if self._is_slow():
                await self._part()
        await self._give_back_rest()

    def _is_slow(self) -> bool:
        """Whether nothing more of this batch begins, and nothing came back of what has begun, although it is late."""
        late = monotonic() - self._claimed > SLOW and not self._outlets.holder.stopping
        return late and bool(self._senders) and not self._answers and self._over() and not self._parted.is_set()

    async def _part(self) -> None:
        """What has begun waits for its chat by itself from now on; others may claim the rest."""
        await self._give_back_rest()
        self._outlets.holder.under_way |= self._all_under_way()
        self._parted.set()

    def _all_under_way(self) -> set[int]:
        return {number for lane in self._lanes.values() for number in lane.under_way}

    async def _give_back_rest(self) -> None:
        """What has not begun, and does not any more."""
        if left := [job for lane in self._lanes.values() for job in lane.jobs]:
            if all(lane.jobs for lane in self._lanes.values()):
                self.in_vain = len(left) + sum(isinstance(outcome, Unsent) for _, outcome in self._results)
            await self._lasting(lambda session: give_back(self._desk.unit(session), left))
            for lane in self._lanes.values():
                lane.jobs.clear()

    def _count(self, answers: Sequence[Result]) -> None:
        """What is written down. What is tried again goes on waiting since it first was to go."""
        measures, now = self._outlets.measures, self._desk.now()
        for job, outcome in answers:
            if isinstance(outcome, Sent):
                measures.sent(job.adapter, job.notice.message, job.notice_id, job.notice.not_before, now)
            elif outcome is None:
                measures.ended(job.notice_id)
            else:
                measures.waits(job.notice_id, job.notice.not_before)

    async def _draw(self) -> list[tuple[Job, Card]]:
        """Each adapter's next group. The loop turns in between, so that others have their turn meanwhile."""
        drawn: list[tuple[Job, Card]] = []
        for lane in self._lanes.values():
            free = lane.room(self._answers)
            while free > 0 and lane.jobs and not self._over():
                before = len(drawn)
                free -= lane.draw(free, drawn, self._answers)
                await self._give_way()
                if lane.shows_pictures:
                    # Before any of them has begun: however long a picture takes, nothing is in doubt meanwhile.
                    drawn[before:] = [(job, await pictures.drawn(card)) for job, card in drawn[before:]]
        return drawn

    async def _drawing_on(self, writing: Coroutine[Any, Any, set[int]]) -> set[int]:
        """What is written; meanwhile the next cards are drawn, if it is another process that works."""
        task = asyncio.create_task(writing)
        try:
            if not self._desk.store.sqlite:
                for lane in self._lanes.values():
                    while not task.done() and lane.draw_ahead(SHORTEST_DRAWING):  # noqa: ASYNC110 - it is not waited for
                        await asyncio.sleep(0)
            return await task
        finally:
            task.cancel()

    async def _draw_ahead(self) -> None:
        """Of each adapter the group after the one that is under way, as long as that is not back."""
        for lane in self._lanes.values():
            while self._senders and lane.draw_ahead(LONGEST_DRAWING):
                await self._give_way()

    async def _give_way(self) -> None:
        """The loop turns. Whoever presses a button has Python's one lock for themselves meanwhile."""
        await asyncio.sleep(0)
        began = monotonic()
        while self._desk.store.acting and monotonic() - began < LONGEST_WAY:  # noqa: ASYNC110 - a thread sets no event
            await asyncio.sleep(0.001)

    def _over(self) -> bool:
        """Whether nothing more of this batch begins: what is left is claimed, and re-checked, again."""
        # At least one goes, or a machine that is slower than that would claim for ever.
        return self._outlets.holder.stopping or (self._is_stale() and any(each.tried for each in self._lanes.values()))

    def _is_stale(self) -> bool:
        return monotonic() - self._claimed > FRESH

    def _start(self, drawn: Sequence[tuple[Job, Card]], begun: set[int]) -> None:
        for job, card in drawn:
            lane = self._lanes[job.adapter]
            if job.notice_id in begun:
                lane.ready.append((job, card))
            else:
                lane.under_way.discard(job.notice_id)
                if job.notice_id in self._paced:
                    continue
                log.warning("a notice was taken over by another process", action="notice-taken", notice=job.notice_id)
        for lane in self._lanes.values():
            for _ in range(min(len(lane.ready), lane.at_once - lane.senders)):
                lane.senders += 1
                task = asyncio.create_task(self._send_on(lane))
                self._senders.add(task)
                task.add_done_callback(self._ended)

    async def _send_on(self, lane: "Lane") -> None:
        """Send one after another, until there is nothing left that has begun."""
        try:
            while lane.ready:
                job, card = lane.ready.popleft()
                # What begins late may be another process's by now, as on a machine that slept: it is claimed again.
                late = (lane.answered and self._is_stale()) or monotonic() - self._begun > TAKEN_OVER
                outcome = Unsent() if late else await send(job, card, self._outlets)
                lane.answered = True
                self._answers.append((job, outcome))
        finally:
            lane.senders -= 1

    def _ended(self, task: asyncio.Task[None]) -> None:
        """`send` raises nothing; what ends its task all the same ends the batch."""
        self._senders.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken = error
        if not self._senders or self._broken:
            self._all_back.set()

    async def _wait(self) -> None:
        """Until all that has begun has come back, or some has and others are slow."""
        began, busy = monotonic(), [lane for lane in self._lanes.values() if lane.senders]
        while self._senders:
            self._all_back.clear()
            try:
                async with asyncio.timeout(LINGER):
                    await self._all_back.wait()
            except TimeoutError:
                if self._answers or self._is_slow():
                    break
            else:
                break
        for lane in busy:
            lane.learn(monotonic() - began)

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
                await self._lasting(partial(self._write_all, answers=[(job, each)], starting=()))
            except Exception:
                log.exception("an answer could not be recorded", action="record-failed", notice=job.notice_id)
            else:
                return

    def _write_all(self, session: Session, answers: Sequence[Result], starting: Sequence[Job]) -> set[int]:
        unit = self._desk.unit(session)
        record(unit, answers, self._outlets)
        if self._outlets.shared:
            starting = self._admitted(unit, answers, starting)
        begun = begin(unit, starting, self._outlets.holder.id)
        self._begun = monotonic()
        return begun

    def _admitted(self, unit: Unit, answers: Sequence[Result], starting: Sequence[Job]) -> list[Job]:
        """What all workers together may begin now; the rest waits for its turn."""
        for job, outcome in answers:
            if isinstance(outcome, RetryAfter):
                shared_pace.wait_for(unit.session, job.adapter, job.address.external_id, outcome.seconds)
        wishes = [self._lanes[job.adapter].wish(job) for job in starting]
        waits = dict(zip((job.notice_id for job in starting), shared_pace.admit(unit.session, wishes), strict=True))
        late = [(job, Paced(waits[job.notice_id])) for job in starting if waits[job.notice_id] > 0]
        self._paced = {job.notice_id for job, _ in late}
        for job, _ in late:
            self._outlets.measures.waits(job.notice_id, job.notice.not_before)
        record(unit, late, self._outlets)
        return [job for job in starting if job.notice_id not in self._paced]

    async def _lasting(self, work: Callable[[Session], T]) -> T:
        """`work` in one transaction, tried until the database is there: what came back goes only with the process."""
        pause, began, once = FIRST_PAUSE, monotonic(), self._desk.store.once(work)
        while True:
            try:
                return await once.attempt()
            except Exception as away:
                if not is_away(away) or (self._outlets.holder.stopping and monotonic() - began > LONGEST_STOP):
                    raise
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)


class Lane:
    """One adapter's jobs of a batch: `ready` have begun and wait for a sender, `under_way` are begun and not recorded.

    The cards of some that have not begun are drawn ahead, by the notice's id.

    However few connections an adapter has, a platform that answers at once takes hundreds in the time of one commit.
    So a group grows while it comes back within `LINGER`: it is as many as leave within that time, and no more are in
    doubt if the process dies.
    """

    def __init__(self, outlets: Outlets, name: str, jobs: Sequence[Job]) -> None:
        self.name = name
        self.jobs = deque(jobs)
        self.ready = deque[tuple[Job, Card]]()
        self.under_way: set[int] = set()
        self._ahead: dict[int, Card | None] = {}
        self.senders = 0
        self.tried = self.answered = self.held_back = False
        self._outlets, self.at_once = outlets, max(1, outlets.adapters[name].rate.at_once)
        self.shows_pictures = outlets.adapters[name].limits.pictures
        self._group = outlets.groups.get(name, self.at_once)

    def learn(self, seconds: float) -> None:
        """What was begun last is back, or is not back, after so many seconds."""
        back = not self.senders and seconds < LINGER / 2
        group = min(LARGEST_GROUP, self._group * 2) if back else self._group // 2 if self.senders else self._group
        self._outlets.groups[self.name] = self._group = max(self.at_once, group)

    def room(self, answers: Sequence[Result]) -> int:
        """How many more may begin, once these answers are recorded."""
        back = sum(1 for job, _ in answers if job.notice_id in self.under_way)
        return self._group - len(self.under_way) + back

    def draw(self, most: int, drawn: list[tuple[Job, Card]], answers: list[Result]) -> int:
        """Draw the next cards for a moment, at most so many; how many. What is not to be tried goes to `answers`."""
        began, before = monotonic(), len(drawn)
        while self.jobs and len(drawn) - before < most:
            job = self.jobs.popleft()
            self.tried, is_drawn = True, job.notice_id in self._ahead
            card = self._ahead.pop(job.notice_id, None)
            if (outcome := self._not_tried(job)) is not None:
                self.held_back = True
                answers.append((job, outcome))
            elif (card := card if is_drawn else job.card()) is None:
                answers.append((job, None))
            else:
                self.under_way.add(job.notice_id)
                drawn.append((job, card))
            if monotonic() - began > LONGEST_DRAWING:
                break
        return len(drawn) - before

    def draw_ahead(self, seconds: float) -> bool:
        """Draw cards of the next group for so long, before it is their turn; whether there are more of them.

        A platform that has just made some wait is not drawn for: they would be drawn again when they may go.
        """
        began = monotonic()
        for job in list(islice(self.jobs, len(self._ahead), self._group)) if not self.held_back else ():
            if monotonic() - began > seconds:
                return True
            self._ahead[job.notice_id] = job.card()
        return False

    def wish(self, job: Job) -> shared_pace.Wish:
        """One of its jobs as a send that wants to begin."""
        return shared_pace.Wish(self.name, job.address.external_id, self._outlets.adapters[self.name].rate, job.lane)

    def _not_tried(self, job: Job) -> RefusedForAll | Paced | None:
        if why := self._outlets.closed(self.name):
            return RefusedForAll(why)
        # What is counted in the database is asked there, in the transaction that begins the sends.
        rate = Rate() if self._outlets.shared else self._outlets.adapters[self.name].rate
        # One that keeps others waiting is left alone, for as long again at first, until they are back.
        wait = self._outlets.slow.waited(self.name)
        wait = wait or self._outlets.pacer.wait(self.name, job.address.external_id, rate, job.lane)
        return Paced(wait) if wait > 0 else None
