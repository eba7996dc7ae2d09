"""A new SQLite database in this process gets its tables from a copy: the migrations run once, not once a test.

Every migration takes a third of a second of processor time by now, and two thousand tests begin with an empty database.
The migrations themselves are tested in tests/migration, where nothing is copied.
"""

from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

_genuine = command.upgrade
_statements: list[str] = []


def upgrade(config: Config, revision: str, **more: Any) -> None:
    """What `alembic.command.upgrade` does, for an empty SQLite database by repeating what it came to the first time."""
    connection: Connection | None = config.attributes["connection"]
    if connection is None or revision != "head" or connection.dialect.name != "sqlite" or _rows(connection):
        _genuine(config, revision, **more)
        return
    if not _statements:
        _genuine(config, revision, **more)
        _statements.extend(_dump(connection))
        return
    for statement in _statements:
        connection.exec_driver_sql(statement)


def _rows(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first())


def _dump(connection: Connection) -> list[str]:
    """Tables before their indexes, then the rows (Alembic's own)."""
    driver: Any = connection.connection.dbapi_connection
    made = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type <> 'table', rowid"
    )
    return [*made.scalars(), *(each for each in driver.iterdump() if each.startswith("INSERT INTO"))]
