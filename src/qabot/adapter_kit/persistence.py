"""Trying again what a person waits for: an answer is said until the platform takes it, at the platform's own pace."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
sleep = asyncio.sleep
PATIENCE = 600.0
"""Seconds for which an answer is tried: it goes on beside everything else."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0


async def persist(
    attempt: Callable[[], Awaitable[T]], wait_of: Callable[[T], float | None], patience: float = PATIENCE
) -> T:
    """The result of the first attempt that need not be done again, or of the last one after `patience` seconds.

    `wait_of` says of a result for how many seconds at least to wait before the next attempt; None ends it.
    """
    waited, pause = 0.0, FIRST_PAUSE
    while True:
        result = await attempt()
        wait = wait_of(result)
        if wait is None or waited + max(wait, pause) > patience:
            return result
        await sleep(max(wait, pause))
        waited, pause = waited + max(wait, pause), min(pause * 2, LONGEST_PAUSE)
