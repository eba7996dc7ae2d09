"""Whose turn it is at the database: what somebody does, the service's own work, and in between what pages ask for.

SQLite has one writer, so a flood of pages must not stand in front of the alerts, nor thousands of notices in front of
whoever presses a button; and whoever looks at a page is told in a few seconds that it is busy, rather than after every
time-out of the database.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Condition, Lock, Thread
from time import monotonic
from typing import Any, TypeVar

from qabot.errors import Busy

T = TypeVar("T")
Piece = tuple["Future[Any]", Callable[[], Any]]
MOST_OWED = 0.05
"""For how many seconds at most the service's own work waits for guests, who waited for it before."""
MOST_AHEAD, SHARE_AHEAD = 0.15, 3
"""For how many seconds at most all other work waits for what people do, and how many times as long as it they take.

At 50 presses a second while 5,000 notices go out, a press takes 77 ms at the median; it was 0.8 s and more among the
service's own work (benchmarks/bench_press.py).
"""
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
    """Threads that do first what somebody does (an act), then the service's own work, and now and then a guest's.

    Acts go first until they have taken so much more than their share (`SHARE_AHEAD` to 1) that the rest has waited for
    `MOST_AHEAD`: a flood of them takes three quarters of the time, and no alert waits long behind it.

    For as long as guests have stood behind the service's work they may go before it: else nobody could look at anything
    while thousands of notices go out. A flood of pages still takes no more than half of the time.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._acts, self._own, self._guests = deque[Piece](), deque[Piece](), deque[Piece]()
        self._changed, self._closed = Condition(), False
        self._ahead = self._owed = 0.0
        self._acting = 0
        self._threads = [Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    @property
    def acting(self) -> bool:
        """Whether something that somebody does waits, or is being done."""
        return bool(self._acting or self._acts)

    def submit(self, work: Callable[[], T], rank: int, *, act: bool = False) -> "Future[T]":
        """Have `work` done. Raises `Busy` if too much waits already, and it is a guest's."""
        future: Future[T] = Future()
        with self._changed:
            if rank and len(self._guests) + len(self._own) + len(self._acts) >= MOST_WAITING:
                raise Busy
            if self._closed:
                raise RuntimeError("the database is closed")
            (self._acts if act else self._guests if rank else self._own).append((future, work))
            self._changed.notify()
        return future

    def close(self, *, wait: bool = True) -> None:
        """Do what waits, and end the threads; without `wait` whatever is under way ends with the process."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads if wait else ():
            thread.join()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            (future, work), line, share = taken
            began = monotonic()
            if future.set_running_or_notify_cancel():
                _settle(future, work)
            with self._changed:
                seconds = monotonic() - began
                if line is self._acts:
                    self._acting -= 1
                    self._ahead = min(self._ahead + seconds, MOST_AHEAD) if self._own or self._guests else 0.0
                else:
                    self._ahead = max(self._ahead - SHARE_AHEAD * seconds, 0.0)
                    owed = self._owed + share * seconds
                    self._owed = min(max(owed, 0.0), MOST_OWED) if self._guests else 0.0

    def _take(self) -> "tuple[Piece, deque[Piece], int] | None":
        """The next, its line, and whether its seconds are owed to guests (1) or by them (-1); None if nothing comes any
        more.
        """
        with self._changed:
            while not (self._acts or self._own or self._guests):
                if self._closed:
                    return None
                self._changed.wait()
            if self._acts and (self._ahead < MOST_AHEAD or not (self._own or self._guests)):
                self._acting += 1
                return self._acts.popleft(), self._acts, 0
            if self._guests and (self._owed > 0 or not self._own):
                return self._guests.popleft(), self._guests, -1
            return self._own.popleft(), self._own, int(bool(self._guests))


def _settle(future: "Future[Any]", work: Callable[[], Any]) -> None:
    try:
        result = work()
    except BaseException as wrong:  # it is raised where it is waited for
        future.set_exception(wrong)
    else:
        future.set_result(result)
