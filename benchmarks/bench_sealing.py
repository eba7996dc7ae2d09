"""What sealing the event log costs, beside delivering the notices that its lines are about, on SQLite.

    python benchmarks/bench_sealing.py [--quick]

Alerts are planned and delivered to a platform on loopback; then the lines that this wrote are sealed, and all of them
are verified. Each is processor time of this process; the medians of the rounds are compared.
"""

import asyncio
import statistics
import time

from support import MORNING, TEN, HttpAdapter, council, folder, options, report, seed, sink

from qabot.delivery.drain import drain
from qabot.models.copies import still
from qabot.rights.verifying import verify
from qabot.scheduler.tick import tick


async def measure(*, quick: bool) -> None:
    """Rounds of delivering and sealing."""
    rounds, count = (2, 50) if quick else (5, 500)
    async with sink() as (session, url):
        with folder() as where:
            qabot, clock = council(where, HttpAdapter(session, url), size=60, start=MORNING)
            shares, lines, seconds = [], 0, 0.0
            for _ in range(rounds):
                clock.set(TEN)
                await qabot.store.run(lambda database: seed(qabot.desk.unit(database), "alert", count))
                await qabot.engine.sealing.look()
                started = time.process_time()
                await tick(qabot.store, qabot.ticker, qabot.desk.unit)
                await drain(qabot.desk, qabot.outlets)
                delivered = time.process_time() - started
                started = time.process_time()
                sealed = await qabot.engine.sealing.look()
                taken = time.process_time() - started
                shares.append(taken / delivered)
                lines, seconds = lines + sealed, seconds + taken
            started = time.process_time()
            with still(qabot.store) as connection:
                found = verify(connection)
            verified = time.process_time() - started
            assert not found.wrong, found.wrong[0]
            qabot.store.close()
    share, each, checked = statistics.median(shares), seconds / lines * 1e6, verified / found.lines * 1e6
    rows = [
        ("sealing / planning and delivering", f"{share:.3f}", "0.05 at most"),
        ("to seal a line", f"{each:.0f} µs", ""),
        ("to verify a line", f"{checked:.0f} µs", ""),
    ]
    figures = {"share": round(share, 4), "seal_us": round(each), "verify_us": round(checked), "lines": lines}
    report("sealing", "Sealing the event log", rows, figures)


if __name__ == "__main__":
    asyncio.run(measure(quick=options(__doc__ or "").quick))
