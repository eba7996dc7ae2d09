"""Whose turn it is at the database: the service's own work goes before whatever a page asks for.

SQLite has one writer, so a flood of pages must not stand in front of the alerts; and whoever looks at a page is told in
a few seconds that it is busy, rather than after every time-out of the database.
"""

import itertools
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from queue import PriorityQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from qabot.errors import Busy

T = TypeVar("T")
MOST_WAITING = 200
"""Pieces of work that may wait for a thread before guests are turned away."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Who waits only so many seconds for its work to begin, and to end. `rank` 0 is among the service's own work."""

    begin: float = 4.0
    end: float = 20.0
    rank: int = 1


GUEST: ContextVar[Guest | None] = ContextVar("guest", default=None)
"""For whom the work of this task is done; None for the service itself, which waits as long as it takes."""


class Abandoned(Exception):
    """Nobody waits any more for work that has not begun, so it does not begin. Nobody reads this."""


class Ticket:
    """Whether a piece of work may still begin."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._begun = self._gone = False

    def begin(self) -> None:
        """The work begins. Raises `Abandoned` if nobody waits for it any more."""
        with self._lock:
            if self._gone:
                raise Abandoned
            self._begun = True

    def leave(self) -> bool:
        """Wait no more; False if the work has begun, so that it may be done."""
        with self._lock:
            self._gone = not self._begun
            return self._gone


class Pool:
    """Threads that take the work of the lowest rank first, and of one rank the oldest."""

    def __init__(self, threads: int, name: str) -> None:
        self._queue: PriorityQueue[tuple[float, int, Future[Any] | None, Callable[[], Any]]] = PriorityQueue()
        self._numbers = itertools.count()
        self._lock, self._closed = Lock(), False
        self._threads = [Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[], T], rank: int) -> "Future[T]":
        """Have `work` done. Raises `Busy` if too much waits already, and it is a guest's."""
        if rank and self._queue.qsize() >= MOST_WAITING:
            raise Busy
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the database is closed")
            self._queue.put((rank, next(self._numbers), future, work))
        return future

    def close(self) -> None:
        """Do what waits, and end the threads."""
        with self._lock:
            self._closed = True
        for _ in self._threads:
            self._queue.put((float("inf"), next(self._numbers), None, lambda: None))
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while True:
            _, _, future, work = self._queue.get()
            if future is None:
                return
            if future.set_running_or_notify_cancel():
                _settle(future, work)


def _settle(future: "Future[Any]", work: Callable[[], Any]) -> None:
    try:
        result = work()
    except BaseException as wrong:  # it is raised where it is waited for
        future.set_exception(wrong)
    else:
        future.set_result(result)
