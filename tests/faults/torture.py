"""The long run: `make torture`, or `python -m tests.faults.torture --minutes 30 --seed 7 --database both`.

First `kill -9` in mid-send of 2,000 notices, twenty times, on each database. Then, for as long as is asked, a council
whose RED reviews come in while trouble strikes at random moments: processes killed, ended, put to sleep; the database
away, or crashed; the disk full; the clock jumping; platforms that answer anything. After each trouble every alert must
come. Prints a table and one line of JSON; exits with 1 if a promise was broken. The same seed, the same order.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.faults import troubles
from tests.faults.databases import Database, PostgresDatabase, SqliteFile, small_disk
from tests.faults.kills import SOON, SOON_ELSEWHERE, Killed, kill_again_and_again
from tests.faults.machine import DidNotCome, seconds
from tests.faults.scene import FAKETIME, Scene, scene
from tests.faults.troubles import Torment, Trouble
from tests.support import postgres

AT_ONCE = 40
"""RED reviews that come in before each trouble; twice as many alerts."""
LATE = 15.0
"""Seconds after a trouble is over by which every alert that was not begun should have come."""
LIMIT = 180.0
DISK = {"sqlite": 192, "postgres": 512}
"""Megabytes."""
say = Console(stderr=True, soft_wrap=True, highlight=False).print


@dataclass
class Tally:
    """What an ordeal came to. `late` names alerts and by how many seconds they came after trouble was over."""

    troubles: dict[str, int] = field(default_factory=dict)
    alerts: int = 0
    messages: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    repeats: int = 0
    repeats_allowed: int = 0
    overtaken: int = 0
    """Repeats that came before the copy that a sleeping process still had in hand."""
    disordered: int = 0
    """Those of which no process slept."""
    beyond: int = 0
    early: int = 0
    late: list[str] = field(default_factory=list)
    slowest: float = 0.0
    bad_ends: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """The promises that did not hold."""
        names = ("lost", "doubled", "silent", "disordered", "beyond", "early", "bad_ends", "stuck")
        return [name for name in names if getattr(self, name)]


class Ordeal:
    """One council on one database, tormented until time is up."""

    def __init__(self, it: Scene, chance: random.Random, disk: Path | None) -> None:
        self.it = it
        self.torment = Torment(it, chance, disk)
        self.tally = Tally()
        self._hurt = [each for each in troubles.EVERY if disk is not None or each is not troubles.disk_full]

    async def last(self, length: float) -> Tally:
        """Trouble after trouble for so many seconds, then the sums."""
        until = seconds() + length
        self.it.slow(0.05)
        await self.it.serve()
        while seconds() < until and await self.one(self.torment.chance.choice(self._hurt)):
            continue
        for process in list(self.it.serving):
            await self.it.end(process)
        self._sum()
        return self.tally

    async def one(self, trouble: Trouble) -> bool:
        """RED reviews come in; in the midst of telling, trouble. False if nothing helps any more."""
        name, before = trouble.__name__, len(self.it.chats.platform.taken)
        self.tally.troubles[name] = self.tally.troubles.get(name, 0) + 1
        say(f"  {self.it.database.name} {sum(self.tally.troubles.values())}: {name}")
        try:
            await self.it.raise_alerts(AT_ONCE)
            await self.it.taken(before + self.torment.chance.randint(1, AT_ONCE))
            await trouble(self.torment)
            await self.torment.serve_if_none()
            over = seconds()
            await self.it.all_told(LIMIT)
        except DidNotCome as failed:
            self.tally.stuck.append(f"{name}: {failed}")
            say(f"  stuck after {name}: {failed}")
            return await self._begin_anew()
        self._note_late(name, over)
        await self._leave_one()
        return True

    async def _begin_anew(self) -> bool:
        """What an operator would do first; whether it helps."""
        try:
            for process in list(self.it.serving):
                await self.it.kill(process)
            await self.it.serve()
            await self.it.all_told(LIMIT)
        except DidNotCome:
            return False
        return True

    def _note_late(self, name: str, over: float) -> None:
        """What came long after trouble was over, unless it is a repeat."""
        waited = [each.at - over for each in self.it.chats.platform.taken if not each.marked and each.at > over]
        slowest = max(waited, default=0.0)
        self.tally.slowest = max(self.tally.slowest, slowest)
        if slowest > LATE:
            self.tally.late.append(f"{name}: {sum(each > LATE for each in waited)} alerts, {slowest:.0f} s")

    async def _leave_one(self) -> None:
        """Back to one process, so that each trouble finds the same."""
        for process in self.it.serving[1:]:
            code = await self.it.end(process)
            if code:
                self.torment.bad_ends.append(f"exit {code}")

    def _sum(self) -> None:
        counts, tally = self.it.count(), self.tally
        begun = {token for kill in self.it.kills for token in kill.begun} | self.torment.perhaps
        twice = sum(kill.begun & self.torment.perhaps != set() for kill in self.it.kills)
        tally.alerts, tally.messages, tally.repeats = counts.alerts, counts.messages, counts.repeats
        tally.lost, tally.doubled, tally.silent = counts.lost, counts.doubled, counts.silent
        tally.repeats_allowed, tally.beyond = len(begun) + twice, len(self.it.marked() - begun)
        tally.overtaken = len(counts.overtaken)
        tally.disordered = len(counts.overtaken - self.torment.perhaps)
        tally.early = self.it.early()
        tally.bad_ends = self.torment.bad_ends


@contextmanager
def databases(kind: str) -> Iterator[tuple[Database, Path | None]]:
    """An empty database on a disk of its own, and that disk; None where no disk may be made."""
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(DISK[kind]))
        if disk is None:
            say("*** No small disk may be mounted here: the disk will NOT be filled.")
        folder = disk or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qabot-torture-")))
        if kind == "sqlite":
            yield SqliteFile(folder), disk
            return
        postgres.own(folder)
        yield PostgresDatabase.new(stack.enter_context(postgres.running(folder))), disk


async def killed(kind: str, given: argparse.Namespace) -> Killed:
    """The kills, on a database of their own."""
    with databases(kind) as (database, _), tempfile.TemporaryDirectory(prefix="qabot-torture-") as folder:
        return await kill_again_and_again(
            database, Path(folder), notices=given.notices, kills=given.kills, seed=given.seed
        )


async def tormented(kind: str, given: argparse.Namespace, length: float) -> Tally:
    """The troubles, on a database of their own."""
    with databases(kind) as (database, disk), tempfile.TemporaryDirectory(prefix="qabot-torture-") as folder:
        async with scene(database, Path(folder), jumps=True) as it:
            return await Ordeal(it, random.Random(given.seed), disk).last(length)


def show_kills(found: dict[str, Killed]) -> bool:
    """The kills' table; whether what was promised held."""
    table, kept = Table("what", *found, "wanted", title="Killed in mid-send"), True
    figures = {kind: each.figures() for kind, each in found.items()}
    wanted = {
        "lost": 0.0,
        "doubled_unmarked": 0.0,
        "repeats_not_under_way": 0.0,
        "stuck": 0.0,
        "seconds_after_restart": SOON,
        "seconds_through_another": SOON_ELSEWHERE,
    }
    for name in next(iter(figures.values())):
        values = [each[name] for each in figures.values()]
        most = wanted.get(name)
        kept = kept and (most is None or max(values) <= most)
        limit = "" if most is None else f"at most {most:g}" if most else "0"
        table.add_row(name.replace("_", " "), *(f"{each:g}" for each in values), limit)
    Console().print(table)
    return kept


def show_tally(found: dict[str, Tally]) -> bool:
    """The torture's table; whether what was promised held."""
    table = Table("what", *found, "wanted", title="Tortured")
    wanted = dict.fromkeys(("lost", "doubled", "silent", "disordered", "beyond", "early", "bad_ends", "stuck"), "0")
    for name in asdict(next(iter(found.values()))):
        values = [getattr(each, name) for each in found.values()]
        shown = [f"{each:.1f}" if isinstance(each, float) else str(_many(each)) for each in values]
        table.add_row(name.replace("_", " "), *shown, wanted.get(name, ""))
    Console().print(table)
    for kind, tally in found.items():
        for name in ("lost", "doubled", "silent", "late", "bad_ends", "stuck"):
            for each in getattr(tally, name)[:20]:
                print(f"{kind}: {name}: {each}")
    return not any(each.broken for each in found.values())


def _many(value: Any) -> int:
    if isinstance(value, dict):
        return sum(value.values())
    return len(value) if isinstance(value, list) else int(value)


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Hurt qabot in every way that we know, and count what came of it.")
    parser.add_argument("--minutes", type=float, default=30.0, help="of torture in all, beside the kills")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="the same order of troubles again")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--kills", type=int, default=20, help="kills in mid-send before it; 0 leaves them out")
    parser.add_argument("--notices", type=int, default=2000, help="notices that are being sent meanwhile")
    return parser.parse_args()


async def run(given: argparse.Namespace) -> int:
    """Everything, and the exit code."""
    kinds = ["sqlite", "postgres"] if given.database == "both" else [given.database]
    if "postgres" in kinds and not postgres.can_run():
        say("*** PostgreSQL's programs are not installed: NOTHING is tested on it.")
        kinds.remove("postgres")
    if not FAKETIME:
        say("*** libfaketime is not here: only qabot's own clock will jump. Debian's package is `faketime`.")
    print(f"seed {given.seed}", flush=True)
    kills = {kind: await killed(kind, given) for kind in kinds} if given.kills else {}
    kept = show_kills(kills) if kills else True
    tallies = {kind: await tormented(kind, given, given.minutes * 60 / len(kinds)) for kind in kinds}
    kept = show_tally(tallies) and kept
    figures: dict[str, Any] = {
        kind: {
            "kills": kills[kind].figures() if kind in kills else {},
            "torture": {
                name: _many(value) if not isinstance(value, float) else round(value, 1)
                for name, value in asdict(tally).items()
            },
        }
        for kind, tally in tallies.items()
    }
    print(json.dumps({"torture": figures, "seed": given.seed, "kept": kept}))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(run(options())))
