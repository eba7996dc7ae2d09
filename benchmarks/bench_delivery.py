"""Delivery on SQLite, from due row to recorded as sent, beside plain aiohttp posts of the same bodies.

    python benchmarks/bench_delivery.py [--quick]

A notice is claimed, re-checked, drawn from its message file, posted as JSON to a platform on loopback, recorded and
logged, with the memory kept as the running service keeps it (`qabot.scheduler.calm`). Rounds alternate: deliver, then
post the very same bodies with plain aiohttp; the medians of the rounds' shares are given. Notices go alone (alerts), in
digests, and with the planning of their deadlines counted in.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass, field

from support import (
    MORNING,
    TEN,
    HttpAdapter,
    council,
    folder,
    open_and_due,
    options,
    post_all,
    report,
    seed,
    sink,
    staff,
)

from qabot.delivery.drain import drain
from qabot.scheduler import calm
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.tick import tick
from qabot.wiring import Qabot


@dataclass
class Rates:
    """Messages a second, a value for each round."""

    planned: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    both: list[float] = field(default_factory=list)
    posted: list[float] = field(default_factory=list)

    def share(self, rates: list[float]) -> float:
        """The median of the rounds' shares of plain posts."""
        return statistics.median(ours / plain for ours, plain in zip(rates, self.posted, strict=True))


async def round_of(qabot: Qabot, clock: DemoClock, adapter: HttpAdapter, kind: str, count: int, rates: Rates) -> None:
    """Plan, deliver, then post the same bodies."""
    clock.set(MORNING if kind == "audit" else TEN)
    await qabot.store.run(lambda session: seed(qabot.desk.unit(session), kind, count))
    started = time.perf_counter()
    await tick(qabot.store, qabot.ticker, qabot.desk.unit)
    planned = time.perf_counter() - started
    clock.set(TEN)
    adapter.bodies.clear()
    started = time.perf_counter()
    await drain(qabot.desk, qabot.outlets)
    calm.tidy()
    delivered = time.perf_counter() - started
    left = await qabot.store.run(lambda session: open_and_due(session, TEN))
    # What waits too long on a busy machine is tried again, and has been sent once all the same.
    sent = len(adapter.bodies)
    assert sent > 0
    assert all(b'"buttons":[]' not in body for body in adapter.bodies), "a card without its buttons"
    assert left == 0, f"{left} not planned"
    bodies = list(adapter.bodies)
    started = time.perf_counter()
    await post_all(adapter.session, adapter.url, bodies)
    rates.posted.append(sent / (time.perf_counter() - started))
    rates.planned.append(sent / planned)
    rates.delivered.append(sent / delivered)
    rates.both.append(sent / (planned + delivered))


async def measure(kind: str, count: int, rounds: int) -> tuple[Rates, float]:
    """Some rounds on one database, after one that warms everything up; also the mean size of a body in KB."""
    rates = Rates()
    async with sink() as (session, url):
        with folder() as where:
            adapter = HttpAdapter(session, url)
            qabot, clock = council(where, adapter, size=staff(), start=MORNING)
            calm.begin()
            for number in range(rounds + 1):
                await round_of(qabot, clock, adapter, kind, count, Rates() if number == 0 else rates)
            size = statistics.mean(map(len, adapter.bodies)) / 1000
            calm.end()
            qabot.store.close()
    return rates, size


def main() -> None:
    """Measure notices that go alone, and digests."""
    quick = options(__doc__ or "").quick
    alone, size = asyncio.run(measure("alert", 50 if quick else 1000, 1 if quick else 9))
    digests, digest_size = asyncio.run(digest_rounds(quick))
    median = statistics.median
    rows = [
        ("plain aiohttp posts of the same bodies", f"{median(alone.posted):,.0f}/s of {size:.1f} KB", ""),
        ("notices, due row to recorded as sent", f"{median(alone.delivered):,.0f}/s", ""),
        ("share of plain posts", f"{alone.share(alone.delivered):.2f}", "0.30 at least"),
        ("share with planning counted in", f"{alone.share(alone.both):.2f}", ""),
        ("digests", f"{median(digests.delivered):,.0f}/s of {digest_size:.1f} KB", ""),
        ("digests, share of plain posts", f"{digests.share(digests.delivered):.2f}", ""),
    ]
    figures = {
        "share": round(alone.share(alone.delivered), 3),
        "share_with_planning": round(alone.share(alone.both), 3),
        "digest_share": round(digests.share(digests.delivered), 3),
        "per_second": round(median(alone.delivered)),
        "plain_per_second": round(median(alone.posted)),
        "planned_per_second": round(median(alone.planned)),
    }
    report("delivery", "Delivery beside plain posts", rows, figures)


async def digest_rounds(quick: bool) -> tuple[Rates, float]:
    """Digests of five reminders each; a fresh database for each round, because a person gets one a day."""
    rates, sizes = Rates(), []
    for _ in range(1 if quick else 3):
        found, size = await one_digest_round(200 if quick else 2000)
        sizes.append(size)
        for name in ("planned", "delivered", "both", "posted"):
            getattr(rates, name).extend(getattr(found, name))
    return rates, statistics.mean(sizes)


async def one_digest_round(count: int) -> tuple[Rates, float]:
    """One database, one morning."""
    rates = Rates()
    async with sink() as (session, url):
        with folder() as where:
            adapter = HttpAdapter(session, url)
            qabot, clock = council(where, adapter, size=staff(), start=MORNING)
            calm.begin()
            await round_of(qabot, clock, adapter, "audit", count, rates)
            size = statistics.mean(map(len, adapter.bodies)) / 1000
            calm.end()
            qabot.store.close()
    return rates, size


if __name__ == "__main__":
    main()
