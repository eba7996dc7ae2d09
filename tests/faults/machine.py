"""The machine's own time. Real processes live in it: troubles last for a while, and the torture says how long it took.

No test passes or fails by it: what is waited for has `LONG`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TypeVar

from tests.support.waiting import LONG

T = TypeVar("T")


class DidNotCome(AssertionError):
    """What was waited for did not come to pass."""


def seconds() -> float:
    """Seconds of a clock that only goes forward."""
    return time.monotonic()  # real time: what the torture measures


async def pause(length: float) -> None:
    """Let so many seconds pass."""
    await asyncio.sleep(length)  # real time: how long an answer takes, or trouble lasts


async def until(
    condition: Callable[[], object], what: str | Callable[[], str], *, limit: float = LONG, every: float = 0.01
) -> None:
    """Until something has come to pass; looked at `every` so many seconds. Raises `DidNotCome`."""
    end = seconds() + limit
    while not condition():
        if seconds() > end:
            raise DidNotCome(what if isinstance(what, str) else what())
        await pause(every)


@asynccontextmanager
async def off_the_loop(context: AbstractContextManager[T]) -> AsyncIterator[T]:
    """A context whose beginning and end take their time. The platforms live in the loop, and must go on."""
    value = await asyncio.to_thread(context.__enter__)
    try:
        yield value
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)
