"""Every released version is brought up with what it held, one step at a time, and taken down again the same way."""

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Connection, LargeBinary, MetaData, Table, insert, inspect, text

from qabot.errors import SetupError
from qabot.models import Store
from qabot.models.migrate import config, downgrade, upgrade, version
from tests.migration.test_duties_in_mid_quarter import content_of, fill

FIRST = "0004"
"""The oldest version of which there is a database as it left it."""
ONLY_ADDING = "0030"
"""From here on a migration adds, so that a process of the version before goes on working (docs/upgrade.md)."""
NEW_ROWS_IN = frozenset(
    {
        "answer_row",
        "occasion",
        "own_clock",
        "picked_case",
        "help_request",
        "survey_round",
        "survey_sheet",
        "survey_figure",
        "survey_comment",
        "confirmed_reading",
        "pulse",
        "receipt",
        "calendar_feed",
        "calendar_item",
        "legal_hold",
        "report",
        "log_mark",
        "api_token",
        "api_reply",
        "webhook",
        "webhook_call",
        "directory_user",
        "difference",
        "list_line",
    }
)
"""Tables that came since, which no migration fills."""
VERSIONS = sorted(each.revision for each in ScriptDirectory.from_config(config()).walk_revisions())
STOPS = frozenset({"0010", "0013", "0014", "0017", "0018", "0020", "0021", "0024", "0025", "0026", "0028", "0029"})
"""Versions that brought a table: there it is given a row, which the next ones find."""
VALUES: Mapping[type, Any] = {
    int: 1,
    str: "x",
    bool: False,
    date: date(2026, 12, 22),
    datetime: datetime(2026, 12, 22, 10, 0),
    time: time(9, 30),
}


def row_of(table: Table) -> dict[str, Any]:
    """A row with a value in each column, pointing to what the database holds."""
    return {each.name: _value(each) for each in table.c if not (each.primary_key and each.name == "id")}


def _value(column: Any) -> Any:
    if isinstance(column.type, JSON):
        return {}
    return b"x" if isinstance(column.type, LargeBinary) else VALUES[column.type.python_type]


def tables_of(connection: Connection) -> dict[str, Table]:
    found = MetaData()
    found.reflect(connection)
    return {name: each for name, each in found.tables.items() if name != "alembic_version"}


def counts(store: Store) -> dict[str, int]:
    with store.engine.connect() as connection:
        return {
            name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
            for name in inspect(connection).get_table_names()
            if name != "alembic_version"
        }


def fill_new(store: Store, known: Mapping[str, int]) -> None:
    """A row in each table that this version brought and that its migration left empty."""
    with store.engine.begin() as connection:
        new = NEW_ROWS_IN & set(inspect(connection).get_table_names()) - set(known)
        if new:
            found = MetaData()
            found.reflect(connection, only=sorted(new))
            for table in (each for each in found.sorted_tables if each.name in new):
                connection.execute(insert(table), row_of(table))


@pytest.fixture
def older(tmp_path: Path) -> Store:
    made = Store(f"sqlite:///{tmp_path}/qabot.db", inline=True)
    upgrade(made, FIRST)
    fill(made)
    return made


def test_every_step_up_keeps_what_is_there_and_all_steps_down_keep_what_was(older: Store) -> None:
    first, seen = {name: len(rows) for name, rows in content_of(older).items()}, counts(older)
    for each in (name for name in VERSIONS if name in STOPS or name >= ONLY_ADDING):
        columns = columns_of(older) if each >= ONLY_ADDING else {}
        upgrade(older, each)
        after = counts(older)
        assert {name: count for name, count in seen.items() if after.get(name, 0) < count} == {}, each
        assert takes_away(columns, columns_of(older) if columns else {}) == [], each
        fill_new(older, seen)
        seen = counts(older)
    assert {name for name, count in seen.items() if count} >= NEW_ROWS_IN
    downgrade(older, FIRST, lose=True)
    assert version(older) == FIRST
    assert {name: len(rows) for name, rows in content_of(older).items()} == first
    older.close()


def test_what_would_stop_an_older_process_is_seen() -> None:
    before = {"a": {"x": ("INTEGER", False), "y": ("VARCHAR", True)}, "b": {}}
    after = {"a": {"x": ("VARCHAR", False), "z": ("INTEGER", False), "u": ("INTEGER", True)}, "c": {}}
    assert takes_away(before, after) == ["a.x is another", "a.y is gone", "a.z cannot be left out", "b is gone"]


def test_what_has_no_place_in_an_older_version_is_said_and_stays(older: Store) -> None:
    upgrade(older, "0028")
    with older.engine.begin() as connection:
        tables = tables_of(connection)
        connection.execute(insert(tables["legal_hold"]), row_of(tables["legal_hold"]))
        outside = row_of(tables["nomination"]) | {"nominee_id": None}
        connection.execute(insert(tables["nomination"]), outside)
    with pytest.raises(
        SetupError, match=r"Version 0026 has no place for what is kept: 1 of legal_hold, 1 of nomination"
    ):
        downgrade(older, "0026")
    assert version(older) == "0028"
    assert (counts(older)["legal_hold"], counts(older)["nomination"]) == (1, 1)
    downgrade(older, "0026", lose=True)
    assert counts(older)["nomination"] == 0
    older.close()


Columns = Mapping[str, Mapping[str, tuple[str, bool]]]
"""Each column's type, and whether a row can be written without it, by table."""


def takes_away(before: Columns, after: Columns) -> list[str]:
    """What a process that knows the tables as they were would miss, or could not write."""
    found = [f"{name} is gone" for name in before if name not in after]
    for name in set(before) & set(after):
        was, now = before[name], after[name]
        found += [f"{name}.{column} is gone" for column in was if column not in now]
        found += [f"{name}.{each} is another" for each in was if each in now and now[each][0] != was[each][0]]
        found += [f"{name}.{each} cannot be left out" for each in now if each not in was and not now[each][1]]
    return sorted(found)


def columns_of(store: Store) -> Columns:
    seen = inspect(store.engine)
    return {
        name: {
            each["name"]: (str(each["type"]), each["nullable"] or each["default"] is not None)
            for each in seen.get_columns(name)
        }
        for name in seen.get_table_names()
        if name != "alembic_version"
    }
