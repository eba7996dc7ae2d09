"""The database of a command: always named, never made unasked. A shell without the settings means another one."""

from contextlib import closing, suppress
from pathlib import Path

import typer
from sqlalchemy import URL, inspect, literal, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from qabot.cli.troubles import READ_ONLY
from qabot.errors import QabotError, SetupError
from qabot.file_systems import network_share
from qabot.models import Store
from qabot.models.availability import is_read_only, why_away
from qabot.models.migrate import refuse_other_versions, version
from qabot.models.moved import refuse_the_old_place
from qabot.settings import Settings

UNSET = "QABOT_DATABASE_URL is not set here, so this is the usual place"


def place(settings: Settings) -> str:
    """Where the database is, as people find it: the whole path of a file, or the server without its password."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        hidden = {name: "hidden" for name in url.query if "password" in name}
        return url.update_query_dict(hidden).set(drivername=url.get_backend_name()).render_as_string()
    return str(Path(url.database or "").absolute())


def name_database(settings: Settings) -> None:
    """Say on standard error which database a command uses; standard output is for what the command prints."""
    unset = "" if "database_url" in settings.model_fields_set else f" ({UNSET})"
    typer.echo(f"Database: {place(settings)}{unset}", err=True)


def is_new(settings: Settings) -> bool:
    """Whether qabot never wrote to the database. Looking makes none. Raises `SetupError` as `open_store`."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        # SQLite makes the file of whoever connects; where it could not, connecting is what says so.
        path = _file(url)
        with suppress(OSError):
            if path.parent.is_dir() and not (path.exists() and path.stat().st_size):
                _refuse_what_is_left(path)
                return True
    store = open_quietly(settings)
    try:
        if version(store) is not None:
            return False
        if store.sqlite and inspect(store.engine).get_table_names():
            raise SetupError(f"The database {place(settings)} is another program's. Check QABOT_DATABASE_URL.")
        return True
    finally:
        store.close()


def _refuse_what_is_left(path: Path) -> None:
    """SQLite throws a log away that it finds beside a new file: what was written last would be gone for good."""
    left = path.with_name(f"{path.name}-wal")
    # In this order: whoever makes a new database meanwhile makes the log after it.
    if left.exists() and left.stat().st_size and not path.exists():
        raise SetupError(
            f"{left} is there without its database, and holds what was written last. Bring {path} back from where it "
            "was moved; or, if it is lost, move this file away as well."
        )


def holds_nothing(settings: Settings) -> bool:
    """Whether nothing would be lost there: it is new, or has qabot's tables without a row in them. As `is_new`.

    A copy that could not be brought there, or was interrupted, leaves such tables behind.
    """
    if is_new(settings):
        return True
    with closing(open_quietly(settings)) as store, store.engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        ours = [each for each in SQLModel.metadata.sorted_tables if each.name in there]
        return all(connection.execute(select(literal(1)).select_from(each).limit(1)).first() is None for each in ours)


def refuse_shares(settings: Settings) -> None:
    """Raise `SetupError` if the database is a file on a network share: two writers would not see each other's locks."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and (kind := network_share(_file(url))):
        raise SetupError(
            f"The database {place(settings)} is on a network share ({kind}), where SQLite's locks do not hold and what "
            "is written can be lost. Name a file on a disk of this machine, or a PostgreSQL server, in "
            "QABOT_DATABASE_URL."
        )


def see_that_it_can_be_written(settings: Settings) -> None:
    """Try to write to a database in a file, and change nothing. Raises `SetupError` if it may not be written."""
    with closing(open_quietly(settings)) as store:
        if not store.sqlite:
            return
        try:
            with store.engine.connect() as connection:
                number = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
                connection.exec_driver_sql(f"PRAGMA user_version = {int(number)}")
                connection.rollback()
        except SQLAlchemyError as error:
            if not is_read_only(error):
                raise
            raise SetupError(_read_only(settings, error)) from None


def _read_only(settings: Settings, error: SQLAlchemyError) -> str:
    return READ_ONLY.format(why=f"{why_away(error)} ({place(settings)})")


def open_store(settings: Settings, *, make: bool = False, advice: str = "", any_version: bool = False) -> Store:
    """The database of the settings, for a command, which is named. Raises `SetupError` if it cannot be reached.

    One that is not there yet is made only with `make`; else `advice` says what would make it here. One of another
    version is refused, unless `any_version`: a command that was meant to look would bring it up beneath the service of
    the version before, without a copy.
    """
    name_database(settings)
    if is_new(settings) and not make:
        unset = "" if "database_url" in settings.model_fields_set else f" {UNSET}."
        raise SetupError(
            f"There is no database of qabot at {place(settings)}.{unset} Give this command the settings of the "
            f"service (QABOT_DATABASE_URL). If it is to begin there: start `qabot serve` once{advice}."
        )
    store = open_quietly(settings)
    try:
        if not any_version:
            refuse_other_versions(store)
    except QabotError:
        store.close()
        raise
    return store


def _file(url: URL) -> Path:
    if url.database in {None, "", ":memory:"}:
        raise SetupError("QABOT_DATABASE_URL names a database in memory, which keeps nothing: expected a file.")
    return Path(str(url.database))


def open_quietly(settings: Settings) -> Store:
    """The database, without a word and whether it is new or not. Raises `SetupError` if it cannot be reached."""
    store = Store(settings.database_url, inline=True)
    try:
        with store.engine.connect():
            pass
        refuse_the_old_place(store)
    except SetupError:
        store.close()
        raise
    except SQLAlchemyError as error:
        store.close()
        if is_read_only(error):
            raise SetupError(_read_only(settings, error)) from None
        cause = _no_folder(store) or str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise SetupError(
            f"The database {place(settings)} cannot be opened: {cause}. Check QABOT_DATABASE_URL."
        ) from None
    return store


def _no_folder(store: Store) -> str:
    """What is wrong with the folder of a database in a file, which SQLite does not say; "" if nothing is."""
    if store.engine.dialect.name != "sqlite":
        return ""
    path = Path(str(store.engine.url.database))
    try:
        if path.is_dir():
            return f"{path} is a folder, and a file is expected"
        missing = [each for each in reversed(path.absolute().parents) if not each.is_dir()]
    except OSError as error:
        return f"{error.strerror}: {error.filename or path}"
    return f"there is no folder {missing[0]}" if missing else ""
