"""Bringing a database to this version's tables, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from qabot.errors import DatabaseTooNew
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
    """Bring the database up to this version. Raises `DatabaseTooNew` if a newer qabot wrote it."""
    current = version(store)
    known = {each.revision for each in ScriptDirectory.from_config(config()).walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseTooNew(
            f"The database is of version {current}, which this qabot does not know: a newer qabot has written it. "
            "Install that version again, or restore a backup from before. Nothing was changed."
        )
    with store.engine.begin() as connection:
        command.upgrade(config(connection), to)


def downgrade(store: Store, to: str) -> None:
    """Take the database back to an older version."""
    with store.engine.begin() as connection:
        command.downgrade(config(connection), to)
