"""qabot serve, demo and link: the service, the demo, and a personal link made by the administrator."""

import asyncio
import errno
import os
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import structlog
import typer
from rich.text import Text

from qabot.cli import start_screen
from qabot.cli.checks import HOW_TO_MAKE_A_KEY, refuse_the_demonstration, service_findings
from qabot.cli.databases import is_new, open_store, place, refuse_shares, see_that_it_can_be_written
from qabot.cli.logs import configure_logs, log_uncaught
from qabot.cli.staff import one_person
from qabot.cli.support import day_of, out
from qabot.early_end import hand_over
from qabot.errors import SetupError
from qabot.framework.calendar import PUBLISHED_UNTIL, local_day, say_computed
from qabot.models import Event
from qabot.models.availability import is_away, is_read_only, why_away
from qabot.models.migrate import upgrade
from qabot.private_files import open_to_others
from qabot.scheduler import readings
from qabot.scheduler.clock import SteadyClock, SystemClock
from qabot.settings import LEAST_SECRET, Settings, new_secret, read_settings
from qabot.simulation.live import StoryTimeline, begin, beginning, first_day
from qabot.web.app import create_app
from qabot.web.doors import Doors
from qabot.web.server import server
from qabot.web.signin import personal_url
from qabot.wiring import (
    Qabot,
    beside,
    build,
    calls_of,
    check_messages,
    load_framework,
    load_tools,
    readings_of,
    watcher_of,
    web_parts,
)
from qabot.workflows.people.accounts import WEB

log = structlog.get_logger()
T = TypeVar("T")
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two tries to start while the database is away."""
HOLIDAYS_AHEAD = timedelta(days=92)
LOOPBACK = "127.0.0.1"
HERE = ("127.0.0.1", "::1")


app = typer.Typer()


@app.command()
def serve() -> None:
    """Start the service: the clock, the delivery, the chat adapters, the web inbox and the console."""
    settings = read_settings()
    configure_logs(settings.log_format)
    if len(settings.secret_key) < LEAST_SECRET:
        raise SetupError(
            f"QABOT_SECRET_KEY is missing or shorter than {LEAST_SECRET} characters. Make one with: {HOW_TO_MAKE_A_KEY}"
        )
    taken(settings.host, settings.port)
    refuse_shares(settings)
    is_new(settings)  # says so if it cannot be reached, or is not ours
    # Reading alone is enough to start: such a service would plan and send nothing, for as long as nobody looks.
    once_the_database_lets_us(lambda: see_that_it_can_be_written(settings))
    clock = SteadyClock(timedelta(seconds=settings.clock_believed_after))
    qabot = once_the_database_lets_us(lambda: build(settings, clock=clock))
    if settings.adapters:
        refuse_the_demonstration(qabot.framework)
    check_messages(qabot.tools, {each.name: each.limits for each in qabot.adapters})
    warn_of_holidays(qabot.desk.now())
    warn_of_files(settings)
    warn_of_http(settings)
    asyncio.run(_run(qabot, settings))


def once_the_database_lets_us(work: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """What `work` gives, tried until the database is there: another process may hold it for a while."""
    pause = FIRST_PAUSE
    while True:
        try:
            return work()
        except Exception as error:
            if not is_away(error) or is_read_only(error):
                raise
            log.error(  # noqa: TRY400 - its own words say what is wrong; a traceback of ours adds nothing
                "The database cannot be used now: another process may hold it, its disk may be full, or its server "
                "away. qabot starts once it can.",
                action="database-away",
                error=why_away(error),
            )
        sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2)


def warn_of_holidays(now: datetime) -> None:
    """Deadlines reach months ahead, so the published table of bank holidays should."""
    if local_day(now + HOLIDAYS_AHEAD).year > PUBLISHED_UNTIL:
        say_computed()


def warn_of_files(settings: Settings) -> None:
    """What others of this machine can read."""
    for sentence in open_to_others(settings.database_url, os.environ):
        log.warning(sentence, action="file-exposed")


def warn_of_http(settings: Settings) -> None:
    """Pages that can be read on the way."""
    if settings.is_open:
        log.warning(
            f"The pages are at {settings.base_url}, without https: whoever is on the way can read everything and sign "
            "in as anybody. This is for a trial with nobody's data.",
            action="https-missing",
        )


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8700,
    start: Annotated[str, typer.Option("--from", help="The day on which the demo begins.", metavar="DATE")] = "",
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its database.")] = Path("var/demo"),
    framework: Annotated[str, typer.Option(help="A framework's name, or the path of its file.")] = "newham",
    people: Annotated[int, typer.Option(help="How many invented people there are.", min=30)] = 60,
) -> None:
    """Try qabot with invented people: no account anywhere, on this machine only."""
    taken(LOOPBACK, port)
    address = f"http://{LOOPBACK}:{port}"
    settings = read_settings(
        demo=True,
        host=LOOPBACK,
        port=port,
        base_url=address,
        secret_key=new_secret(),
        framework=framework,
        database_url=f"sqlite:///{_fresh(folder)}",
        adapters=(),
        log_format="text",
    )
    configure_logs(settings.log_format)
    rules = load_framework(settings, load_tools(settings).catalogue)
    first = day_of(start, "--from") if start else first_day(rules)
    out.print(f"Filling an invented council for {rules.title} (nobody in it exists)...")
    asyncio.run(_demo(settings, first, people))


def _fresh(folder: Path) -> Path:
    """The demo's database, new each time."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in folder.glob("demo.sqlite3*"):
            old.unlink()
    except OSError as error:
        raise SetupError(f"--folder: {folder} cannot be used: {error.strerror}. Choose another folder.") from None
    return folder.resolve() / "demo.sqlite3"


async def _demo(settings: Settings, first: date, people: int) -> None:
    clock = beginning(first)
    qabot = build(settings, clock=clock)
    timeline = await begin(qabot, clock, people)
    out.print(Text.assemble("\nOpen this address: ", (settings.base_url, "bold"), "\nEnd with Ctrl+C.\n"))
    out.print(f"Its database is {place(settings)}, new each time.\n")
    await _run(qabot, settings, timeline)


async def _run(qabot: Qabot, settings: Settings, timeline: StoryTimeline | None = None) -> None:
    doors = Doors(
        settings.connections,
        settings.connections_each,
        settings.header_seconds,
        settings.body_seconds,
        (*HERE, *settings.trusted_proxies),
    )
    watcher = watcher_of(qabot, beside(qabot.engine))
    parts = replace(
        web_parts(qabot, timeline),
        crowded=doors.is_crowded,
        checks=lambda: service_findings(settings),
        watched=lambda: (watcher.looked_at, watcher.findings),
    )
    log_uncaught(asyncio.get_running_loop())
    serving = server(create_app(parts), settings.host, settings.port, doors, qabot.engine.end_soon)
    beside_it: list[asyncio.Task[None]] = []
    with serving.capture_signals():
        hand_over()
        try:
            await serving.unless_ended(qabot.supervisor.start(each for each in qabot.adapters if each.name != WEB))
            if not serving.should_exit:
                await qabot.engine.start()
                start_screen.show(qabot)
                lives = [start_screen.say_now_and_then(qabot)]
                if not settings.demo:
                    every = timedelta(minutes=settings.watch_minutes)
                    lives += [watcher.keep_looking(every), calls_of(qabot).run(), read_now_and_then(qabot)]
                beside_it += map(asyncio.create_task, lives)
                await serving.serve()
        finally:
            for task in beside_it:
                task.cancel()
            await qabot.engine.stop()
            await qabot.supervisor.stop()
            qabot.store.close()


async def read_now_and_then(qabot: Qabot) -> None:
    """Read what the settings name of the council's own systems, and forget how it went with what they name no more."""
    reader = readings_of(qabot)
    for key in [key for key, each in reader.items() if each is None]:
        await qabot.store.run(partial(readings.forget, key=key))
    await asyncio.gather(*(each.run() for each in reader.values() if each is not None))


def taken(host: str, port: int) -> None:
    """Raise `SetupError` if something listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            ours = not isinstance(error, socket.gaierror) and error.errno != errno.EADDRNOTAVAIL
            advice = (
                "End what uses it, or choose another port" if ours else "Name an address of this machine (QABOT_HOST)"
            )
            raise SetupError(f"Port {port} on {host} cannot be used: {error.strerror}. {advice}.") from None


@app.command()
def link(person: Annotated[str, typer.Argument(help="The person's e-mail, or their name.")]) -> None:
    """Make a personal link to the web inbox. It opens one session of one person, and expires."""
    settings = read_settings()
    if len(settings.secret_key) < LEAST_SECRET:
        raise SetupError("QABOT_SECRET_KEY must be the same as that of the running service.")
    store = open_store(settings)
    upgrade(store)
    with store.transaction() as session:
        number, now = one_person(session, person).id, SystemClock().now()
        session.add(Event(at=now, what="link-made", subject_type="person", subject_id=number, why="qabot link"))
    typer.echo(personal_url(settings, number, now))
