"""How long a press takes through the web, while thousands of notices go out; and while nothing else goes on.

    python benchmarks/bench_press.py [--quick] [--pace PRESSES_A_SECOND]

A qabot on a SQLite file, served as `qabot serve` serves it, in a process of its own; its notices go to a platform in
another. Presses come at an even pace, 50 a second if no other is given, whatever the answers take, for as long as the
sending lasts: each acknowledges an alert (the session's person looked up, the form checked, one transaction, the way
back to the card).
"""

import asyncio
import json
import os
import time
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from support import Helper, helper, options, report, sink

A_SECOND = 50
QUIET_PRESSES = 250


class Busy(Exception):
    """The service asked to try again in a moment."""


async def press(session: aiohttp.ClientSession, address: str, one: dict[str, str]) -> float:
    """One press; seconds from request to answer."""
    form = {
        "csrf": one["csrf"],
        "action": "acknowledge",
        "token": one["token"],
        "back": "inbox",
        "origin": one["token"],
    }
    headers = {"Cookie": one["cookie"]}
    began = time.perf_counter()
    async with session.post(address, data=form, headers=headers, allow_redirects=False) as answer:
        if answer.status in (408, 503):
            assert "try again" in (await answer.text()).lower(), "whoever is turned away reads what to do"
            raise Busy
        assert answer.status == 303, f"{answer.status}: {(await answer.text())[:300]}"
    return time.perf_counter() - began


async def press_on(
    address: str, presses: list[dict[str, str]], until: "asyncio.Task[Any] | None", pace: int = A_SECOND
) -> tuple[list[float], int]:
    """At an even pace, through all of them or until something is over: the seconds of each that was done, in order, and
    how many were asked to try again.

    `pace` is in presses a second.
    """
    tasks, first = [], time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        for number, one in zip(count(), presses, strict=False):
            await asyncio.sleep(max(0.0, first + number / pace - time.perf_counter()))
            if until is not None and until.done():
                break
            tasks.append(asyncio.create_task(press(session, address, one)))
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException) and not isinstance(end, Busy):
            raise end
    took = sorted(end for end in ends if isinstance(end, float))
    return took, len(ends) - len(took)


async def delivered(qabot: Helper, notices: int) -> dict[str, float]:
    """Have it send so many; what it says when they have gone."""
    qabot.say(f"deliver {notices}")
    told: dict[str, float] = json.loads(await asyncio.to_thread(qabot.line))
    return told


async def measure(notices: int, presses: int, pace: int) -> dict[str, float]:
    """Quiet first, then while the notices go out."""
    async with sink() as (_, url):
        with helper("serve_web.py", url, str(presses)) as qabot:
            served = json.loads(await asyncio.to_thread(qabot.line))
            address, every = f"http://127.0.0.1:{served['port']}/press", served["presses"]
            before, pid = spent(qabot.process.pid), qabot.process.pid
            quiet, _ = await press_on(address, every[: min(QUIET_PRESSES, presses // 4)], None, pace)
            each = (spent(pid) - before) / len(quiet)
            sending = asyncio.create_task(delivered(qabot, notices))
            busy, refused = await press_on(address, every[len(quiet) :], sending, pace)
            told = await sending
    return {
        "quiet_p50_ms": percentile(quiet, 0.5),
        "quiet_p99_ms": percentile(quiet, 0.99),
        "quiet_processor_ms": round(each * 1000, 1),
        "presses": len(busy),
        "refused": refused,
        "p50_ms": percentile(busy, 0.5),
        "p99_ms": percentile(busy, 0.99),
        "worst_ms": percentile(busy, 1.0),
        "notices": told["notices"],
        "notices_a_second": round(told["notices"] / told["seconds"]),
    }


def spent(pid: int) -> float:
    """The processor's seconds that a process has had until now."""
    words = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def percentile(took: list[float], share: float) -> float:
    """Milliseconds under which this share of all stays."""
    return round(took[min(int(len(took) * share), len(took) - 1)] * 1000, 1)


def main() -> None:
    """Measure and report."""
    given = options(__doc__ or "", pace=A_SECOND)
    figures = asyncio.run(measure(*((200, 50) if given.quick else (5000, 2000)), given.pace))
    rows = [
        ("with nothing else going on, median", f"{figures['quiet_p50_ms']} ms", ""),
        ("with nothing else going on, p99", f"{figures['quiet_p99_ms']} ms", ""),
        ("the same, processor time with all that follows", f"{figures['quiet_processor_ms']} ms", ""),
        (f"while {figures['notices']:,.0f} notices go out, median", f"{figures['p50_ms']} ms", ""),
        (f"while {figures['notices']:,.0f} notices go out, p99", f"{figures['p99_ms']} ms", "under 100 ms"),
        ("the longest", f"{figures['worst_ms']} ms", ""),
        ("presses meanwhile, and those asked to try again", f"{figures['presses']:.0f}, {figures['refused']:.0f}", ""),
        ("notices sent, a second", f"{figures['notices_a_second']:.0f}", ""),
    ]
    report("press", f"A press through the web, {given.pace} a second", rows, figures)


if __name__ == "__main__":
    main()
