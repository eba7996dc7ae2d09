"""The database is brought to this version's tables, back, and there again; nothing is lost or left over."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from qabot.errors import DatabaseTooNew
from qabot.models import Service, Store
from qabot.models.migrate import config, downgrade, upgrade, version
from tests.support import small_council

REVISIONS = [each.revision for each in ScriptDirectory.from_config(config()).walk_revisions()]


def schema(store: Store) -> dict[str, Any]:
    """Every table with its columns, indexes, foreign keys and unique constraints; each kind is asked for at once.

    What SQLite numbers by a sequence only its own text of a table says.
    """
    seen = inspect(store.engine)
    columns, indexes, keys = seen.get_multi_columns(), seen.get_multi_indexes(), seen.get_multi_foreign_keys()
    query = text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
    with store.engine.connect() as connection:
        once = set(connection.execute(query).scalars() if store.sqlite else ())
    unique, primary = seen.get_multi_unique_constraints(), seen.get_multi_pk_constraint()
    return {
        table[1]: {
            "columns": sorted((each["name"], str(each["type"]), each["nullable"]) for each in columns[table]),
            "indexes": sorted(_plain(each) for each in indexes[table]),
            "keys": sorted(_plain(each) for each in keys[table]),
            "unique": sorted(str(each["column_names"]) for each in unique[table]),
            "primary": primary[table]["constrained_columns"],
            "numbered once": table[1] in once,
        }
        for table in sorted(columns, key=str)
        if table[1] != "alembic_version"
    }


def _plain(thing: Any) -> str:
    """An index or key as text: also the condition of a partial index, which comes as an object."""
    if isinstance(thing, dict):
        return str(sorted((name, _plain(value)) for name, value in thing.items()))
    return str(thing)


def test_up_down_and_up_again_gives_the_same_tables(store: Store) -> None:
    upgrade(store)
    first = schema(store)
    assert set(first) == set(SQLModel.metadata.tables)
    downgrade(store, "base")
    assert schema(store) == {}
    assert version(store) is None
    upgrade(store)
    assert schema(store) == first


def test_each_step_can_be_taken_back_and_done_again(store: Store) -> None:
    """One walk up: to begin each step from an empty database would take all those before it every time."""
    for revision in reversed(REVISIONS):
        upgrade(store, revision)
        there = schema(store)
        downgrade(store, "-1")
        upgrade(store, revision)
        assert schema(store) == there, revision
        assert version(store) == revision


def test_an_empty_database_is_given_at_once_what_the_migrations_come_to(store: Store) -> None:
    upgrade(store, REVISIONS[0])
    by_steps = schema(store)
    downgrade(store, "base")
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    upgrade(store)
    assert schema(store) == by_steps
    assert version(store) == REVISIONS[0]


def test_the_models_say_what_the_migrations_make(store: Store) -> None:
    upgrade(store, REVISIONS[0])
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_twice_changes_nothing(store: Store) -> None:
    upgrade(store)
    before = schema(store)
    upgrade(store)
    assert schema(store) == before


def test_what_is_in_the_tables_outlives_an_upgrade(store: Store) -> None:
    upgrade(store)
    with store.transaction() as session:
        small_council.fill(session)
    upgrade(store)
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM person")).scalar_one() == len(small_council.PEOPLE)


@pytest.mark.parametrize("since", [REVISIONS[0], "0040"])
def test_no_row_gets_the_number_of_one_that_is_gone(store: Store, since: str) -> None:
    """In a new database as in one that was brought up, also where every row of a table went."""
    upgrade(store, since)
    upgrade(store)

    def make(name: str) -> int:
        with store.transaction() as session:
            session.add(made := Service(name=name))
            session.flush()
            return made.id

    first = make("one that goes")
    with store.transaction() as session:
        session.delete(session.get_one(Service, first))
    assert make("the next one") > first


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(store: Store) -> None:
    upgrade(store)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("CREATE TABLE of_tomorrow (id INTEGER PRIMARY KEY)"))
    before = schema(store)
    with pytest.raises(DatabaseTooNew, match="9999"):
        upgrade(store)
    assert schema(store) == before
    assert version(store) == "9999"


def test_a_migration_that_fails_leaves_nothing_behind(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE notice (id INTEGER PRIMARY KEY)"))
    before = schema(store)
    with pytest.raises(Exception, match="notice"):
        upgrade(store)
    assert schema(store) == before
    assert version(store) is None


def test_a_migration_after_which_a_row_refers_to_nothing_is_not_kept(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/qabot.db", inline=True)
    upgrade(store, "0004")
    with sqlite3.connect(tmp_path / "qabot.db") as other:
        other.execute(
            "INSERT INTO action (audit_id, number, owner_id, due_on, state) VALUES (9, 1, 9, '2026-12-18', 'open')"
        )
    with pytest.raises(RuntimeError, match=r"Row 1 of action refers to a row of (audit|person) that is not there"):
        upgrade(store)
    assert version(store) == "0004"
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    store.close()


def test_a_new_database_has_its_indexes_in_one_order(tmp_path: Path) -> None:
    """Of two that serve equally SQLite takes one by their order, which must not differ from one council to the next."""
    store = Store(f"sqlite:///{tmp_path}/qabot.sqlite3", inline=True)
    upgrade(store)
    with store.engine.connect() as connection:
        query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid"
        made = [" ".join(row[0].split()) for row in connection.exec_driver_sql(query)]
    store.close()
    assert len(made) > 30
    assert made == sorted(made)
