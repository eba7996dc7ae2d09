"""Chats that keep a batch waiting. Nothing waits for them but what goes to the same chat."""

import asyncio
from collections.abc import Callable

import structlog

log = structlog.get_logger()


class Slow:
    """Batches of which only a slow chat's sends are still under way, while others are claimed and sent beside them."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], Callable[[str], float]] = {}

    def leave(self, task: asyncio.Task[None], waited: Callable[[str], float]) -> None:
        """This batch is left to itself; `waited` says for how many seconds a chat has kept it waiting, 0 if not."""
        self._tasks[task] = waited

    def waited(self, chat: str) -> float:
        """For how many seconds a chat has not answered what was left to it; 0 if it has nothing of that."""
        return max((waited(chat) for waited in self._tasks.values()), default=0.0)

    def look(self) -> None:
        """Forget what has ended. Raises what went wrong with it."""
        for task in [each for each in self._tasks if each.done()]:
            del self._tasks[task]
            task.result()

    async def end(self) -> None:
        """Wait until all that was left to itself is recorded. What cannot be is the next process's; raises nothing."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        while self._tasks:
            try:
                self.look()
            except Exception as error:
                log.warning(
                    "answers of a slow chat were not recorded", action="round-failed", error=type(error).__name__
                )
