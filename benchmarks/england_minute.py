"""England's busiest minute for real: so many messages due at one moment in one PostgreSQL database, two processes send.

    python benchmarks/england_minute.py [--messages N] [--quick]

More than any council has: there all 153 have databases of their own. The server is a fresh one that waits for its disk
at each commit (`fsync`). Each of two processes is a whole qabot with its engine, as `qabot serve` runs it, and posts to
one platform on loopback that takes everything. Alerts, each to two people. How many messages N is says england.py.
"""

import argparse
import asyncio
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psycopg
from on_postgres import databases
from sqlmodel import col, func, select
from support import AT_ONCE, TEN, Helper, HttpAdapter, Recorder, council, helper, open_and_due, report, seed, sink

from qabot.models import Notice, NoticeState, Store
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.wiring import build

PEOPLE, EACH = 400, 2
"""People of the council, and how many of them are told of each alert."""
COUNTERS = (
    "SELECT xact_commit, tup_inserted, tup_updated, pg_database_size(current_database()), "
    "pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint FROM pg_stat_database WHERE datname = current_database()"
)
GONE = (NoticeState.sent,)
PATIENCE = 1200
"""Seconds in which all of it must have gone."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What the database has done since it was made; sizes in bytes."""

    commits: int
    inserted: int
    updated: int
    size: int
    wal: int


@dataclass(frozen=True, slots=True)
class Minute:
    """What came of it. `shares`: how many messages each process sent. `twice`: messages that were sent once more."""

    sent: int
    lost: int
    twice: int
    seconds: float
    shares: list[int]
    before: Counters
    after: Counters


def counters(url: str) -> Counters:
    """As the database says them."""
    with psycopg.connect(url) as connection:
        found = connection.execute(COUNTERS).fetchone()
    assert found is not None
    return Counters(*found)


async def one(url: str, platform: str) -> None:
    """One of the two processes: waits for a line, sends until its input closes, then says how many."""
    clock = DemoClock(TEN)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        adapter = HttpAdapter(session, platform)
        qabot = build(read_settings(database_url=url), clock=clock, store=Store(url), adapters=[adapter])
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await qabot.engine.start()
        await asyncio.to_thread(sys.stdin.readline)
        await qabot.engine.stop()
        qabot.store.close()
        print(len(adapter.bodies), flush=True)


async def minute(messages: int) -> Minute:
    """Fill, let both begin, and wait until nothing is left."""
    async with sink() as (_, platform):
        with ExitStack() as stack:
            [url] = stack.enter_context(databases("england"))
            filled, _ = council(None, Recorder(), size=PEOPLE, start=TEN, url=url)
            await filled.engine.cycle()  # the day's programme, which is no part of the minute
            at_first = _count(filled.store, *GONE)
            with filled.store.transaction() as session:
                seed(filled.desk.unit(session), "alert", messages // EACH)
            processes = [stack.enter_context(helper(Path(__file__).name, url, platform)) for _ in range(2)]
            for each in processes:
                assert each.line().strip() == "ready"
            before, started = counters(url), time.perf_counter()
            for each in processes:
                each.say("go")
            took, left = _until_gone(filled.store, started), _left(filled.store)
            shares, sent, after = _end(processes), _count(filled.store, *GONE) - at_first, counters(url)
            filled.store.close()
    return Minute(sent, left, sum(shares) - sent, took, shares, before, after)


def _until_gone(store: Store, started: float) -> float:
    """Wait until nothing is left, or for too long; the seconds since the start."""
    while _left(store) and time.perf_counter() - started < PATIENCE:
        time.sleep(1)
    return time.perf_counter() - started


def _left(store: Store) -> int:
    """Deadlines that are not planned yet, and notices that have not gone."""
    with store.transaction() as session:
        planned = open_and_due(session, TEN)
    return planned + _count(store, NoticeState.planned, NoticeState.claimed, NoticeState.begun)


def _count(store: Store, *states: NoticeState) -> int:
    """How many alerts of this moment there are in these states."""
    with store.transaction() as session:
        there = Notice.lane == "alert", col(Notice.state).in_(states), col(Notice.not_before) <= TEN
        return session.exec(select(func.count(col(Notice.id))).where(*there)).one()


def _end(processes: list[Helper]) -> list[int]:
    for each in processes:
        each.say("end")
    return [int(each.line()) for each in processes]


def show(found: Minute) -> None:
    """The table, and one JSON object on the last line."""
    rate, before, after = found.sent / found.seconds, found.before, found.after
    rows = [
        ("messages sent", f"{found.sent:,}", ""),
        ("lost, sent twice", f"{found.lost}, {found.twice}", "0, 0"),
        ("until the last was recorded as sent", f"{found.seconds:.1f} s", "60 s at most"),
        ("messages a second, by both, by each", f"{rate:.0f}, {found.shares[0]} and {found.shares[1]} in all", ""),
        ("commits for each message", f"{(after.commits - before.commits) / found.sent:.2f}", ""),
        (
            "rows inserted, updated for each",
            f"{(after.inserted - before.inserted) / found.sent:.1f}, "
            f"{(after.updated - before.updated) / found.sent:.1f}",
            "",
        ),
        ("bytes that each leaves in the database", f"{(after.size - before.size) / found.sent:,.0f}", ""),
        ("bytes of the write-ahead log for each", f"{(after.wal - before.wal) / found.sent:,.0f}", ""),
    ]
    figures = {
        "messages": found.sent,
        "lost": found.lost,
        "twice": found.twice,
        "seconds": round(found.seconds, 1),
        "a_second": round(rate),
        "shares": found.shares,
        "bytes_each": round((after.size - before.size) / found.sent),
        "wal_each": round((after.wal - before.wal) / found.sent),
    }
    report("england_minute", "England's busiest minute on one PostgreSQL, two processes", rows, figures)


def main() -> None:
    """The measurement, or one of its processes: `england_minute.py URL PLATFORM`."""
    if len(sys.argv) == 3 and sys.argv[1].startswith("postgresql"):
        asyncio.run(one(sys.argv[1], sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--quick", action="store_true", help="a small run that shows that the measurement works")
    given = parser.parse_args()
    show(asyncio.run(minute(200 if given.quick else given.messages)))


if __name__ == "__main__":
    main()
