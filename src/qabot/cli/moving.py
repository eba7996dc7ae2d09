"""qabot db move: an installation that has outgrown its file goes to PostgreSQL, all of it, and nothing twice."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from qabot.cli.databases import holds_nothing, is_new, name_database, open_quietly, place
from qabot.cli.running import see_that_nothing_runs
from qabot.cli.support import out
from qabot.database_address import database_problem
from qabot.errors import SetupError
from qabot.messaging.values import plural
from qabot.models import Store
from qabot.models.copies import copy_all
from qabot.models.moved import mark_moved, unmark_moved
from qabot.rights import log
from qabot.scheduler.clock import SystemClock
from qabot.settings import Settings, read_settings

app = typer.Typer(no_args_is_help=True)
WRITES = "PRAGMA data_version"
"""A number that another one is once somebody else has committed something."""


@app.callback()
def group() -> None:
    """The database itself: taking it from a file to PostgreSQL."""


@app.command()
def move(
    address: Annotated[str, typer.Argument(help="Where to: postgresql://USER@HOST/DATABASE, and nothing in it.")] = "",
    undo: Annotated[
        bool, typer.Option("--undo", help="Use the file again after all: nothing was sent from PostgreSQL yet.")
    ] = False,
) -> None:
    """Take all of this database to PostgreSQL, row by row, while the service is stopped; the file is used no more."""
    if bool(address) == undo:
        raise SetupError("Give the address of a PostgreSQL database; or --undo to use the file again.")
    settings = read_settings()
    if make_url(settings.database_url).get_backend_name() != "sqlite":
        raise SetupError(f"{place(settings)} is no file. From a server to another: qabot backup, then qabot restore.")
    if undo:
        _undo(settings)
        return
    name_database(settings)
    if is_new(settings):
        raise SetupError(f"There is no database of qabot at {place(settings)}. Check QABOT_DATABASE_URL.")
    there = _target(settings, address)
    with closing(open_quietly(settings)) as store, closing(sqlite3.connect(str(store.engine.url.database))) as beside:
        before = beside.execute(WRITES).fetchone()
        see_that_nothing_runs(store, "then move")
        _move(store, there, lambda: beside.execute(WRITES).fetchone() != before)


def _target(settings: Settings, address: str) -> Settings:
    """The settings with the database's new place. Raises `SetupError` unless that is PostgreSQL, reached and empty."""
    if (problem := database_problem(address)) or address.startswith("sqlite"):
        raise SetupError(f"This is no address of PostgreSQL: {problem or 'it names a file'}.")
    there = settings.model_copy(update={"database_url": address})
    if not holds_nothing(there):
        raise SetupError(
            f"{place(there)} is not empty, and is not written over. Name an empty database; or, if a move that was "
            "interrupted left rows there, drop and make it again."
        )
    return there


def _move(store: Store, there: Settings, written: Callable[[], bool]) -> None:
    """`written`: whether anybody has written to the file since it was seen that nobody is at work."""
    now, file = SystemClock().now(), str(store.engine.url.database)
    with closing(Store(there.database_url, inline=True)) as target:
        counted = copy_all(store, target)
        with target.transaction() as session:
            log.record("database-moved", session, now, why=f"rows: {sum(counted.values())}")
        # Nobody else writes to the file from here on, and whoever comes later is refused.
        with store.transaction() as session:
            if written():
                raise SetupError(
                    f"Something was written to {file} while it was copied, so the copy is old. Stop whatever uses it, "
                    f"empty {place(there)} and give the command again. The file is as it was."
                )
            mark_moved(session, place(there), now)
    rows, tables = plural(sum(counted.values()), "row", "rows"), plural(len(counted), "table", "tables")
    out.print(f"{rows} of {tables} are in {place(there)} now, read again and compared.")
    out.print("Set QABOT_DATABASE_URL to that address and start qabot: nothing is sent twice, and nothing is missing.")
    out.print("The file stays as it was, and no qabot uses it any more. Destroy it once the new one is backed up.")


def _undo(settings: Settings) -> None:
    # `open_quietly` would refuse the very file that this is for, and SQLite makes one that is not there.
    file = Path(str(make_url(settings.database_url).database))
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as beside:
            beside.execute("SELECT 1 FROM meta").fetchone()
    except sqlite3.Error as error:
        raise SetupError(f"There is no database of qabot at {place(settings)}: {error}.") from None
    with closing(Store(settings.database_url, inline=True)) as store, store.transaction() as session:
        if not unmark_moved(session):
            raise SetupError(f"{place(settings)} was not moved, so there is nothing to undo.")
    out.print("The file is used again. Do not start qabot on PostgreSQL any more: both would send.")
