"""qabot status: how one council's service is, for whoever looks after many: one screen, or JSON for a program."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

import aiohttp
import orjson
import typer
from alembic.script import ScriptDirectory
from sqlmodel import func, select

from qabot import __version__
from qabot.cli.databases import is_new, open_quietly, place
from qabot.cli.support import out
from qabot.delivery import queries
from qabot.errors import SetupError
from qabot.messaging.values import plural
from qabot.models import NoticeState, Process, Store
from qabot.models.migrate import config, version
from qabot.scheduler.clock import SystemClock
from qabot.settings import Settings, read_settings

app = typer.Typer()
TROUBLE = 2
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - nothing listens there: it is asked where it does
HEALTH = "/health"
PATIENCE = 5.0
"""Seconds that the service has for all of its answer."""
TOO_LONG = timedelta(minutes=15)
"""After so long what is due should have gone."""


@dataclass
class Status:
    """One council. `schema` is the database's version, "" without one. `last_tick` and `oldest` are UTC, ISO, or "".

    `due`: notices whose time has come and that have not gone, the `oldest` since when. `notices`: state -> how many.
    `troubles` are sentences; without one all is well.
    """

    version: str
    database: str
    schema: str = ""
    schema_wanted: str = ""
    last_tick: str = ""
    due: int = 0
    oldest: str = ""
    notices: dict[str, int] = field(default_factory=dict)
    processes: int = 0
    troubles: list[str] = field(default_factory=list)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """Say the version, the schema, the last tick, what waits and what is wrong. Exit code 2 if something is."""
    report = look(read_settings(), SystemClock().now())
    if as_json:
        out.print(orjson.dumps(asdict(report)).decode())
    else:
        out.print("\n".join(_lines(report)))
    raise typer.Exit(TROUBLE if report.troubles else 0)


def look(settings: Settings, now: datetime) -> Status:
    """How it is now. Nothing is changed."""
    report = Status(__version__, place(settings))
    report.schema_wanted = ScriptDirectory.from_config(config()).get_current_head() or ""
    try:
        if is_new(settings):
            report.troubles.append("There is no database yet: `qabot upgrade --new-database` makes it.")
        else:
            with closing(open_quietly(settings)) as store:
                _look_at_database(store, report, now)
    except SetupError as wrong:
        report.troubles.append(str(wrong))
    health = _health(settings)
    report.last_tick = str(health.get("last_tick") or "")
    report.troubles += _of_service(health)
    return report


def _look_at_database(store: Store, report: Status, now: datetime) -> None:
    report.schema = version(store) or ""
    if report.schema != report.schema_wanted:
        report.troubles.append(f"The database is of version {report.schema}, this qabot wants {report.schema_wanted}.")
    with store.transaction() as session:
        rows = session.execute(queries.BACKLOG, {"now": now}).all()
        report.notices = {state: count for state, count, _, _ in rows}
        report.due = sum(due for _, _, due, _ in rows)
        if report.due:
            since = min(since for _, _, due, since in rows if due)
            report.oldest = since.isoformat()
            if now - since > TOO_LONG:
                what = plural(report.due, "notice is", "notices are")
                report.troubles.append(f"{what} due and did not go, the oldest since {since:%H:%M} UTC.")
        report.processes = session.exec(select(func.count()).select_from(Process)).one()
    for state in (NoticeState.ambiguous, NoticeState.failed):
        report.notices.setdefault(state.value, 0)


def _health(settings: Settings) -> dict[str, Any]:
    """What the service says of itself; {} if it does not answer."""
    host = EVERYWHERE.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        body = asyncio.run(_asked(f"http://{host}:{settings.port}{HEALTH}"))
    except (aiohttp.ClientError, TimeoutError, OSError):
        return {}
    try:
        known = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return known if isinstance(known, dict) else {}


async def _asked(url: str) -> bytes:
    """What answers there. No proxy of the environment's stands between a machine and itself."""
    limit = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=limit, trust_env=False) as session, session.get(url) as answer:
        return await answer.read()


def _of_service(health: dict[str, Any]) -> Iterator[str]:
    if not health:
        yield "The service does not answer."
        return
    if not health.get("ok"):
        yield f"The service is not well: its last tick was at {health.get('last_tick') or 'no time'}."
    for key, well in (("clock", "well"), ("standstill", "none")):
        if health.get(key, well) != well:
            yield str(health[key])
    for name, chat in (health.get("chats") or {}).items():
        if why := chat.get("why"):
            yield f"{name}: {why}"


def _lines(report: Status) -> Iterator[str]:
    yield f"qabot {report.version}, database {report.database}"
    yield f"Schema {report.schema or 'none'}, wanted {report.schema_wanted}"
    yield f"Last tick {report.last_tick or 'unknown'}; processes that send: {report.processes}"
    counts = ", ".join(f"{count:,} {state}" for state, count in sorted(report.notices.items()))
    since = f" since {report.oldest}" if report.due else ""
    yield f"Due and not gone: {report.due:,}{since} ({counts or 'no notices'})"
    yield from (f"Trouble: {each}" for each in report.troubles)
    if not report.troubles:
        yield "All is well."
