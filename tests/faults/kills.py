"""`kill -9` in mid-send of 2,000 notices, twenty times; then through another process. On one database."""

import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.databases import Database
from tests.faults.gateway import AT_ONCE
from tests.faults.ledger import Counts
from tests.faults.machine import DidNotCome, seconds
from tests.faults.scene import TOLD_EACH, Scene, scene

A_MOMENT = 0.05
SOON, SOON_ELSEWHERE = 5.0, 15.0


@dataclass
class Killed:
    """What came of it. Seconds until the last alert that was not begun had come."""

    counts: Counts = field(default_factory=Counts)
    kills: int = 0
    under_way: int = 0
    """Sends that were begun and not recorded at the kills, all together."""
    on_the_wire: int = 0
    """Of these, those whose request the platform had and had not answered."""
    left: int = 0
    """Notices that had come to nobody at the last restart."""
    beyond: int = 0
    """Marked repeats of what was not under way at a kill."""
    after_restart: float = 0.0
    after_listening: float = 0.0
    elsewhere: float = 0.0
    stuck: int = 0
    """How often what was waited for did not come at all."""

    def figures(self) -> dict[str, float]:
        """For the table and the JSON line."""
        return {
            "notices": self.counts.alerts,
            "kills": self.kills,
            "lost": len(self.counts.lost),
            "doubled_unmarked": len(self.counts.doubled),
            "marked_repeats": self.counts.repeats,
            "under_way_at_kills": self.under_way,
            "on_the_wire_at_kills": self.on_the_wire,
            "left_at_the_last_restart": self.left,
            "repeats_not_under_way": self.beyond,
            "seconds_after_restart": round(self.after_restart, 1),
            "seconds_after_listening": round(self.after_listening, 1),
            "seconds_through_another": round(self.elsewhere, 1),
            "stuck": self.stuck,
        }


async def kill_again_and_again(
    database: Database, folder: Path, *, notices: int = 2000, kills: int = 20, seed: int = 1
) -> Killed:
    """All on the chat that has no pace, so that as many sends as it has at once are under way at each kill."""
    chance, done = random.Random(seed), Killed()
    async with scene(database, folder, only="gateway") as it:
        it.slow(A_MOMENT)
        try:
            await it.raise_alerts(notices // TOLD_EACH)
            await _to_the_last(it, done, chance, kills)
            await _through_another(it, done, notices // 5)
        except DidNotCome as failed:
            done.stuck += 1
            print(f"{database.name}: {failed}", file=sys.stderr)
        done.counts, done.kills = it.count(), len(it.kills)
        done.under_way = sum(len(kill.begun) for kill in it.kills)
        done.on_the_wire = sum(len(kill.on_the_wire) for kill in it.kills)
        done.beyond = len(it.marked() - {token for kill in it.kills for token in kill.begun})
    return done


async def _to_the_last(it: Scene, done: Killed, chance: random.Random, kills: int) -> None:
    """Kill after kill, some messages apart; then the rest."""
    for _ in range(kills):
        process = await it.serve(wait=False)
        await it.taken(len(it.chats.platform.taken) + chance.randint(1, AT_ONCE))
        await it.kill(process)
    done.left = notices_left(it)
    began = seconds()
    await it.serve()
    listening = seconds()
    await it.all_told()
    done.after_restart, done.after_listening = _last(it, began), _last(it, listening)


def notices_left(it: Scene) -> int:
    """How many were not begun yet."""
    return it.raised * TOLD_EACH - len({token for each in it.chats.platform.taken for token in each.tokens})


async def _through_another(it: Scene, done: Killed, notices: int) -> None:
    """A second process is there when the first is killed."""
    [first] = it.serving
    await it.serve()
    so_far = len(it.chats.platform.taken)
    await it.raise_alerts(notices // TOLD_EACH)
    await it.taken(so_far + notices // 4)
    killed = seconds()
    await it.kill(first)
    await it.all_told()
    done.elsewhere = _last(it, killed)


def _last(it: Scene, since: float) -> float:
    """Seconds until the last message that is no repeat had come."""
    return max((each.at for each in it.chats.platform.taken if not each.marked), default=since) - since
