"""PostgreSQL and workers: what a worker delivers, what a second one adds, a dead one's work, presses, what is due.

    python benchmarks/bench_workers.py [--quick]

On a fresh server that waits for its disk at each commit; each worker is a process of its own with the `Worker` that
`qabot worker` runs, and all post to one platform on loopback. Alerts are one part, which one worker has at a time, so
that a second worker is measured with digests, whose parts are sixteen. Plain posts are of as many bytes each, from one
process, in the same run. How many cores there are says the JSON: two workers, the server and the platform want four.
"""

import asyncio
import json
import signal
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from bench_press import delivered, percentile, press_on
from on_postgres import databases, postgres
from sqlalchemy import text
from sqlmodel import col, func, select
from support import (
    AT_ONCE,
    MORNING,
    TEN,
    Helper,
    HttpAdapter,
    Recorder,
    council,
    helper,
    options,
    post_all,
    report,
    seed,
    sink,
    staff,
)

from qabot.delivery.outbox import Waiting, prepare_all
from qabot.delivery.processes import Holder
from qabot.models import Deadline, Notice, NoticeState
from qabot.models.columns import table
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.jobs import Jobs, make_tables
from qabot.scheduler.tick import DUE as DUE_QUERY
from qabot.scheduler.tick import tick
from qabot.scheduler.worker import Worker
from qabot.settings import read_settings
from qabot.wiring import build

PRESSES_A_SECOND = 100
FEW = 20
PATIENCE = 600
"""Seconds in which what is due must have gone."""


async def work(url: str, platform: str) -> None:
    """One worker after the other in one process: says "ready"; a line begins each, the next ends it, and it says how
    long its posts were."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        settings, adapter = read_settings(database_url=url), HttpAdapter(session, platform)
        qabot = build(settings, clock=DemoClock(TEN), adapters=[adapter], migrate=False)
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            adapter.bodies.clear()
            qabot.outlets.holder = Holder()
            worker = Worker(qabot.desk, qabot.outlets, Jobs(qabot.store, qabot.desk.now), url)
            running = asyncio.create_task(worker.run())
            await asyncio.to_thread(sys.stdin.readline)
            worker.end_soon()
            await running
            print(json.dumps([len(each) for each in adapter.bodies]), flush=True)
        qabot.store.close()


@contextmanager
def workers(url: str, platform: str, count: int) -> Iterator[list[Helper]]:
    """So many, ready to begin."""
    with ExitStack() as stack:
        made = [stack.enter_context(helper(Path(__file__).name, url, platform)) for _ in range(count)]
        for each in made:
            assert each.line().strip() == "ready"
        yield made


class Council:
    """One council on one database, whose service plans and leaves the sending to workers. Its clock stands still."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.qabot, self.clock = council(None, Recorder(), size=staff(), start=MORNING, url=url)
        make_tables(self.qabot.store)

    async def plan(self, kind: str, count: int) -> None:
        """Leave so many notices due at ten, gathered in digests where they do not go alone."""
        self.clock.set(MORNING if kind == "audit" else TEN)
        with self.qabot.store.transaction() as session:
            seed(self.qabot.desk.unit(session), kind, count)
        await tick(self.qabot.store, self.qabot.ticker, self.qabot.desk.unit)
        self.clock.set(TEN)
        with self.qabot.store.transaction() as session:
            unit = self.qabot.desk.unit(session)
            prepare_all(unit, self.qabot.outlets.pilot, Waiting.now(unit))

    def left(self) -> int:
        """Notices that have not gone."""
        waiting = col(Notice.state).in_((NoticeState.planned, NoticeState.claimed, NoticeState.begun))
        with self.qabot.store.transaction() as session:
            return session.exec(select(func.count(col(Notice.id))).where(waiting, col(Notice.not_before) <= TEN)).one()

    async def until(self, most: int) -> None:
        """Wait until no more than this is left. Raises `TimeoutError`."""
        async with asyncio.timeout(PATIENCE):
            while self.left() > most:  # noqa: ASYNC110 - other processes work on it
                await asyncio.sleep(0.02)


@dataclass
class Rates:
    """Messages a second through workers, and of plain posts of as many bytes in the same round."""

    ours: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The median of the rounds' shares."""
        return statistics.median(ours / plain for ours, plain in zip(self.ours, self.plain, strict=True))


async def run_until_sent(made: Council, those: list[Helper]) -> tuple[list[int], float]:
    """Have these workers send all that is planned: how long each post was, and the seconds that it took."""
    started = time.perf_counter()
    for each in those:
        each.say("go")
    await made.until(0)
    took = time.perf_counter() - started
    for each in those:
        each.say("end")
    return [size for each in those for size in json.loads(each.line())], took


async def measure(made: Council, platform: str, kind: str, notices: int, count: int, rates: Rates) -> None:
    """One round: so many notices through so many workers, from the moment at which they may begin; then plain posts.

    The workers' processes have sent a few alerts before, as those of a service have: the first takes a second.
    """
    with workers(made.url, platform, count) as those:
        for each in those:
            await made.plan("alert", FEW)
            await run_until_sent(made, [each])
        await made.plan(kind, notices)
        sizes, took = await run_until_sent(made, those)
    rates.ours.append(len(sizes) / took)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        started = time.perf_counter()
        await post_all(session, platform, [b"x" * size for size in sizes])
        rates.plain.append(len(sizes) / (time.perf_counter() - started))


async def taken_over(made: Council, platform: str, notices: int) -> float:
    """Two workers send; the one that has the alerts is killed. Seconds until the other has sent the first of them."""
    await made.plan("alert", notices)
    whole = made.left()
    with workers(made.url, platform, 1) as [first], workers(made.url, platform, 1) as [second]:
        first.say("go")
        await made.until(whole - whole // 4)
        second.say("go")
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        killed, stopped_at = time.perf_counter(), made.left()
        await made.until(stopped_at - 1)
        took = time.perf_counter() - killed
        await made.until(0)
    return took


async def presses(url: str, platform: str, notices: int, count: int) -> dict[str, float]:
    """Through a service that leaves the sending to one worker, while it sends."""
    with helper("serve_web.py", platform, str(count), url) as service:
        served = json.loads(await asyncio.to_thread(service.line))
        address = f"http://127.0.0.1:{served['port']}/press"
        with workers(url, platform, 1) as [worker]:
            worker.say("go")
            sending = asyncio.create_task(delivered(service, notices))
            took, refused = await press_on(address, served["presses"], sending, PRESSES_A_SECOND)
            told = await sending
    return {
        "presses": len(took),
        "presses_refused": refused,
        "press_p50_ms": percentile(took, 0.5),
        "press_p99_ms": percentile(took, 0.99),
        "meanwhile_a_second": round(told["notices"] / told["seconds"]),
    }


def sweep_ms(url: str, count: int, looks: int) -> Iterator[float]:
    """The tick's own search for 100 due deadlines among so many; milliseconds of each look, one when asked."""
    made = Council(url).qabot
    with made.store.transaction() as session:
        seed(made.desk.unit(session), "audit", 100)
        names = [each.name for each in table(Deadline).columns if each.name not in {"id", "token", "next_at"}]
        kept = ", ".join(f'"{each}"' for each in names)
        session.execute(
            text(
                f"INSERT INTO deadline (token, next_at, {kept}) "
                f"SELECT md5(i::text), CAST(:later AS timestamp) + i % 100000 * interval '1 second', {kept} "
                f"FROM generate_series(1, :count) AS n(i) JOIN deadline ON deadline.id = 1 + i % 100"
            ),
            {"count": count - 100, "later": TEN.replace(tzinfo=None, year=2027)},
        )
    with made.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE deadline"))
    for _ in range(looks):
        with made.store.transaction() as session:
            started = time.perf_counter()
            found = session.execute(DUE_QUERY, {"now": MORNING, "most": 200}).all()
            yield (time.perf_counter() - started) * 1000
        assert len(found) == 100, f"{len(found)} found"
    made.store.close()


def sweep(small: str, large: str, sizes: tuple[int, int], looks: int) -> dict[str, float]:
    """Both sizes by turns; medians."""
    pairs = list(zip(sweep_ms(small, sizes[0], looks), sweep_ms(large, sizes[1], looks), strict=True))
    of_small, of_large = (statistics.median(each) for each in zip(*pairs, strict=True))
    return {
        "sweep_small_ms": round(of_small, 3),
        "sweep_large_ms": round(of_large, 3),
        "sweep_ratio": round(of_large / of_small, 3),
    }


async def deliveries(urls: Iterator[str], platform: str, quick: bool) -> dict[str, float]:
    """Alerts through one worker; digests, a person's five reminders each, through one and through two by turns."""
    alerts, one, two, rounds = Rates(), Rates(), Rates(), 1 if quick else 3
    busy = Council(next(urls))
    for _ in range(rounds):
        await measure(busy, platform, "alert", 50 if quick else 1000, 1, alerts)
    waited = await taken_over(busy, platform, 100 if quick else 1000)
    busy.qabot.store.close()
    for _ in range(rounds):
        for count, rates in ((1, one), (2, two)):
            made = Council(next(urls))
            await measure(made, platform, "audit", 200 if quick else 2000, count, rates)
            made.qabot.store.close()
    return {
        "share": round(alerts.share, 3),
        "a_second": round(statistics.median(alerts.ours)),
        "digests_a_second": round(statistics.median(one.ours)),
        "two_to_one": round(statistics.median(b / a for a, b in zip(one.ours, two.ours, strict=True)), 2),
        "taken_over_s": round(waited, 1),
    }


async def everything(quick: bool) -> dict[str, float]:
    """All figures, one after the other."""
    with databases(*map(str, range(10))) as urls:
        ahead = iter(urls)
        found = sweep(next(ahead), next(ahead), (2_000, 4_000) if quick else (10_000, 1_000_000), 20 if quick else 300)
        async with sink() as (_, platform):
            found |= await presses(next(ahead), platform, 200 if quick else 10_000, 60 if quick else 3000)
            return found | await deliveries(ahead, platform, quick)


def main() -> None:
    """The measurement, or one of its workers: `bench_workers.py URL PLATFORM`."""
    if len(sys.argv) == 3 and sys.argv[1].startswith("postgresql"):
        asyncio.run(work(sys.argv[1], sys.argv[2]))
        return
    quick = options(__doc__ or "").quick
    if not postgres.can_run():
        raise SystemExit("PostgreSQL's programs are not installed: `make system` installs them.")
    found = asyncio.run(everything(quick))
    few, many = ("2,000", "4,000") if quick else ("10,000", "1,000,000")
    rows = [
        ("alerts through one worker, recorded as sent", f"{found['a_second']:.0f}/s", ""),
        ("share of plain posts", f"{found['share']:.2f}", "0.20 at least"),
        ("digests through one worker", f"{found['digests_a_second']:.0f}/s", ""),
        ("through two, as a multiple of that", f"{found['two_to_one']:.2f}", "1.6 at least, with four cores"),
        ("a worker killed: another has sent after", f"{found['taken_over_s']:.1f} s", "15 s at most"),
        (f"a press, {PRESSES_A_SECOND} a second while notices go out, p99", f"{found['press_p99_ms']:.0f} ms", ""),
        ("of them asked to try again", f"{found['presses_refused']:.0f} beside {found['presses']:.0f}", ""),
        ("the same, median", f"{found['press_p50_ms']:.0f} ms", ""),
        (f"100 due among {many}, as a multiple of {few}", f"{found['sweep_ratio']:.2f}", "1.50 at most"),
    ]
    report("workers", "PostgreSQL and workers", rows, found)


if __name__ == "__main__":
    main()
