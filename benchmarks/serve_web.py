"""A qabot with its web inbox, as `qabot serve` runs it: python serve_web.py SINK_URL PRESSES [DATABASE_URL].

Prints one line of JSON: its port, and for each press who makes it and on what. Then does what its input says, a line
each, and answers each with a line of JSON: "deliver N" sends N notices, "alert" raises one alert and says how long it
took until somebody had it. Ends when its input closes. On a database that is named it leaves the sending to workers.
"""

import asyncio
import json
import os
import resource
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from sqlmodel import Session, col, func, select
from support import AT_ONCE, MORNING, TEN, HttpAdapter, council, folder, seed, staff

from qabot.adapter import Address, Outcome
from qabot.cli import serve as serve_command
from qabot.cli.logs import configure_logs
from qabot.delivery.drain import drain
from qabot.messaging.card import Card
from qabot.models import Notice
from qabot.scheduler.tick import tick
from qabot.web.sessions import Sessions
from qabot.wiring import Qabot

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from tests.support.postgres import free_port  # noqa: E402 - the tests' help lies beside, not in, a package

ANSWERS = sys.stdout
"""Where the lines of JSON go, and nothing else: what the service says at its start goes to standard error."""
FILES = 1024
"""How many files and connections a service may have open where nobody has raised the limit."""
SECRET = "a secret for the measurements, long enough"


def presses(session: Session, count: int, now: datetime, secret: str) -> list[dict[str, Any]]:
    """So many alerts that somebody has and has not acknowledged, each with a session of that person."""
    sessions = Sessions((secret,), secure=False, demo=False, framed=False)
    query = select(Notice).where(Notice.state == "sent", Notice.lane == "alert").order_by(col(Notice.id))
    one_each = {notice.deadline_id: notice for notice in session.exec(query)}
    found = []
    for notice in list(one_each.values())[:count]:
        begun = sessions.begin(notice.recipient_id)
        cookie = sessions.cookie(begun, now).partition(";")[0]
        found.append({"cookie": cookie, "csrf": sessions.csrf(begun), "token": notice.token})
    return found


async def deliver(qabot: Qabot, count: int) -> dict[str, float]:
    """Each alert is told to two people."""
    before = await qabot.store.run(sent)
    # Some at a time: the presses must wait for the sending, not for this.
    for _ in range(count // 2 // AT_ONCE):
        await qabot.store.run(lambda session: seed(qabot.desk.unit(session), "alert", AT_ONCE))
    began = time.perf_counter()
    qabot.engine.wake()
    while (done := await qabot.store.run(sent) - before) < count:  # noqa: ASYNC110 - the engine says it in no other way
        await asyncio.sleep(0.2)
    return {"notices": done, "seconds": time.perf_counter() - began}


def sent(session: Session) -> int:
    """How many notices have gone out."""
    return session.exec(select(func.count(col(Notice.id))).where(Notice.state == "sent")).one()


class Watching(HttpAdapter):
    """Notes when the newest message had been taken."""

    taken = asyncio.Event()

    async def send(self, address: Address, card: Card) -> Outcome:
        outcome = await super().send(address, card)
        self.taken.set()
        return outcome


async def alert(qabot: Qabot, adapter: Watching) -> dict[str, float]:
    """From the moment at which it is raised until the platform has it."""
    adapter.taken.clear()
    began = time.perf_counter()
    await qabot.store.run(lambda session: seed(qabot.desk.unit(session), "alert", 1))
    qabot.engine.wake()
    await adapter.taken.wait()
    return {"seconds": time.perf_counter() - began}


async def obey(qabot: Qabot, adapter: Watching) -> None:
    """Until the input closes, whatever is under way then."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with asyncio.TaskGroup() as group:
        doing = []
        while words := (await lines.readline()).decode().split():
            doing.append(group.create_task(answer(qabot, adapter, words)))
        for each in doing:
            each.cancel()


async def answer(qabot: Qabot, adapter: Watching, words: list[str]) -> None:
    """Do what a line says, and tell how long it took."""
    told = await (deliver(qabot, int(words[1])) if words[0] == "deliver" else alert(qabot, adapter))
    print(json.dumps(told), file=ANSWERS, flush=True)


async def main(sink: str, count: int, url: str = "") -> None:
    """Tell the alerts that will be pressed, then serve."""
    # The log goes to standard error, or it would stand among the answers.
    configure_logs("json")
    sys.stdout = sys.stderr
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    os.environ.update({"QABOT_SECRET_KEY": SECRET, "QABOT_PORT": str(free_port())})
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    with folder() as where:
        async with aiohttp.ClientSession(connector=connector) as session:
            adapter = Watching(session, sink)
            qabot, clock = council(
                where, adapter, size=staff(), start=MORNING, url=url, engine="scaled" if url else "embedded"
            )
            clock.set(TEN)
            await qabot.store.run(lambda session: seed(qabot.desk.unit(session), "alert", count))
            await tick(qabot.store, qabot.ticker, qabot.desk.unit)
            await drain(qabot.desk, qabot.outlets)
            await serve(qabot, adapter, count)


async def serve(qabot: Qabot, adapter: Watching, count: int) -> None:
    """As the command does it."""
    serving = asyncio.create_task(serve_command._run(qabot, qabot.settings))
    while not await listens(qabot.settings.port):  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.05)
    found = await qabot.store.run(lambda session: presses(session, count, qabot.clock.now(), SECRET))
    print(json.dumps({"port": qabot.settings.port, "presses": found}), file=ANSWERS, flush=True)
    obeying = asyncio.create_task(obey(qabot, adapter))
    await asyncio.wait({serving, obeying}, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        signal.raise_signal(signal.SIGTERM)
    await serving
    obeying.cancel()


async def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
