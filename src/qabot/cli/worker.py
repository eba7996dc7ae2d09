"""qabot worker: one of any number of processes that send what services plan, on one PostgreSQL server."""

import asyncio
import signal
import sys
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIServer

import structlog
import typer
from prometheus_client import start_http_server
from sqlalchemy.engine import make_url

from qabot import __version__
from qabot.adapter import Listens
from qabot.cli import log_lines
from qabot.cli.checks import refuse_the_demonstration
from qabot.cli.databases import is_new, open_quietly, place
from qabot.cli.logs import configure_logs, log_uncaught
from qabot.cli.serve import LOOPBACK, once_the_database_lets_us, taken
from qabot.delivery.supervisor import Standing
from qabot.early_end import end_at_the_next, hand_over, heard
from qabot.errors import SetupError
from qabot.measures import Measures
from qabot.models.migrate import refuse_other_versions
from qabot.scheduler.clock import Clock, SteadyClock
from qabot.settings import PREFIX, Settings, read_settings
from qabot.wiring import Qabot, build, check_messages
from qabot.workflows.people.accounts import WEB

if TYPE_CHECKING:
    from qabot.scheduler.worker import Worker

log = structlog.get_logger()
app = typer.Typer()


@app.command()
def worker() -> None:
    """Start a worker: it sends what the services plan. Any number may run, on any number of machines."""
    settings = read_settings()
    configure_logs(settings.log_format)
    refuse_what_cannot_work(settings)
    clock = SteadyClock(timedelta(seconds=settings.clock_believed_after))
    hand = once_the_database_lets_us(lambda: build_worker(settings, clock))
    if settings.adapters:
        refuse_the_demonstration(hand.qabot.framework)
    check_messages(hand.qabot.tools, {each.name: each.limits for each in hand.qabot.adapters})
    asyncio.run(_run(hand))


@dataclass(frozen=True)
class Hand:
    """A worker, and the qabot in which it works."""

    qabot: Qabot
    worker: "Worker"


def build_worker(settings: Settings, clock: Clock) -> Hand:
    """A worker. Its chats send, and leave it to the services to listen."""
    from qabot.scheduler.jobs import Jobs
    from qabot.scheduler.worker import Worker

    qabot = build(settings.model_copy(update={"engine": "embedded"}), clock=clock, migrate=False)
    for each in qabot.adapters:
        if isinstance(each, Listens):
            each.send_only()
    address = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    return Hand(qabot, Worker(qabot.desk, qabot.outlets, Jobs(qabot.store, qabot.desk.now), address))


def refuse_what_cannot_work(settings: Settings) -> None:
    """Raise `SetupError` on SQLite, without the scaled engine, and on a database of an older version or without jobs.

    Raises `DatabaseTooNew` on one that a newer qabot wrote.
    """
    if settings.database_url.startswith("sqlite"):
        raise SetupError(
            f"A worker needs PostgreSQL; {PREFIX}DATABASE_URL names {place(settings)}, a SQLite file, which "
            "`qabot serve` alone sends from. `qabot db move` takes it there (docs/postgres.md)."
        )
    if settings.engine != "scaled":
        raise SetupError(
            f"A worker needs {PREFIX}ENGINE=scaled, for the services too: else `qabot serve` sends by itself."
        )
    if is_new(settings):
        raise SetupError(f"There is no database of qabot at {place(settings)} yet. Start `qabot serve` first.")
    from qabot.scheduler.jobs import are_there

    store = open_quietly(settings)
    try:
        refuse_other_versions(store)
        with store.engine.connect() as connection:
            if not are_there(connection):
                raise SetupError(
                    f"The database {place(settings)} has no tables of jobs yet. Run `qabot upgrade` with "
                    f"{PREFIX}ENGINE=scaled, or start `qabot serve` with it first."
                )
    finally:
        store.close()


async def _run(hand: Hand) -> None:
    qabot, loop, stop = hand.qabot, asyncio.get_running_loop(), asyncio.Event()
    log_uncaught(loop)

    def end(_number: int, _frame: FrameType | None) -> None:
        end_at_the_next()
        hand.worker.end_soon()
        loop.call_soon_threadsafe(stop.set)

    for number in heard():
        signal.signal(number, end)
    hand_over()
    if qabot.settings.metrics_port:
        serve_numbers(qabot.desk.measures, qabot.settings.metrics_port)
    chats = [each for each in qabot.adapters if each.name != WEB]
    starting = asyncio.create_task(qabot.supervisor.start(chats))
    ending = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            starting.result()
            _show(hand)
            await hand.worker.run()
    finally:
        starting.cancel()
        ending.cancel()
        await qabot.supervisor.stop()
        qabot.store.close()


def serve_numbers(measures: Measures, port: int) -> WSGIServer:
    """This worker's own numbers on a port of this machine, until it ends. Raises `SetupError` if the port is taken."""
    taken(LOOPBACK, port)
    serving, _ = start_http_server(port, LOOPBACK, measures.registry)
    return serving


def _show(hand: Hand) -> None:
    """One screen, and a line of the log. Whoever started the worker may not be reading any more."""
    qabot = hand.qabot
    states = qabot.supervisor.states()
    chats = {each.adapter: "connected" if each.standing is Standing.running else each.standing.value for each in states}
    lines = [
        f"qabot {__version__}, a worker: {qabot.framework.council.name}, {qabot.framework.title}",
        f"  Database   {place(qabot.settings)}",
        *(f"  Chat       {name}: {state}" for name, state in chats.items()),
        "  End with Ctrl+C.",
    ]
    log.info("a worker is at work", action="worker-started", chats=chats, worker=qabot.outlets.holder.id)
    if not log_lines.say("\n".join(lines), sys.stdout):
        log.info("the start was not read", action="start-unread")
