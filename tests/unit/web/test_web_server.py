"""The server's limits: how many connections, and how slow a request may be. No time passes in these tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from qabot.web.doors import Doors, place_of
from qabot.web.server import server
from tests.support.waiting import LONG, until, within

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"


RUNNING: list[Any] = []


def wide(**limits: Any) -> Doors:
    return Doors(**({"connections": 1000, "each": 1000, "header_seconds": LONG, "body_seconds": LONG} | limits))


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    said = f"{scope['client'][0]} {(await request.body()).decode()}"
    await PlainTextResponse(said)(scope, receive, send)


@asynccontextmanager
async def served(doors: Doors, app: ASGIApp = echo) -> AsyncIterator[int]:
    running: Any = server(app, "127.0.0.1", 0, doors)
    RUNNING.append(running)
    running.config.lifespan = "off"
    task = asyncio.create_task(running.serve())
    await until(lambda: running.started, "the start")
    try:
        yield running.servers[0].sockets[0].getsockname()[1]
    finally:
        running.should_exit = True
        await task
        assert doors.inside.total() == 0


@asynccontextmanager
async def connected(port: int, limit: int = 2**16) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
    try:
        yield reader, writer
    finally:
        writer.close()


async def status(reader: asyncio.StreamReader) -> int:
    line = await within(reader.readline())
    return int(line.split()[1]) if line else 0


async def test_a_connection_that_says_nothing_ends() -> None:
    async with served(wide(header_seconds=0)) as port, connected(port) as (reader, _):
        assert await status(reader) == 408
        await within(reader.read())


@pytest.mark.parametrize(
    ("whole", "part", "at"),
    [
        (b"", b"GET / HT", "headers"),
        (b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ", "headers"),
        (POST, b"", "body"),
        (POST + b"hello", b"GET / HT", "headers"),
    ],
)
async def test_what_does_not_come_has_one_timer_and_then_an_end(whole: bytes, part: bytes, at: str) -> None:
    async with served(wide()) as port, connected(port) as (reader, writer):
        for byte in whole + part:  # that something comes now and then is no reason to wait longer
            writer.write(bytes([byte]))
        if b"hello" in whole:
            assert await status(reader) == 200
            await within(reader.readuntil(b"hello"))
        here = await until(lambda: next(iter(RUNNING[-1].server_state.connections), None))
        await until(lambda: here._at == at and here.conn.trailing_data[0] == part)
        timer = here._timer
        here._too_slow()
        assert timer.cancelled()
        assert await status(reader) == 408
        await within(reader.read())


CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


async def early(scope: Scope, receive: Receive, send: Send) -> None:
    """An answer that waits for no body, as to somebody who has not signed in."""
    await PlainTextResponse("sign in")(scope, receive, send)


@pytest.mark.parametrize(
    ("app", "parts", "answers"),
    [
        (echo, [b"nonsense\r\n\r\n"], 400),
        (echo, [CHUNKED, b"ZZ\r\n"], 400),
        (early, [CHUNKED + b"ZZ\r\n"], 400),
        (early, [CHUNKED, b"ZZ\r\n"], 200),
    ],
    ids=["no request", "while a page reads", "as a page begins", "after the answer"],
)
async def test_what_is_no_request_is_told_so_and_is_no_failure_of_ours(
    app: ASGIApp, parts: list[bytes], answers: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Anybody can send it: the log would fill with failures of pages, each with its traceback."""
    ended = asyncio.Event()

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):
            await app(scope, receive, send)
        ended.set()

    async with served(wide(), page) as port, connected(port) as (reader, writer):
        for each in parts:
            writer.write(each)
            await writer.drain()
            if app is early:
                await within(ended.wait())
        assert await status(reader) == answers
        await within(reader.read())
        assert app is early or parts[0] != CHUNKED or await within(ended.wait())
    assert [each.getMessage() for each in caplog.records if each.levelname in ("ERROR", "CRITICAL")] == []


async def test_whoever_asks_for_a_web_socket_is_answered_without_and_no_word_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with served(wide()) as port, connected(port) as (reader, writer):
        writer.write(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert await status(reader) == 200
    assert caplog.records == []


async def test_whoever_is_turned_away_reads_what_to_do_whatever_they_still_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("qabot.web.server.LEAVE_SECONDS", LONG)
    doors = wide(connections=1)
    async with served(doors) as port, connected(port) as (first, _), AsyncExitStack() as stack:
        await until(lambda: doors.inside.total() == 1)
        _, writer = await stack.enter_async_context(connected(port))
        writer.write(POST)
        page = (await within(first.read())).decode()
        assert page.startswith("HTTP/1.1 408 Request Timeout\r\n")
        assert "<h1>Try again in a moment</h1>" in page
        assert "Nothing was changed." in page
        assert "\r\nContent-Type: text/html" in page
        assert "\r\nContent-Security-Policy: default-src 'none'" in page
        head, _, body = page.partition("\r\n\r\n")
        assert f"\r\nContent-Length: {len(body.encode())}\r\n" in head
        assert doors.leaving == 1, "what they still send is read, or the close would take the page from them"
    assert doors.leaving == 0


async def test_few_are_waited_for_who_were_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qabot.web.server.MOST_LEAVING", 2)
    monkeypatch.setattr("qabot.web.server.LEAVE_SECONDS", LONG)
    doors = wide(connections=1)
    async with served(doors) as port, AsyncExitStack() as stack:
        away = [await stack.enter_async_context(connected(port)) for _ in range(6)]
        for reader, _ in away[:-1]:
            assert await status(reader) == 408
        assert doors.leaving <= 2


async def test_what_comes_in_time_is_answered_on_one_connection() -> None:
    async with served(wide()) as port, connected(port) as (reader, writer):
        for _ in range(3):
            writer.write(POST + b"hello")
            assert await status(reader) == 200
            assert b"hello" in await within(reader.readuntil(b"hello"))


async def test_whoever_waits_at_one_address_makes_room_for_the_next_of_it() -> None:
    doors = wide(each=2)
    async with served(doors) as port, connected(port) as (first, _), connected(port):
        await until(lambda: doors.inside.total() == 2)
        async with connected(port) as (reader, writer):
            writer.write(GET)
            assert await status(reader) == 200
            assert await status(first) == 408
            assert doors.inside.total() == 2


async def test_half_open_connections_shut_nobody_out_however_many_they_are() -> None:
    doors = wide(connections=5, trusted=("127.0.0.0/8",))
    begun = (b"", b"GET / HT", POST, POST + b"he", b"\r\n")
    async with AsyncExitStack() as stack, served(doors) as port:
        for sent in begun:
            _, writer = await stack.enter_async_context(connected(port))
            writer.write(sent)
        await until(lambda: doors.inside.total() == len(begun))
        for _ in range(2 * len(begun)):
            reader, writer = await stack.enter_async_context(connected(port))
            writer.write(GET)
            assert await status(reader) == 200
            assert doors.inside.total() == len(begun)


def full(doors: Doors) -> bool:
    return doors.inside.total() == 2 and not doors._waiting


async def test_what_is_being_answered_makes_room_for_nobody() -> None:
    gate = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await gate.wait()
        await echo(scope, receive, send)

    limits: list[tuple[dict[str, Any], int]] = [
        ({"each": 2}, 429),
        ({"connections": 2, "each": 1, "trusted": ("127.0.0.0/8",)}, 503),
    ]
    for limit, refusal in limits:
        gate.clear()
        doors = wide(**limit)
        async with served(doors, slow) as port, connected(port) as first, connected(port) as second:
            for _, writer in (first, second):
                writer.write(GET)
            await until(partial(full, doors))
            async with connected(port) as (reader, _):
                assert await status(reader) == refusal
                await within(reader.read())
            gate.set()
            for reader, _ in (first, second):
                assert await status(reader) == 200


async def test_an_answer_that_nobody_reads_ends_also_once_all_of_it_is_written() -> None:
    async def long(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("x" * 20_000_000)(scope, receive, send)

    doors = wide()
    async with served(doors, long) as port, connected(port, limit=1) as (_, writer):
        writer.write(GET)
        here = await until(lambda: next(iter(RUNNING[-1].server_state.connections), None))
        await until(lambda: here.cycle is not None and here.cycle.response_complete)
        here.timeout_keep_alive_handler()
        assert here._at == "reading"
        here._too_slow()
        await until(lambda: doors.inside.total() == 0)


@dataclass(eq=False)
class Caller:
    """A connection, as the doors see it."""

    address: str
    ended: bool = False

    def make_room(self) -> None:
        self.ended = True


def test_the_place_with_the_most_connections_makes_room() -> None:
    doors = wide(connections=6)
    slow = [Caller(each) for each in ("203.0.113.7", *(f"2001:db8::{each}" for each in range(1, 6)))]
    for each in slow:
        assert doors.enter(each) == 0
        doors.wait(each)
    for expected in slow[1:4]:
        newcomer = Caller("198.51.100.1")
        assert doors.enter(newcomer) == 0
        assert [each for each in slow if each.ended][-1] is expected
    assert not slow[0].ended, "it is alone at its address"


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_subscriber_is_one_however_many_addresses_they_have(address: str, place: str) -> None:
    assert place_of(address) == place


def test_the_last_of_what_may_be_open_is_kept_free_of_pages() -> None:
    doors = wide(connections=16)
    callers = [Caller(f"203.0.113.{each}") for each in range(16)]
    for each in callers:
        doors.enter(each)
        doors.wait(each)
    assert not doors.is_crowded(), "none of them is answered yet"
    for each in callers[:14]:
        doors.go_on(each)
    assert not doors.is_crowded()
    doors.go_on(callers[14])
    assert doors.is_crowded()


@pytest.mark.parametrize(("trusted", "seen"), [((), b"127.0.0.1"), (("127.0.0.1",), b"203.0.113.9")])
async def test_whose_address_it_is_only_a_trusted_proxy_says(trusted: tuple[str, ...], seen: bytes) -> None:
    async with served(wide(trusted=trusted)) as port, connected(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n")
        assert seen in await within(reader.read())
