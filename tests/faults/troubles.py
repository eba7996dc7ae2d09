"""What the torture does to a council in mid-send. Each trouble is over when its function returns."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.answers import KINDS, SLOW_KINDS, Moody
from tests.faults.databases import PostgresDatabase, full
from tests.faults.machine import off_the_loop, pause, until
from tests.faults.platform import Answer
from tests.faults.scene import Scene

HOUR = 3600.0


@dataclass
class Torment:
    """Where trouble strikes, and what it leaves to be forgiven."""

    it: Scene
    chance: random.Random
    disk: Path | None = None
    perhaps: set[str] = field(default_factory=set)
    """Notices whose answer was lost by the platform's own doing."""
    bad_ends: list[str] = field(default_factory=list)
    """Processes that were asked to end and did not end well."""

    def some(self, most: float) -> float:
        """Some seconds."""
        return self.chance.uniform(0.0, most)

    async def serve_if_none(self) -> None:
        """Somebody, or a supervisor, starts it again."""
        self.it.serving[:] = [each for each in self.it.serving if each.alive]
        if not self.it.serving:
            await self.it.serve()


Trouble = Callable[[Torment], Awaitable[None]]


async def kill(torment: Torment) -> None:
    """Killed and started again, some times in a row."""
    for _ in range(torment.chance.randint(1, 3)):
        await torment.it.kill(torment.chance.choice(torment.it.serving))
        await torment.serve_if_none()
        await pause(torment.some(1.5))


async def kill_with_another(torment: Torment) -> None:
    """Killed while another process is there."""
    first = torment.it.serving[0]
    await torment.it.serve()
    await pause(torment.some(1.0))
    await torment.it.kill(first)


async def end(torment: Torment) -> None:
    """Asked to end, as by a deployment, and started again."""
    for process in list(torment.it.serving):
        code = await torment.it.end(process)
        if code or torment.it.begun():
            torment.bad_ends.append(f"exit {code}, {len(torment.it.begun())} left begun")
    await torment.serve_if_none()


async def sleep(torment: Torment) -> None:
    """Put to sleep for a while, with or without another process beside it."""
    process = torment.chance.choice(torment.it.serving)
    if torment.chance.random() < 0.5:
        await torment.it.serve()
    asleep = torment.it.begun()
    process.freeze()
    asleep |= torment.it.begun()
    await pause(torment.some(20.0))
    torment.perhaps |= asleep
    process.thaw()


async def database_away(torment: Torment) -> None:
    """Locked by another process, or stopped, for up to a minute."""
    async with off_the_loop(torment.it.database.away()):
        await pause(torment.chance.choice((2.0, 10.0, 60.0)) * torment.some(1.0))


async def database_crashes(torment: Torment) -> None:
    """PostgreSQL stops at once and comes again; its connections are ended now and then. A file is only locked."""
    database = torment.it.database
    if not isinstance(database, PostgresDatabase):
        await database_away(torment)
        return
    for _ in range(3):
        await asyncio.to_thread(database.disturb)
        await pause(torment.some(0.5))
    async with off_the_loop(database.away("immediate")):
        await pause(torment.some(5.0))


async def killed_while_the_database_is_away(torment: Torment) -> None:
    """Nothing can be recorded, and then the process dies too: what was begun stays begun."""
    process = torment.chance.choice(torment.it.serving)
    async with off_the_loop(torment.it.database.away()):
        await pause(torment.some(3.0))
        await process.kill()
    await torment.it.kill(process)
    await torment.serve_if_none()


async def disk_full(torment: Torment) -> None:
    """No room for the database, for a while."""
    assert torment.disk is not None
    async with off_the_loop(full(torment.disk)):
        await pause(torment.some(10.0))
    database = torment.it.database
    if isinstance(database, PostgresDatabase) and not database.server.running():
        await asyncio.to_thread(database.server.start)


async def clock_back(torment: Torment) -> None:
    """An hour back, and after a while an hour forward again."""
    torment.it.move_clock(-HOUR)
    await pause(torment.some(20.0))
    torment.it.move_clock(HOUR)


async def clock_forward(torment: Torment) -> None:
    """A week forward, for some seconds."""
    torment.it.move_clock(7 * 24 * HOUR)
    await pause(torment.some(30.0))
    torment.it.move_clock(-7 * 24 * HOUR)


async def any_answer(torment: Torment) -> None:
    """The platforms answer anything for a while."""
    await _moody(torment, KINDS, 15.0)


async def slow_answers(torment: Torment) -> None:
    """The platforms take their time, or never answer."""
    await _moody(torment, SLOW_KINDS, 15.0)


async def _moody(torment: Torment, kinds: tuple[Answer, ...], longest: float) -> None:
    spare = {token for kill in torment.it.kills for token in kill.begun} | torment.perhaps
    moody = Moody(torment.chance, 0.4, kinds, Answer(seconds=0.05), spare)
    torment.it.answer(moody)
    await pause(torment.some(longest))
    torment.it.slow(0.05)
    await until(lambda: not torment.it.chats.platform.open, "the platforms have answered")
    torment.perhaps |= moody.perhaps


EVERY: tuple[Trouble, ...] = (
    kill,
    kill,
    kill_with_another,
    end,
    sleep,
    database_away,
    database_crashes,
    killed_while_the_database_is_away,
    disk_full,
    clock_back,
    clock_forward,
    any_answer,
    any_answer,
    slow_answers,
)
"""Those that strike more often stand here twice."""
