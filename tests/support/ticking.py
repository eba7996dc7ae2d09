"""A process whose engine ticks until three rounds came from its clock, on the database that it is given.

As a program (`python -m tests.support.ticking URL '[["--help"], ["people", "export"]]'`) it first does commands, one
after another: for what wants an interpreter of its own, which takes seconds of processor time to load everything.
"""

import asyncio
import json
import sys

from qabot.scheduler import engine as clockwork
from qabot.settings import read_settings
from qabot.wiring import build
from tests.support.commands import in_turn
from tests.support.waiting import LONG

ROUNDS = 4
"""The first comes with the start; the others are the clock's."""


async def main(url: str) -> None:
    qabot = build(read_settings(database_url=url, secret_key="x" * 40), adapters=())
    enough, plan_and_send, count = asyncio.Event(), qabot.engine.plan_and_send, 0

    async def counted() -> int:
        nonlocal count
        done = await plan_and_send()
        count += 1
        if count >= ROUNDS:
            enough.set()
        return done

    qabot.engine.plan_and_send = counted  # type: ignore[method-assign]
    await qabot.engine.start()
    await asyncio.wait_for(enough.wait(), LONG)
    await qabot.engine.stop()
    qabot.store.close()
    print("ticked")


def tick(url: str) -> None:
    """The process's work; "ticked" on standard output is its end."""
    clockwork.EVERY_SECONDS = 0.2  # type: ignore[assignment]
    asyncio.run(main(url))


if __name__ == "__main__":
    database, commands = sys.argv[1:]
    in_turn(json.loads(commands))
    tick(database)
