"""What tests elsewhere begin with is what the migrations make."""

import re
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from qabot.models import Store, migrate
from tests.support import new_databases


def test_a_copied_database_is_the_same_as_a_migrated_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = _tables(tmp_path / "genuine.sqlite3")
    monkeypatch.setattr(command, "upgrade", new_databases.upgrade)
    _tables(tmp_path / "first.sqlite3")
    assert _tables(tmp_path / "copy.sqlite3") == genuine


def _tables(file: Path) -> dict[str, list[str]]:
    """Each table's and index's lines in no order: Alembic writes a table's constraints in a new one each time."""
    store = Store(f"sqlite:///{file}", inline=True)
    try:
        migrate.upgrade(store)
        with store.engine.connect() as connection:
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master ORDER BY name")).all()
            version = connection.execute(text("SELECT 'version', version_num FROM alembic_version")).all()
            return {name: sorted(re.split(r",? *\n", sql or "")) for name, sql in [*rows, *version]}
    finally:
        store.close()
