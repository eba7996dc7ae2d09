"""qabot cases collect: the files that another system leaves in a folder, each imported once and put aside."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from stat import S_ISREG
from typing import Annotated

import typer

from qabot.cli.databases import open_store
from qabot.cli.support import existing, out
from qabot.errors import BadFile, SetupError
from qabot.imports import kinds
from qabot.imports.changes import Changes
from qabot.messaging.letters import clean
from qabot.models import Store, alone
from qabot.scheduler.clock import SystemClock
from qabot.settings import Settings, read_settings
from qabot.wiring import build

ENDINGS = (".csv", ".xlsx")
SETTLED = timedelta(minutes=1)
"""A file that was written to not so long ago may still be on its way."""
TAKEN, REFUSED = "taken", "refused"
STAMP = "%Y-%m-%dT%H%M%SZ"


def collect(
    folder: Annotated[Path, typer.Argument(help="The folder in which the files are left.")],
    map_file: Annotated[
        Path | None, typer.Option("--map", help="A YAML file that says which of the files' columns is which of ours.")
    ] = None,
    leave_out_others: Annotated[
        bool, typer.Option("--leave-out-others", help="Leave columns out that are not ours.")
    ] = False,
    keep_days: Annotated[
        int, typer.Option(min=1, max=36_500, help="Days for which files that were taken or refused stay.")
    ] = 14,
) -> None:
    """Import each file of cases in a folder, the oldest first, and put it aside: for cron or a timer, every night."""
    if not folder.is_dir():
        raise SetupError(f"{folder}: there is no such folder. Give the one in which the files are left.")
    given_map = existing(map_file, "map") if map_file else None
    settings, now = read_settings(), SystemClock().now()
    store = open_store(settings)
    refused = 0
    try:
        for file in waiting(folder, now):
            try:
                plan = kinds.cases(file, map_file=given_map, others=leave_out_others)
                changes = _imported(store, settings, plan)
                whole, said, place = changes.lines(whole=True), changes.lines(), TAKEN
            except BadFile as wrong:
                said = whole = clean(str(wrong), lines=True).splitlines()
                place, refused = REFUSED, refused + 1
            moved = _put_aside(file, place, now)
            beside = moved.with_name(f"{moved.name}.txt")
            beside.write_text("\n".join([*whole, ""]), "utf-8")
            out.print(f"{file.name}: {place}")
            for line in (*said, f"All of it is in {beside}.") if len(said) < len(whole) else said:
                out.print(f"  {line}")
    finally:
        store.close()
    _let_go(folder, now - timedelta(days=keep_days))
    if refused:
        raise typer.Exit(1)


def waiting(folder: Path, now: datetime) -> Iterator[Path]:
    """The files that have been left whole, the oldest first; `now` is UTC.

    No link is followed: whoever leaves files there must not choose what is read elsewhere.
    """
    files = []
    for each in folder.iterdir():
        what = each.lstat()
        whole = datetime.fromtimestamp(what.st_mtime, now.tzinfo) <= now - SETTLED
        if S_ISREG(what.st_mode) and each.suffix.lower() in ENDINGS and each.name[0] != "." and whole:
            files.append((what.st_mtime, each.name, each))
    return (file for _, _, file in sorted(files))


def _imported(store: Store, settings: Settings, plan: kinds.Plan) -> Changes:
    """Import one file, all of it or nothing."""
    qabot = build(settings, store=store, adapters=())
    with store.transaction() as session:
        alone.be_alone(session, alone.Work.imports)
        changes, change = plan(qabot.desk.unit(session))
        change(qabot.desk.unit(session))
        return changes


def _put_aside(file: Path, place: str, now: datetime) -> Path:
    to = file.parent / place
    to.mkdir(mode=0o700, exist_ok=True)
    moved = to / f"{now.strftime(STAMP)}-{file.name}"
    os.replace(file, moved)
    return moved


def _let_go(folder: Path, before: datetime) -> None:
    """Delete what was put aside long enough ago, by the time in its name."""
    for each in (file for place in (TAKEN, REFUSED) for file in (folder / place).glob("*Z-*")):
        if each.name < before.strftime(STAMP):
            each.unlink()
