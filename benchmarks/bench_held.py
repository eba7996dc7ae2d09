"""How late alerts come while somebody holds a thousand connections half open.

    python benchmarks/bench_held.py [--quick]

A qabot on a SQLite file, served as `qabot serve` serves it, in a process of its own. Somebody opens connections to it,
sends half of a request on each, and holds them; one that is closed is opened anew. Meanwhile alerts are raised, one
after the other, and the seconds until the platform has each are counted.
"""

import asyncio
import contextlib
import json
import resource

from support import helper, options, report, sink

HALF = b"POST /press HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\nContent-Type: text/pl"
PAUSE = 0.1
CONNECTIONS = 1100
"""More than a process may have where nobody has raised the limit of 1,024."""


async def hold(port: int) -> None:
    """One connection, for ever: half a request, then nothing; again when the other side has had enough."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(1)
            continue
        with contextlib.suppress(OSError):
            writer.write(HALF)
            await reader.read()
        writer.close()
        await asyncio.sleep(1)


async def measure(connections: int, alerts: int) -> dict[str, float]:
    """Without, and with them."""
    async with sink() as (_, url):
        with helper("serve_web.py", url, "1") as qabot:
            port = json.loads(await asyncio.to_thread(qabot.line))["port"]

            async def lateness() -> list[float]:
                found = []
                for _ in range(alerts):
                    qabot.say("alert")
                    found.append(json.loads(await asyncio.to_thread(qabot.line))["seconds"])
                    await asyncio.sleep(PAUSE)
                return sorted(found)

            quiet = await lateness()
            held = [asyncio.create_task(hold(port)) for _ in range(connections)]
            await asyncio.sleep(2)
            late = await lateness()
            for task in held:
                task.cancel()
            await asyncio.gather(*held, return_exceptions=True)
    return {
        "connections": connections,
        "alerts": alerts,
        "quiet_worst_s": round(quiet[-1], 3),
        "median_s": round(late[len(late) // 2], 3),
        "worst_s": round(late[-1], 3),
    }


def main() -> None:
    """Measure and report."""
    quick = options(__doc__ or "").quick
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    figures = asyncio.run(measure(50, 3) if quick else measure(CONNECTIONS, 50))
    rows = [
        ("the latest of as many without them", f"{figures['quiet_worst_s']} s", ""),
        (f"with {figures['connections']} held half open, median", f"{figures['median_s']} s", ""),
        (f"with {figures['connections']} held half open, the latest", f"{figures['worst_s']} s", "at most 2 s"),
    ]
    report("held", "Alerts while connections are held half open", rows, figures)


if __name__ == "__main__":
    main()
