"""Sending to Teams beside plain aiohttp posts of the same activities, and how long a press takes.

    python benchmarks/bench_teams.py [--quick]

Sending: the adapter draws each card as an Adaptive Card, puts it into an activity and posts it with its token to a
connector in a process of its own; then the very same bodies are posted with plain aiohttp. Rounds alternate; the
medians of the rounds' shares are given, for the adapter alone and for the whole delivery (claimed, re-checked, drawn,
sent, recorded, logged on SQLite). Presses: signed invokes at 50 a second to a qabot in a process of its own, each of
which acknowledges an alert: token check, person, transaction, redrawn card.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from serve_teams import APP, TENANT, Unpaced, environ, link_everybody
from support import AT_ONCE, MORNING, TEN, council, folder, helper, options, report, seed, staff
from yarl import URL

from qabot.adapter import Address, Sent
from qabot.delivery.drain import drain
from qabot.messaging.card import Card
from qabot.messaging.files import Catalogue
from qabot.messaging.samples import show
from qabot.scheduler import calm
from qabot.scheduler.tick import tick
from qabot_teams.settings import read

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from tests.support.teams.issuer import Issuer  # noqa: E402 - the tests' issuer of tokens lies beside, not in, a package

A_SECOND = 50


@dataclass
class Posted:
    """What the adapter put on the wire, to be posted again."""

    requests: list[tuple[URL, bytes]] = field(default_factory=list)


def listen(adapter: Unpaced, posted: Posted) -> None:
    """Keep what goes out, as the bytes that it is."""
    assert adapter._open is not None
    session = adapter._open.session
    real = session.request

    def noted(method: str, url: URL, **options: Any) -> Any:
        posted.requests.append((url, options["data"]))
        return real(method, url, **options)

    session.request = noted  # type: ignore[method-assign, assignment]


async def plain(session: aiohttp.ClientSession, requests: list[tuple[URL, bytes]], token: str) -> float:
    """Post them again, as many at once as the delivery does; the number a second."""
    waiting = iter(requests)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    async def worker() -> None:
        for url, body in waiting:
            async with session.post(url, data=body, headers=headers) as response:
                assert response.status == 200
                await response.read()

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return len(requests) / (time.perf_counter() - started)


async def adapter_alone(adapter: Unpaced, cards: list[Card], url: str) -> float:
    """Cards a second, drawn and sent."""
    waiting = iter(enumerate(cards))
    kept = {"service_url": url, "bot": f"28:{APP}"}

    async def worker() -> None:
        for number, card in waiting:
            outcome = await adapter.send(Address(number, f"oid-{number}", f"a:{number % 400}", kept), card)
            assert isinstance(outcome, Sent), outcome

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(adapter.rate.at_once)))
    return len(cards) / (time.perf_counter() - started)


@asynccontextmanager
async def started(adapter: Unpaced) -> AsyncIterator[Unpaced]:
    """The adapter, connected."""
    await adapter.start()
    yield adapter
    await adapter.stop()


async def sending(count: int, rounds: int, url: str) -> dict[str, float]:
    """The adapter alone: tokens, connections, and its share of plain posts."""
    catalogue = Catalogue.load([HERE.parent / "messages"])
    shown = [
        show(catalogue, name) for name in ("red-alert", "review-reminder", "actions-confirm", "digest", "moderation")
    ]
    cards = (shown * count)[:count]
    shares, rates, plains = [], [], []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        async with started(Unpaced(None, read(environ(url)))) as adapter:  # type: ignore[arg-type]
            await adapter_alone(adapter, (shown * 500)[:500], url)
            async with session.get(f"{url}/count") as response:
                counted = await response.json()
            posted = Posted()
            listen(adapter, posted)
            await adapter_alone(adapter, cards, url)
        bodies = list(posted.requests)
        async with started(Unpaced(None, read(environ(url)))) as adapter:  # type: ignore[arg-type]
            for _ in range(rounds):
                rates.append(await adapter_alone(adapter, cards, url))
                plains.append(await plain(session, bodies, "x" * 1200))
                shares.append(rates[-1] / plains[-1])
    size = statistics.mean(len(body) for _, body in bodies)
    return {
        "tokens_for_500": counted["tokens"],
        "connections_for_500": counted["connections"],
        "sent_a_second": round(statistics.median(rates)),
        "plain_a_second": round(statistics.median(plains)),
        "share_of_plain": round(statistics.median(shares), 3),
        "body_kb": round(size / 1000, 1),
    }


async def delivering(count: int, rounds: int, url: str) -> dict[str, float]:
    """The whole delivery through the adapter, and its share of plain posts of the same activities.

    The memory is kept as the running service keeps it.
    """
    shares, rates = [], []
    posted = Posted()
    with folder() as where:
        async with started(Unpaced(None, read(environ(url)))) as adapter:  # type: ignore[arg-type]
            listen(adapter, posted)
            qabot, clock = council(where, adapter, size=staff(), start=MORNING)  # type: ignore[arg-type]
            await link_everybody(qabot, url)
            clock.set(TEN)
            calm.begin()
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
                for number in range(rounds + 1):
                    await qabot.store.run(lambda session: seed(qabot.desk.unit(session), "alert", count))
                    await tick(qabot.store, qabot.ticker, qabot.desk.unit)
                    posted.requests.clear()
                    began = time.perf_counter()
                    await drain(qabot.desk, qabot.outlets)
                    calm.tidy()
                    # What waits too long on a busy machine is tried again, and has been sent once all the same.
                    sent = len(posted.requests)
                    assert sent > 0
                    rate = sent / (time.perf_counter() - began)
                    again = await plain(session, posted.requests, "x" * 1200)
                    if number:
                        rates.append(rate)
                        shares.append(rate / again)
            calm.end()
            qabot.store.close()
    return {
        "delivered_a_second": round(statistics.median(rates)),
        "delivered_share": round(statistics.median(shares), 3),
    }


def invoke(number: int, alert: dict[str, str], url: str) -> dict[str, Any]:
    """The press of one alert's button."""
    data = {"action": "acknowledge", "token": alert["token"]}
    return {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "id": f"press-{number}",
        "channelId": "msteams",
        "serviceUrl": url,
        "from": {"id": f"29:{alert['account']}", "name": "Priya Raman", "aadObjectId": alert["account"]},
        "recipient": {"id": f"28:{APP}"},
        "conversation": {"id": alert["conversation"], "conversationType": "personal", "tenantId": TENANT},
        "channelData": {"tenant": {"id": TENANT}},
        "replyToId": alert["message"],
        "value": {"action": {"type": "Action.Execute", "verb": "acknowledge", "data": data}},
    }


async def pressing(count: int, url: str) -> dict[str, float]:
    """Seconds from request to answer of each press, at an even pace, whatever the answers take."""
    issuer = Issuer(APP)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
        async with session.put(f"{url}/keys", json=issuer.jwks()) as response:
            assert response.status == 200
        with helper("serve_teams.py", url, str(count)) as serving:
            served = json.loads(serving.line())
            headers = {"Authorization": f"Bearer {issuer.token(url)}"}
            address = f"http://127.0.0.1:{served['port']}/"

            async def press(number: int, alert: dict[str, str]) -> float:
                began = time.perf_counter()
                async with session.post(address, json=invoke(number, alert, url), headers=headers) as answer:
                    body = await answer.json()
                assert body["type"] == "application/vnd.microsoft.card.adaptive", body
                return time.perf_counter() - began

            first = time.perf_counter()
            tasks = []
            for number, alert in enumerate(served["alerts"][:count]):
                await asyncio.sleep(max(0.0, first + number / A_SECOND - time.perf_counter()))
                tasks.append(asyncio.create_task(press(number, alert)))
            took = sorted(await asyncio.gather(*tasks))
    return {
        "presses": len(took),
        "press_p50_ms": round(took[len(took) // 2] * 1000, 1),
        "press_p99_ms": round(took[min(int(len(took) * 0.99), len(took) - 1)] * 1000, 1),
    }


async def measure(quick: bool) -> dict[str, float]:
    """All figures."""
    with helper("sink_teams.py") as sink:
        url = f"http://127.0.0.1:{int(sink.line())}"
        alone = await sending(100 if quick else 1000, 1 if quick else 7, url)
        whole = await delivering(50 if quick else 1000, 1 if quick else 9, url)
        presses = await pressing(50 if quick else 500, url)
    return alone | whole | presses


def main() -> None:
    """Measure and report."""
    figures = asyncio.run(measure(options(__doc__ or "").quick))
    rows = [
        ("sent through the adapter, a second", f"{figures['sent_a_second']:.0f}", ""),
        ("plain aiohttp posts of the same, a second", f"{figures['plain_a_second']:.0f}", ""),
        ("share, adapter alone", f"{figures['share_of_plain']:.3f}", ""),
        ("notices delivered through it, a second", f"{figures['delivered_a_second']:.0f}", ""),
        ("share, whole delivery", f"{figures['delivered_share']:.3f}", "at least 0.25"),
        ("tokens fetched for 500 sends", f"{figures['tokens_for_500']:.0f}", "1"),
        ("connections opened for 500 sends", f"{figures['connections_for_500']:.0f}", "at most 10"),
        ("a press at 50 a second, median ms", f"{figures['press_p50_ms']}", ""),
        ("a press at 50 a second, p99 ms", f"{figures['press_p99_ms']}", "under 3,000"),
    ]
    report("teams", "Teams", rows, figures)


if __name__ == "__main__":
    main()
