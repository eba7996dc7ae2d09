"""Work beside the acknowledgement: kept hold of, never lost silently, and done once for each thing that happened."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

log = structlog.get_logger()
T = TypeVar("T")

REMEMBERED = 5000


class Background:
    """Tasks that nobody waits for. The event loop itself keeps only weak references to tasks."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], *, what: str) -> asyncio.Task[None]:
        """Run `work`; log whatever it raises. Its task, which raises nothing."""
        task = asyncio.create_task(_logged(work, what))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finish(self, seconds: float = 5.0) -> None:
        """Let what runs come to its end, for some seconds."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()


async def _logged(work: Coroutine[Any, Any, None], what: str) -> None:
    try:
        await work
    except Exception:
        log.exception("work after an acknowledgement failed", action="slack-work-failed", what=what)


class Once:
    """Things that happened, by the key that Slack gives them. A repeat gets the result of the first."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._results: OrderedDict[str, asyncio.Future[Any]] = OrderedDict()
        self._remembered = remembered

    def first(self, key: str) -> bool:
        """True for the first time that `key` is seen."""
        if key in self._results:
            return False
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        self._keep(key, done)
        return True

    async def result(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work` for `key`, which is done for the first only."""
        if key not in self._results:
            self._keep(key, asyncio.ensure_future(work()))
        result: T = await asyncio.shield(self._results[key])
        return result

    def _keep(self, key: str, result: asyncio.Future[Any]) -> None:
        self._results[key] = result
        while len(self._results) > self._remembered:
            self._results.popitem(last=False)
