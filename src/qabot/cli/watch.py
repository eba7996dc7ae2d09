"""qabot watch: the watcher by itself, for another process or another machine than the service's."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from qabot.cli.checks import is_current
from qabot.cli.databases import name_database, open_quietly
from qabot.cli.logs import configure_logs
from qabot.cli.support import out
from qabot.errors import SetupError
from qabot.models import Store
from qabot.scheduler.watching.watcher import Place, Standpoint, Watcher
from qabot.settings import Settings, read_settings
from qabot.wiring import build, watcher_of

app = typer.Typer()
FOUND = 2


@app.command()
def watch(
    once: Annotated[bool, typer.Option("--once", help="Look once, print what is found, and end.")] = False,
) -> None:
    """Look every few minutes whether anything is overdue, and tell whoever runs the service. Exit code 2 if it is."""
    settings = read_settings()
    configure_logs(settings.log_format)
    name_database(settings)
    if not is_current(settings) and not _is_away(settings):
        raise SetupError("The database is not there, or not of this version: qabot upgrade --check says which.")
    qabot = build(settings, store=Store(settings.database_url, inline=True), adapters=(), migrate=False)
    watcher = watcher_of(qabot, Place(Standpoint.watch))
    try:
        if once:
            raise typer.Exit(FOUND if asyncio.run(_look(watcher)) else 0)
        asyncio.run(_keep(watcher, timedelta(minutes=settings.watch_minutes)))
    finally:
        qabot.store.close()


def _is_away(settings: Settings) -> bool:
    """Whether there is a server that cannot be used just now, which is a trouble to tell as any other."""
    if settings.database_url.startswith("sqlite"):
        return False
    try:
        open_quietly(settings).close()
    except SetupError:
        return True
    return False


async def _look(watcher: Watcher) -> bool:
    """Whether something is wrong that was not repaired."""
    findings = await watcher.look()
    for each in findings:
        repaired = " It was repaired." if each.repaired else f" {each.advice}"
        out.print(f"{each.kind}: {each.sentence}{repaired}")
    if not findings:
        out.print("All is well.")
    return any(not each.repaired for each in findings)


async def _keep(watcher: Watcher, every: timedelta) -> None:
    await watcher.look()
    await watcher.keep_looking(every)
