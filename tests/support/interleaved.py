"""Two acts in the same moment on PostgreSQL: the first stops as it commits, while the second goes as far as it gets.

Nothing here waits for time to pass: the first waits until the second has ended, or until the database has it wait.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine, event, text

from tests.support.waiting import LONG, wait_until

Act = Callable[[], Awaitable[object]]
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@dataclass
class _Running:
    """An act in a thread of its own, with what came of it."""

    act: Act
    results: list[object] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.results.append(done(self.act))
        except BaseException as error:
            self.errors.append(error)

    @property
    def result(self) -> object:
        """What it gave. Raises what it raised."""
        for error in self.errors:
            raise error
        return self.results[0]


def done(act: Act) -> object:
    """What comes of an act by itself."""

    async def whole() -> object:
        return await act()

    return asyncio.run(whole())


def at_once(first: Act, of: Engine, second: Act, *, watching: Engine) -> tuple[object, object]:
    """What came of both: `first`, which uses `of`, has done all when `second` begins, and has not committed.

    `watching` is an engine by which nothing else is done meanwhile.
    """
    one, other = _Running(first), _Running(second)
    stopped, go_on = threading.Event(), threading.Event()

    def stop(_: object) -> None:
        if threading.current_thread() is one.thread and not stopped.is_set():
            stopped.set()
            go_on.wait(LONG)

    event.listen(of, "commit", stop)
    try:
        one.thread.start()
        wait_until(lambda: stopped.is_set() or not one.thread.is_alive(), "the first act's commit")
        other.thread.start()
        wait_until(lambda: not other.thread.is_alive() or _waits(watching), "the second act")
        go_on.set()
        one.thread.join()
        other.thread.join()
    finally:
        go_on.set()
        event.remove(of, "commit", stop)
    return one.result, other.result


def _waits(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(WAITING).scalar_one())
