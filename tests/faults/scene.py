"""A council at work, with real processes and real platforms: what the tests and the torture are written in.

async with scene(database, folder) as it:
    await it.raise_alerts(300)
    first = await it.serve()
    await it.taken(100)
    await it.kill(first)
    await it.serve()
    await it.all_told(300)
"""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from qabot.demo.council import CouncilData
from tests.faults import gateway, ledger
from tests.faults.chats import Chats, chats
from tests.faults.council import BEGINNING, Reds
from tests.faults.council import council as made
from tests.faults.databases import Database, execute, rows
from tests.faults.machine import until
from tests.faults.platform import Answer
from tests.faults.process import Serve, command, run_path
from tests.faults.serving import FILE
from tests.support.own_council import own_council
from tests.support.waiting import LONG

SECRET = "a secret of the tests, which is long enough"
LATER = 600.0
FAKETIME = next((str(each) for each in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), "")
"""Debian's package `faketime`."""
TOLD_EACH = 2
"""How many people each RED review is told to: Newham's service manager and head of service."""


@dataclass(frozen=True)
class Kill:
    """What was under way when a process was killed, by its notices' tokens: as the platform and the database saw it."""

    on_the_wire: set[str]
    begun: set[str]


@dataclass
class Scene:
    """One council."""

    database: Database
    folder: Path
    council: CouncilData
    chats: Chats
    reds: Reds
    serving: list[Serve] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    raised: int = 0
    jumps: bool = False
    """Whether the machine's own clock can jump, as the processes see it."""
    engine: str = "embedded"
    """What sends: the services, or workers."""
    _jumped: float = 0.0
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    # -- set-up --------------------------------------------------------------------------------------------------------

    @property
    def environ(self) -> dict[str, str]:
        """The settings of every process."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": run_path(self.folder),
            "TZ": "Europe/London",
            FILE: str(self.folder / "clock"),
            "QABOT_DATABASE_URL": self.database.url,
            "QABOT_SECRET_KEY": SECRET,
            "QABOT_ENGINE": self.engine,
            **own_council(self.folder / "frameworks"),
            **self.chats.environ,
            **(self._faked if self.jumps else {}),
        }

    @property
    def _faked(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": FAKETIME,
            "FAKETIME_TIMESTAMP_FILE": str(self.folder / "faketime"),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set_clock(self, ahead: float) -> None:
        """How many seconds the services' clock is ahead of the machine's."""
        (self.folder / "clock").write_text(f"{ahead:.3f}".ljust(32))

    def now(self) -> datetime:
        """What the services' clock says."""
        return now() + timedelta(seconds=float((self.folder / "clock").read_text()) + self._jumped)

    def later(self, seconds: float) -> None:
        """So much later, while no process was there to see it."""
        assert not self.serving
        self.set_clock(float((self.folder / "clock").read_text()) + seconds)

    def move_clock(self, seconds: float) -> None:
        """The machine's clock jumps: for the whole process where libfaketime is here, else for qabot's clock alone."""
        self._jumped += seconds
        if self.jumps:
            (self.folder / "faketime").write_text(f"{self._jumped:+.0f}")
        else:
            self.set_clock(float((self.folder / "clock").read_text()) + seconds)

    async def people(self) -> None:
        """The staff come in and are linked to their accounts, as by a first day of service.

        They count as welcomed: a welcome has no button, so that what became of one could not be told from outside.
        """
        staff, _ = self.council.as_files(self.folder / "files")
        await command(self.environ, "people", "import", str(staff), "--new-database")
        execute(self.database.url, "UPDATE person SET welcomed_at = '2026-01-01 09:00:00'")
        first = await self.serve()
        await until(lambda: self.linked() == len(self.council.people), lambda: f"everybody is linked\n{first.words()}")
        await self.end(first)

    def linked(self) -> int:
        """How many people have an account."""
        return int(rows(self.database.url, "SELECT count(*) FROM account WHERE adapter <> 'web'")[0][0])

    async def raise_alerts(self, count: int) -> None:
        """So many RED reviews come in."""
        path = self.reds.write(self.folder / f"audits-{next(self._numbers)}.csv", count)
        await command(self.environ, "audits", "import", str(path))
        self.raised += count

    # -- processes -----------------------------------------------------------------------------------------------------

    async def serve(self, *, wait: bool = True) -> Serve:
        """Start one more process."""
        process = Serve(self.environ, self.folder / "serve.log")
        self.serving.append(process)
        await process.start(wait=wait)
        return process

    async def work(self) -> Serve:
        """Start one more worker, and wait until it is at work."""
        before = len(self.said("worker-started"))
        process = Serve(self.environ, self.folder / "serve.log", "worker")
        self.serving.append(process)
        await process.start()
        await until(
            lambda: not process.alive or len(self.said("worker-started")) > before,
            lambda: f"a worker is at work\n{self.words()}",
        )
        assert process.alive, self.words()
        return process

    async def kill(self, process: Serve) -> Kill:
        """Kill one, and note what was under way. It is held still for the moment that the looking takes."""
        if process.alive:
            process.freeze()
        on_the_wire, before = self.chats.platform.under_way(), self._begun()
        await process.kill()
        self.serving.remove(process)
        self.kills.append(Kill(on_the_wire, before | self._begun()))
        return self.kills[-1]

    def _begun(self) -> set[str]:
        """Nobody can look while the database is away; nothing can be begun then either."""
        try:
            return self.begun()
        except SQLAlchemyError:
            return set()

    async def end(self, process: Serve) -> int:
        """Ask one to end; its exit code."""
        code = await process.end()
        self.serving.remove(process)
        return code

    async def close(self) -> None:
        """Kill whatever still runs."""
        for process in self.serving:
            await process.kill()

    # -- what there is to see ------------------------------------------------------------------------------------------

    def answer(self, answering: Callable[[str, frozenset[str]], Answer]) -> None:
        """How the platforms answer from now on."""
        self.chats.platform.answering = answering

    def slow(self, seconds: float) -> None:
        """Every send takes this long from now on, so that many are under way at once."""
        self.answer(lambda chat, tokens: Answer(seconds=seconds))

    async def taken(self, count: int) -> None:
        """Until the platforms have taken so many messages in all."""
        platform = self.chats.platform
        await until(lambda: len(platform.taken) >= count, lambda: f"{count} messages came\n{self.words()}")

    async def all_told(self, limit: float = LONG, *, but_later: bool = False) -> None:
        """Until every alert that was raised has been planned, and qabot has done with it; perhaps `but_later`."""
        await until(
            lambda: self._all_told(but_later), lambda: f"every alert is told\n{self.words()}", limit=limit, every=0.25
        )

    def _all_told(self, but_later: bool) -> bool:
        try:
            left = ledger.unfinished(self.database.url, now=self.now() if but_later else None)
            return left == 0 and self.planned() >= self.raised * TOLD_EACH
        except SQLAlchemyError:
            return False

    def planned(self) -> int:
        """How many first alerts there are."""
        return int(rows(self.database.url, "SELECT count(*) FROM notice WHERE message = 'red-alert'")[0][0])

    def count(self) -> ledger.Counts:
        """The sums so far."""
        return ledger.count(self.database.url, self.chats.platform)

    def begun(self) -> set[str]:
        """The notices whose request may have left, by the database's word."""
        return ledger.begun(self.database.url)

    def sent(self) -> int:
        """How many alerts are recorded as sent."""
        return int(rows(self.database.url, "SELECT count(*) FROM notice WHERE lane = 'alert' AND state = 'sent'")[0][0])

    def marked(self) -> set[str]:
        """The notices of which somebody got a message that says that it may be a repeat."""
        return {token for each in self.chats.platform.taken if each.marked for token in each.tokens}

    def early(self) -> int:
        """How many later steps of an alert's ladder there are; the run is over before the first of them is due."""
        query = "SELECT count(*) FROM notice WHERE lane = 'alert' AND message <> 'red-alert'"
        return int(rows(self.database.url, query)[0][0])

    def log(self) -> str:
        """All that the processes have written."""
        return (self.folder / "serve.log").read_text(errors="replace")

    def said(self, action: str) -> list[str]:
        """The lines of one action that they have written."""
        return [each for each in self.log().splitlines() if f'"action": "{action}"' in each]

    def words(self) -> str:
        """The end of what the processes have written."""
        return self.log()[-3000:]


@asynccontextmanager
async def scene(
    database: Database, folder: Path, *, only: str = "", fresh: bool = True, jumps: bool = False
) -> AsyncIterator[Scene]:
    """A council on an empty database; on one that `people` has filled before if it is not `fresh`.

    `only` puts everybody on one chat. `jumps` has the machine's clock jump, where libfaketime is here.
    """
    council = made()
    gateway.install(folder)
    (folder / "faketime").write_text("+0")
    async with chats(council, only) as servers:
        it = Scene(database, folder, council, servers, Reds(council, only), jumps=jumps and bool(FAKETIME))
        # What was filled before was filled at the beginning, and a little after it.
        it.set_clock((BEGINNING - now()).total_seconds() + (0 if fresh else LATER))
        try:
            if fresh:
                await it.people()
            yield it
        finally:
            await it.close()


def now() -> datetime:
    """The machine's time."""
    return datetime.now(BEGINNING.tzinfo)  # noqa: TID251 - the services' clock is set by it
