"""The server's limits: how many connections, and how slow a request may be. No time passes in these tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from qabot.web.server import Doors, server
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
async def served(doors: Doors) -> AsyncIterator[int]:
    running: Any = server(echo, "127.0.0.1", 0, doors)
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
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
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


async def test_what_comes_in_time_is_answered_on_one_connection() -> None:
    async with served(wide()) as port, connected(port) as (reader, writer):
        for _ in range(3):
            writer.write(POST + b"hello")
            assert await status(reader) == 200
            assert b"hello" in await within(reader.readuntil(b"hello"))


async def test_one_address_has_so_many_connections() -> None:
    doors = wide(each=2)
    async with served(doors) as port:
        async with connected(port), connected(port):
            await until(lambda: doors.inside.total() == 2)
            async with connected(port) as (reader, _):
                assert await status(reader) == 429
                await within(reader.read())
        await until(lambda: doors.inside.total() == 0)
        async with connected(port) as (reader, writer):
            writer.write(GET)
            assert await status(reader) == 200


async def test_all_together_have_so_many_and_a_proxy_as_many_as_all() -> None:
    doors = wide(connections=3, each=1, trusted=("127.0.0.0/8",))
    async with served(doors) as port, connected(port), connected(port), connected(port):
        await until(lambda: doors.inside.total() == 3)
        async with connected(port) as (reader, _):
            assert await status(reader) == 503
            await within(reader.read())


@pytest.mark.parametrize(("trusted", "seen"), [((), b"127.0.0.1"), (("127.0.0.1",), b"203.0.113.9")])
async def test_whose_address_it_is_only_a_trusted_proxy_says(trusted: tuple[str, ...], seen: bytes) -> None:
    async with served(wide(trusted=trusted)) as port, connected(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n")
        assert seen in await within(reader.read())
