"""Slack: notices through the adapter beside plain aiohttp posts and Apprise, and signed presses beside a bare Bolt app.

    python benchmarks/bench_slack.py [--quick]

The sink takes every post as Slack's Web API would, in a process of its own on loopback; so do the servers that take
presses. Sending: due notices on SQLite through the drain and this adapter, then the very same bodies with plain
aiohttp, in turns; Apprise with its throttle off, in as many threads as serve it best. Pressing: 50 signed presses of
"acknowledge" a second, each timed from request to acknowledgement, and to the commit; the same against a Bolt app
that only acknowledges.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import logging
import statistics
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import aiohttp
import apprise
import structlog
import uvicorn
from aiohttp import web
from apprise.plugins.slack import NotifySlack
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from sqlmodel import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp
from support import AT_ONCE, TEN, council, folder, options, post_all, report, seed, staff

from qabot.adapter import Address, DirectoryEntry, Outcome, Press, Rate, Reply
from qabot.delivery.drain import drain
from qabot.messaging.card import Card
from qabot.models import Notice, NoticeState, Person
from qabot.scheduler import calm
from qabot.scheduler.tick import tick
from qabot.wiring import Qabot
from qabot_slack import SlackAdapter
from qabot_slack.blocks import message
from qabot_slack.settings import Settings

SECRET = "bench"
PRESSES_A_SECOND = 50
BURST = 100
TEAM = "T0BENCH"


class Counted(SlackAdapter):
    """The adapter, without Slack's rates, and with a memory of what it posted. The core is put in afterwards."""

    rate = Rate()

    def __init__(self, service: Any, url: str) -> None:
        super().__init__(service, Settings("xoxb-bench", "", SECRET, f"{url}/api/", "http"))
        self.sent: list[tuple[str, Card]] = []

    async def send(self, address: Address, card: Card) -> Outcome:
        self.sent.append((address.external_id, card))
        return await super().send(address, card)


class Later:
    """Stands for the core until it is built: the adapter and the core know each other."""

    def __init__(self) -> None:
        self.desk: Any = None
        self.committed: dict[str, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.desk, name)

    async def press(self, press: Press) -> Reply:
        reply: Reply = await self.desk.press(press)
        self.committed[press.token] = time.monotonic()
        return reply


async def prepared(where: Path, url: str, count: int) -> tuple[Qabot, Counted, Later]:
    """A council on SQLite whose people are on Slack, with alerts that are due."""
    later = Later()
    adapter = Counted(later, url)
    qabot, _clock = council(where, adapter, size=staff(), start=TEN)  # type: ignore[arg-type]
    later.desk = qabot.desk
    await adapter.start()
    people = await qabot.store.run(lambda session: list(session.exec(select(Person))))
    await qabot.desk.meet("slack", [DirectoryEntry(f"U{each.id}", each.email) for each in people])
    await more(qabot, count)
    return qabot, adapter, later


async def more(qabot: Qabot, count: int) -> None:
    """More alerts, planned and due."""
    await qabot.store.run(lambda session: seed(qabot.desk.unit(session), "alert", count))
    await tick(qabot.store, qabot.ticker, qabot.desk.unit)


# Sending


@dataclass
class Rates:
    """Messages a second, a value for each round."""

    drained: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    posted: list[float] = field(default_factory=list)
    apprise: list[float] = field(default_factory=list)
    size: float = 0.0

    def share(self, rates: list[float], of: list[float]) -> float:
        """The median of the rounds' shares."""
        return statistics.median(ours / theirs for ours, theirs in zip(rates, of, strict=True))


async def sending(url: str, count: int, rounds: int) -> Rates:
    """Rounds of: drain due notices, the same cards by the adapter alone, the same bodies plainly, Apprise.

    The memory is kept as the running service keeps it.
    """
    rates = Rates()
    threads = await best_threads(url)
    with folder() as where:
        qabot, adapter, _later = await prepared(where, url, count)
        calm.begin()
        for number in range(rounds + 1):
            into = Rates() if number == 0 else rates
            adapter.sent.clear()
            into.drained.append(await timed(drained(qabot), adapter))
            cards = list(adapter.sent)
            adapter.sent.clear()
            into.sent.append(await timed(send_all(adapter, cards), adapter))
            bodies = [json.dumps({"channel": user, **message(card)}).encode() for user, card in cards]
            rates.size = statistics.mean(map(len, bodies)) / 1000
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
                started = time.perf_counter()
                await post_all(session, f"{url}/api/chat.postMessage", bodies)
                into.posted.append(len(bodies) / (time.perf_counter() - started))
            into.apprise.append(await asyncio.to_thread(apprise_rate, url, count // 4, threads))
            await more(qabot, count)
        calm.end()
        await adapter.stop()
        qabot.store.close()
    return rates


async def drained(qabot: Qabot) -> None:
    """One round of the running service."""
    await drain(qabot.desk, qabot.outlets)
    calm.tidy()


async def timed(work: Any, adapter: Counted) -> float:
    """Messages a second of some work."""
    started = time.perf_counter()
    await work
    assert adapter.sent, "nothing was sent"
    return len(adapter.sent) / (time.perf_counter() - started)


async def send_all(adapter: SlackAdapter, cards: Sequence[tuple[str, Card]]) -> None:
    """The adapter alone, with as many in flight as the drain has."""
    waiting = iter(cards)

    async def worker() -> None:
        for user, card in waiting:
            await adapter.send(Address(1, user), card)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


async def best_threads(url: str) -> int:
    """In how many threads Apprise is fastest here."""
    rates = {threads: await asyncio.to_thread(apprise_rate, url, 128, threads) for threads in (1, 4, 16)}
    return max(rates, key=lambda threads: rates[threads])


def apprise_rate(url: str, count: int, threads: int) -> float:
    """What Apprise sends a second: the same bot method, its throttle off, one object for each thread."""

    class Unthrottled(NotifySlack):  # type: ignore[no-untyped-call]
        api_url = url + "/api/{}"
        request_rate_per_sec = 0

    def some(number: int) -> None:
        sender = apprise.Apprise()
        sender.add(
            Unthrottled(  # type: ignore[no-untyped-call]
                access_token="xoxb-1234567890-1234567890-abcdefghijklmnopqrstuvwx", targets=[f"#c{number}"]
            )
        )
        for _ in range(count // threads):
            assert sender.notify(title="Alert QA-1042", body="Please look at this review today. " * 20)

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(some, range(threads)))
    return count // threads * threads / (time.perf_counter() - started)


# Pressing


@dataclass
class Timed:
    """Milliseconds from request to acknowledgement, and to the commit."""

    acked: list[float] = field(default_factory=list)
    committed: list[float] = field(default_factory=list)


async def pressing(url: str, bursts: int) -> tuple[Timed, Timed]:
    """Bursts of presses at a steady rate, in turns against qabot and a bare Bolt app; the first warm both up."""
    count = str((bursts + 1) * BURST)
    async with (
        process("--serve", "qabot", url, count) as ours,
        process("--serve", "bolt", url, count) as bare,
        aiohttp.ClientSession() as session,
    ):
        times = {"qabot": Timed(), "bolt": Timed()}
        began: dict[str, float] = {}
        for number in range(bursts + 1):
            for name, server in (("qabot", ours), ("bolt", bare)):
                some = server["buttons"][number * BURST :][:BURST]
                acked, at = await steady(session, address(server, "/slack/events"), some)
                if number:
                    times[name].acked += acked
                    began |= at if name == "qabot" else {}
        await asyncio.sleep(1)
        async with session.get(address(ours, "/committed")) as response:
            committed = await response.json()
    times["qabot"].committed = [(committed[token] - at) * 1000 for token, at in began.items()]
    return times["qabot"], times["bolt"]


def address(server: Any, path: str) -> str:
    """A path of a server."""
    return f"http://127.0.0.1:{server['port']}{path}"


async def steady(
    session: aiohttp.ClientSession, url: str, buttons: list[list[str]]
) -> tuple[list[float], dict[str, float]]:
    """One press each 20 ms, whether or not the one before was answered. Times, and when each token was pressed."""
    times: list[float] = []
    began: dict[str, float] = {}

    async def press(token: str, user: str) -> None:
        body, headers = signed(token, user)
        began[token] = time.monotonic()
        async with session.post(url, data=body, headers=headers) as response:
            assert response.status == 200, response.status
            await response.read()
        times.append((time.monotonic() - began[token]) * 1000)

    start = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number, (token, user) in enumerate(buttons):
            await asyncio.sleep(max(0.0, start + number / PRESSES_A_SECOND - time.monotonic()))
            group.create_task(press(token, user))
    return times, began


def signed(token: str, user: str) -> tuple[str, dict[str, str]]:
    """A press as Slack sends it."""
    payload = {
        "type": "block_actions",
        "user": {"id": user, "team_id": TEAM},
        "team": {"id": TEAM},
        "container": {"type": "message", "message_ts": f"1.{token}", "channel_id": "D1", "is_ephemeral": False},
        "actions": [{"type": "button", "action_id": "acknowledge", "value": token, "action_ts": "1"}],
        "trigger_id": f"1.{token}",
        "response_url": "http://127.0.0.1:1/",
    }
    body = urlencode({"payload": json.dumps(payload)})
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return body, {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


# Processes of their own


@asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[Any]:
    """This file as another process; what it says first, as JSON. It ends when its input closes."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, __file__, *arguments, stdin=PIPE, stdout=PIPE, limit=2**24
    )
    assert child.stdin
    assert child.stdout
    try:
        yield json.loads(await child.stdout.readline())
    finally:
        child.stdin.close()
        await child.wait()


async def until_input_closes() -> None:
    """Wait for the parent."""
    await asyncio.to_thread(sys.stdin.read)


async def run_sink() -> None:
    """A Web API that takes everything."""
    numbers = itertools.count(1)

    async def take(request: web.Request) -> web.Response:
        await request.read()
        answers: dict[str, dict[str, Any]] = {
            "auth.test": {"team_id": TEAM, "user_id": "U0BOT", "bot_id": "B0BOT"},
            "users.info": {"user": {"id": request.query.get("user", "U1"), "team_id": TEAM, "profile": {}}},
        }
        answer = answers.get(request.match_info["method"], {"ts": f"1.{next(numbers):06d}", "channel": "D1"})
        return web.Response(body=json.dumps({"ok": True, **answer}).encode(), content_type="application/json")

    app = web.Application(client_max_size=2**24)
    app.router.add_post("/api/{method}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
    await until_input_closes()
    await runner.cleanup()


async def serve(kind: str, url: str, count: int) -> None:
    """A server for presses, with that many buttons to press."""
    if kind == "bolt":
        buttons = [[f"t{number}", "U1"] for number in range(count)]
        await served(Starlette(routes=[Mount("/", cast(ASGIApp, bare_bolt()))]), buttons)
        return
    with folder() as where:
        qabot, adapter, later = await prepared(where, url, count)
        await drain(qabot.desk, qabot.outlets)
        query = select(Notice).where(Notice.state == NoticeState.sent, Notice.message == "red-alert")
        rows = await qabot.store.run(lambda session: list(session.exec(query)))
        # One press for each audit: the second of two managers only sees that it was done.
        first = {row.subject_id: row for row in rows}
        buttons = [[row.token, f"U{row.recipient_id}"] for row in first.values()][:count]
        mounted = adapter.app()
        assert mounted
        assert len(buttons) == count, f"{len(buttons)} buttons"

        async def committed(_: Request) -> JSONResponse:
            return JSONResponse(later.committed)

        await served(Starlette(routes=[Route("/committed", committed), Route(*mounted)]), buttons)
        await adapter.stop()
        qabot.store.close()


async def served(app: Starlette, buttons: list[list[str]]) -> None:
    """Serve until the parent has had enough."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    print(json.dumps({"port": port, "buttons": buttons}), flush=True)
    await until_input_closes()
    server.should_exit = True
    await running


def bare_bolt() -> AsyncSlackRequestHandler:
    """Bolt at its least: check the signature, acknowledge."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id="", team_id=TEAM, bot_token="xoxb-bench")

    app = AsyncApp(name="bare", signing_secret=SECRET, authorize=authorize)

    async def acknowledge(ack: Any) -> None:
        await ack()

    app.action("acknowledge")(acknowledge)
    return AsyncSlackRequestHandler(app, path="/slack/events")


# Putting it together


def p99(times: list[float]) -> float:
    """The time that 99 of 100 stay under, in milliseconds."""
    return statistics.quantiles(times, n=100)[98]


async def measure(quick: bool) -> None:
    """Everything, one after another."""
    async with process("--sink") as sink:
        rates = await sending(sink["url"], 64 if quick else 500, 1 if quick else 7)
        ours, bare = await pressing(sink["url"], 1 if quick else 10)
    show(rates, ours, bare)


def show(rates: Rates, ours: Timed, bare: Timed) -> None:
    """The table, and the figures as JSON."""
    median = statistics.median
    share, alone = rates.share(rates.drained, rates.posted), rates.share(rates.sent, rates.posted)
    times, times_alone = rates.share(rates.drained, rates.apprise), rates.share(rates.sent, rates.apprise)
    ratio = p99(ours.acked) / p99(bare.acked)
    rows = [
        ("plain aiohttp posts of the same bodies", f"{median(rates.posted):,.0f}/s of {rates.size:.1f} KB", ""),
        ("notices on SQLite through this adapter", f"{median(rates.drained):,.0f}/s", ""),
        ("share of plain posts", f"{share:.2f}", "0.17 at least"),
        ("the adapter's send alone, share", f"{alone:.2f}", ""),
        ("Apprise, its throttle off", f"{median(rates.apprise):,.0f}/s", ""),
        ("notices, times Apprise", f"{times:.1f}", "3 at least"),
        ("the adapter's send alone, times Apprise", f"{times_alone:.1f}", ""),
        ("a press, request to acked, p99", f"{p99(ours.acked):.1f} ms", "3,000 ms is Slack's limit"),
        ("a bare Bolt app that only acks, p99", f"{p99(bare.acked):.1f} ms", ""),
        ("ratio of the two", f"{ratio:.2f}", ""),
        ("a press, request to committed, p99", f"{p99(ours.committed):.1f} ms", ""),
    ]
    figures = {
        "share": round(share, 3),
        "adapter_share": round(alone, 3),
        "times_apprise": round(times, 2),
        "adapter_times_apprise": round(times_alone, 2),
        "press_p99_ms": round(p99(ours.acked), 1),
        "press_p50_ms": round(median(ours.acked), 1),
        "press_ratio": round(ratio, 2),
        "committed_p99_ms": round(p99(ours.committed), 1),
        "bolt_p99_ms": round(p99(bare.acked), 1),
    }
    report("slack", "Slack beside plain posts, Apprise and a bare Bolt app", rows, figures)


def main() -> None:
    """Measure, or be one of the other processes."""
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    match sys.argv[1:]:
        case ["--sink"]:
            asyncio.run(run_sink())
        case ["--serve", kind, url, count]:
            asyncio.run(serve(kind, url, int(count)))
        case _:
            asyncio.run(measure(options(__doc__ or "").quick))


if __name__ == "__main__":
    main()
