"""20,000 deadlines due at one instant, on a SQLite file: is one missed, and how long does the event loop stall?

    python benchmarks/bench_instant.py [--quick]

Half are RED alerts, half reminders that go into digests. The service's own engine works (its loop, tick,
drain, redraw, the database thread) while a task beside it wants the loop back every millisecond.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, func, select
from support import MORNING, Heartbeat, Recorder, council, folder, open_and_due, options, report, seed, staff

from qabot.models import Deadline, Notice
from qabot.wiring import Qabot

INSTANT = MORNING.replace(hour=9, minute=25)
DIGESTS = MORNING.replace(hour=10, minute=30)
"""Everybody who is at work on this day has had a digest by then."""


@dataclass(frozen=True, slots=True)
class Day:
    """What came of one instant. Stalls in milliseconds."""

    deadlines: int
    missed: int
    told: int
    carried: int
    seconds: float
    stall: float
    usual: float
    idle: float


def missed(session: Session) -> int:
    """Deadlines that were not planned, or for which nothing was sent."""
    told = select(Notice.deadline_id).where(col(Notice.sent_at).is_not(None), col(Notice.deadline_id).is_not(None))
    silent = select(func.count(col(Deadline.id))).where(col(Deadline.id).not_in(told))
    return session.exec(silent).one() + open_and_due(session, DIGESTS)


async def one_day(count: int) -> Day:
    """Seed, let the instant come, and let the engine work until nothing is due."""
    with folder() as where:
        adapter = Recorder()
        qabot, clock = council(where, adapter, size=staff(), start=MORNING)
        await qabot.engine.start()
        await whole_round(qabot)
        async with Heartbeat() as quiet:
            await asyncio.sleep(1)

        def seed_both(session: Session) -> None:
            for kind in ("audit", "alert"):
                seed(qabot.desk.unit(session), kind, count // 2)

        await qabot.store.run(seed_both)
        adapter.taken = 0
        started = time.perf_counter()
        async with Heartbeat() as beat:
            for moment in (INSTANT, DIGESTS):
                clock.set(moment)
                await whole_round(qabot)
        seconds = time.perf_counter() - started
        left, total, sent = await qabot.store.run(lambda session: (missed(session), *counts(session)))
        taken = adapter.taken
        await qabot.engine.stop()
        qabot.store.close()
    return Day(total, left, taken, sent, seconds, beat.worst(), beat.usual(), quiet.worst())


async def whole_round(qabot: Qabot) -> None:
    """Have the engine's own loop make a round, and wait until it is over."""
    qabot.engine.wake()
    await asyncio.sleep(0.05)
    await qabot.engine.cycle()


def counts(session: Session) -> tuple[int, int]:
    """All deadlines, and the notices of theirs that were sent, alone or in a digest."""
    sent = select(func.count(col(Notice.id))).where(
        col(Notice.sent_at).is_not(None), col(Notice.deadline_id).is_not(None)
    )
    return session.exec(select(func.count(col(Deadline.id)))).one(), session.exec(sent).one()


def main() -> None:
    """Measure one instant, three times; the worst stall of all counts."""
    quick = options(__doc__ or "").quick
    days = [asyncio.run(one_day(400 if quick else 20_000)) for _ in range(1 if quick else 3)]
    show(days)


def show(days: Iterable[Day]) -> None:
    """The worst of every figure."""
    found = list(days)
    worst = max(found, key=lambda day: day.stall)
    lost = sum(day.missed for day in found)
    rows = [
        ("deadlines due at one instant", f"{worst.deadlines:,}", ""),
        ("missed", str(lost), "0"),
        ("messages sent, and the notices in them", f"{worst.told:,}, {worst.carried:,}", ""),
        ("until the last was recorded as sent", f"{worst.seconds:.1f} s", ""),
        ("longest stall of the event loop", f"{worst.stall:.1f} ms", "under 50 ms"),
        ("99 of 100 stalls are under", f"{worst.usual:.1f} ms", ""),
        ("longest stall with nothing to do", f"{worst.idle:.1f} ms", ""),
    ]
    figures = {
        "missed": lost,
        "stall_ms": round(worst.stall, 1),
        "stall_p99_ms": round(worst.usual, 1),
        "idle_stall_ms": round(worst.idle, 1),
        "seconds": round(worst.seconds, 1),
    }
    report("instant", "Everything at once", rows, figures)


if __name__ == "__main__":
    main()
