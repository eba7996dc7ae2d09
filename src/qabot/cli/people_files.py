"""qabot people fetch, compare and export: a directory as a people file or against what is here; and what is here."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from qabot.adapter import DirectoryUnread, StaffMember
from qabot.cli.databases import open_store
from qabot.cli.support import out, writable, write
from qabot.errors import BadRequest, SetupError
from qabot.framework.calendar import local_day
from qabot.imports import whole_directory
from qabot.imports.changes import SHOWN, some
from qabot.imports.exporting import exported, fetched
from qabot.imports.whole_directory import Taken
from qabot.models import Store
from qabot.models.migrate import upgrade
from qabot.scheduler import staff_reading
from qabot.scheduler.clock import SystemClock
from qabot.settings import read_settings
from qabot.wiring import DIRECTORIES, Qabot, build, staff_of
from qabot.workflows.people import differences

WRITTEN = Annotated[Path, typer.Argument(help="The CSV file to write.")]


def fetch(
    file: WRITTEN,
    source: Annotated[str, typer.Option("--from", help="slack, or graph for Microsoft's directory.")],
) -> None:
    """Write a people file from a directory, to add teams and roles to and import. Nothing is imported yet."""
    _known(source)
    _new(file)
    staff = asyncio.run(_staff(source))
    left = sum(not each.active for each in staff)
    write(file, fetched(staff))
    nameless = sum(not (each.email and each.name) for each in staff)
    without = f"; {nameless} without an e-mail address or a name are left out" if nameless else ""
    out.print(f"{file} is written: {len(staff) - nameless} people, {left} of whom have left{without}.")
    out.print("Add team, service and roles to it, and then: qabot people import")


def compare(
    source: Annotated[str, typer.Option("--from", help="slack, or graph for Microsoft's directory.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, and change nothing.")] = False,
) -> None:
    """Compare a directory with who works here: what differs waits to be accepted, whoever has left there leaves."""
    _known(source)
    settings = read_settings()
    if settings.directory not in ("", source):
        raise SetupError(
            f"--from: the service compares {settings.directory} (QABOT_DIRECTORY), and {source} would take its place. "
            "Have one directory alone."
        )
    staff = asyncio.run(_staff(source))
    qabot = build(settings, store=open_store(settings), adapters=())
    try:
        lines = _rehearse(qabot, source, staff) if dry_run else _compare(qabot, source, staff)
    except BadRequest as wrong:
        raise SetupError(str(wrong)) from None
    finally:
        qabot.store.close()
    for line in lines:
        out.print(line)
    out.print("Nothing was changed: this was a dry run." if dry_run else "Done.")


def _compare(qabot: Qabot, source: str, staff: Sequence[StaffMember]) -> list[str]:
    compared = asyncio.run(staff_reading.compare(qabot.desk, source, staff))
    with qabot.store.transaction() as session:
        every, _ = differences.waiting(qabot.desk.unit(session))
    return [
        _read_so(compared.taken),
        _line("left here now", compared.left),
        _line("wait until an administrator accepts that they have left", compared.waiting),
        f"Differences to decide: {every}, at {qabot.settings.base_url}/administration/differences",
    ]


def _rehearse(qabot: Qabot, source: str, staff: Sequence[StaffMember]) -> list[str]:
    with qabot.store.transaction() as session, session.begin_nested() as undone:
        taken = whole_directory.take(qabot.desk.unit(session), source, staff)
        every, _ = differences.waiting(qabot.desk.unit(session))
        undone.rollback()
    names = [each.name for each in taken.leavers]
    return [
        _read_so(taken),
        _line("have left there, and would leave here or wait for an administrator", names),
        f"Differences to decide beside these: {every}",
    ]


def _read_so(taken: Taken) -> str:
    return f"Read: {taken.read} who work there, {taken.here} of them here."


def _line(what: str, names: Sequence[str]) -> str:
    """Who it is, by name; of many how many, and the first."""
    many = f"{len(names):,}: " if len(names) > SHOWN else ""
    return f"{what[:1].upper()}{what[1:]}: {many}{some(names) or 'nobody'}"


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
    out.print(f"{file} is written: {len(text.splitlines()) - 1} people.")


def _known(source: str) -> None:
    if source not in DIRECTORIES:
        raise SetupError(f"--from: {source!r} is no directory that qabot reads. Give {' or '.join(DIRECTORIES)}.")


def _new(file: Path) -> None:
    writable(file, "CSV file to write")
    if file.exists():
        raise SetupError(f"{file}: there is a file already, which somebody may have edited. Give another name.")


async def _staff(source: str) -> Sequence[StaffMember]:
    """Everybody in the directory, read without touching anything of ours. Raises `SetupError` with what to do."""
    try:
        return await staff_of(source, _nobody().desk)
    except DirectoryUnread as unread:
        raise SetupError(f"{unread} Check it with: qabot doctor {DIRECTORIES[source]}") from None


def _nobody() -> Qabot:
    """A service with an empty database in memory: a directory is read, and nothing of ours is touched."""
    return build(read_settings(), store=Store("sqlite://", inline=True), adapters=())
