"""Waiting without a clock: until something has come to pass, or until nothing is left to do.

A test passes or fails by what happened, never by how long it took. `LONG` only ends a test that would hang.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Any, TypeVar

T = TypeVar("T")

LONG = 300.0
"""Seconds after which what still has not happened counts as never happening, on the busiest machine.

Only a test that fails waits for them. Where ten programs shared two processors, a server took more than 120 to start.
"""


async def until(condition: Callable[[], T | None], what: str = "this") -> T:
    """What `condition` gives, as soon as it gives something."""
    try:
        async with asyncio.timeout(LONG):
            while not (result := condition()):  # noqa: ASYNC110 - a condition is no event
                await asyncio.sleep(0.005)
            return result
    except TimeoutError:
        raise AssertionError(f"{what} did not come to pass") from None


async def within(waiting: Any) -> Any:
    """The result of an awaitable that must end by itself."""
    return await asyncio.wait_for(waiting, LONG)


def wait_until(condition: Callable[[], T | None], what: str = "this") -> T:
    """The same outside an event loop."""
    end = time.monotonic() + LONG
    while not (result := condition()):
        assert time.monotonic() < end, f"{what} did not come to pass"
        time.sleep(0.01)
    return result


async def a_moment() -> None:
    """A little real time, for a loop that moves a council's clock along with the machine's."""
    await asyncio.sleep(0.02)


async def turns(count: int = 50) -> None:
    """Let everything that needs nothing but its turn go on, so that what it would do is done."""
    for _ in range(count):
        await asyncio.sleep(0)


async def ended(tasks: Callable[[], Collection["asyncio.Task[Any]"]]) -> None:
    """Until none of the tasks is left, those included that they start."""
    await turns()
    async with asyncio.timeout(LONG):
        while running := [each for each in tasks() if not each.done()]:
            await asyncio.wait(running)
            await turns()
