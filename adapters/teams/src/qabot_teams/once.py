"""Doing each activity once, and answering in time.

Teams repeats what it thinks unanswered, after about 15 seconds. A repeat waits for the first run and gets its answer.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog

REMEMBERED = 600.0
MAX_REMEMBERED = 10_000
log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Done:
    """What an activity came to: the body of the answer, what to do after it, and what besides if it came too late."""

    body: dict[str, Any] | None = None
    after: tuple[Work, ...] = ()
    late: tuple[Work, ...] = ()
    status: int = 200


class Turns:
    """Runs by key, remembered for ten minutes, and the work that follows them."""

    def __init__(self) -> None:
        self._runs: OrderedDict[Hashable, tuple[float, asyncio.Task[Done]]] = OrderedDict()
        self._working: set[asyncio.Task[Any]] = set()

    async def run(self, key: Hashable, turn: Callable[[], Coroutine[Any, Any, Done]], seconds: float) -> Done | None:
        """The turn's result; None if it takes longer than `seconds`. Then it goes on, and its `late` work is done."""
        self._forget_old()
        first = key not in self._runs
        if first:
            self._runs[key] = (time.monotonic(), self._start(turn()))
        task = self._runs[key][1]
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            if first:
                task.add_done_callback(self._too_late)
            return None
        done = task.result()
        return done if first else Done(done.body, status=done.status)

    def follow(self, works: Iterable[Work]) -> None:
        """Do these one after the other, in the background."""
        chosen = tuple(works)
        if chosen:
            self._start(_in_turn(chosen))

    async def finish(self, seconds: float = 5.0) -> None:
        """Wait for what is under way, then break it off."""
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)
        for task in tuple(self._working):
            task.cancel()

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return task

    def _too_late(self, task: asyncio.Task[Done]) -> None:
        if not task.cancelled() and task.exception() is None:
            self.follow((*task.result().late, *task.result().after))

    def _forget_old(self) -> None:
        limit = time.monotonic() - REMEMBERED
        while self._runs and (len(self._runs) > MAX_REMEMBERED or next(iter(self._runs.values()))[0] < limit):
            self._runs.popitem(last=False)


async def _in_turn(works: tuple[Work, ...]) -> None:
    for work in works:
        try:
            await work()
        except Exception:
            log.exception("work after an answer failed", action="teams-work-failed")
