"""Bringing a database to this version's tables, with Alembic."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from qabot.errors import DatabaseTooNew
from qabot.models.alone import Work, be_alone
from qabot.models.store import Store

HERE = Path(__file__).parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made here so that no file has to be found."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.attributes["connection"] = connection
    return made


def version(store: Store) -> str | None:
    """The database's version; None if it is empty."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(store: Store, to: str = "head") -> None:
    """Bring the database up to this version. Raises `DatabaseTooNew` if a newer qabot wrote it.

    Several processes may come at once: one does it, the others wait and then find nothing left to do.
    """
    with _alone(store) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        known = {each.revision for each in ScriptDirectory.from_config(config()).walk_revisions()}
        if current is not None and current not in known:
            raise DatabaseTooNew(
                f"The database is of version {current}, which this qabot does not know: a newer qabot has written it. "
                "Install that version again, or restore a backup from before. Nothing was changed."
            )
        command.upgrade(config(connection), to)


def downgrade(store: Store, to: str) -> None:
    """Take the database back to an older version."""
    with _alone(store) as connection:
        command.downgrade(config(connection), to)


@contextmanager
def _alone(store: Store) -> Iterator[Connection]:
    """One transaction that no other process migrates beside."""
    with store.engine.begin() as connection:
        be_alone(connection, Work.migration)
        yield connection
