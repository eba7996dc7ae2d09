"""qabot people fetch and export: a filled people file, from a chat's directory or from what is here."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from qabot.adapter import DirectoryUnread, ListsStaff, StaffMember
from qabot.cli.databases import open_store
from qabot.cli.support import out, writable, write
from qabot.errors import SetupError
from qabot.framework.calendar import local_day
from qabot.imports.exporting import exported, fetched
from qabot.models import Store
from qabot.models.migrate import upgrade
from qabot.scheduler.clock import SystemClock
from qabot.settings import read_settings
from qabot.wiring import Qabot, build, create_adapter

SOURCES = {"slack": "slack", "graph": "teams"}
"""What `--from` takes, and the adapter that reads it."""
WRITTEN = Annotated[Path, typer.Argument(help="The CSV file to write.")]


def fetch(
    file: WRITTEN,
    source: Annotated[str, typer.Option("--from", help="slack, or graph for Microsoft's directory.")],
) -> None:
    """Write a people file from a directory, to add teams and roles to and import. Nothing is imported yet."""
    if source not in SOURCES:
        raise SetupError(f"--from: {source!r} is no directory that qabot reads. Give {' or '.join(SOURCES)}.")
    _new(file)
    staff = asyncio.run(_staff(SOURCES[source]))
    left = sum(not each.active for each in staff)
    write(file, fetched(staff))
    nameless = sum(not (each.email and each.name) for each in staff)
    without = f"; {nameless} without an e-mail address or a name are left out" if nameless else ""
    out.print(f"{file} is written: {len(staff) - nameless} people, {left} of whom have left{without}.", markup=False)
    out.print("Add team, service and roles to it, and then: qabot people import", markup=False)


def export(file: WRITTEN) -> None:
    """Write everybody who is here as a people file. Imported again, it changes nothing."""
    writable(file, "CSV file to write")
    store = open_store(read_settings())
    try:
        upgrade(store)
        with store.transaction() as session:
            text = exported(session, local_day(SystemClock().now()))
    finally:
        store.close()
    write(file, text)
    out.print(f"{file} is written: {len(text.splitlines()) - 1} people.", markup=False)


def _new(file: Path) -> None:
    writable(file, "CSV file to write")
    if file.exists():
        raise SetupError(f"{file}: there is a file already, which somebody may have edited. Give another name.")


async def _staff(name: str) -> Sequence[StaffMember]:
    """Everybody in the directory. Raises `SetupError` with what to do."""
    adapter = create_adapter(name, _nobody().desk)
    if not isinstance(adapter, ListsStaff):
        raise SetupError(f"The adapter {name!r} has no directory to read.")
    try:
        return await adapter.staff()
    except DirectoryUnread as unread:
        raise SetupError(f"{unread} Check it with: qabot doctor {name}") from None
    finally:
        await adapter.stop()


def _nobody() -> Qabot:
    """A service with an empty database in memory: a directory is read, and nothing of ours is touched."""
    return build(read_settings(), store=Store("sqlite://", inline=True), adapters=())
