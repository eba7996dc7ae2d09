"""What each press asks and changes: the same statement each time, and none that costs more with each year kept."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Connection, Select
from sqlalchemy.dialects import sqlite

from qabot.models import Store
from qabot.models.migrate import upgrade
from qabot.workflows.access import owing
from qabot.workflows.cards import loading
from qabot.workflows.core import statements, subjects
from tests.support.world import World

STATEMENTS: dict[str, ClauseElement] = {
    **{name: each for name, each in vars(statements).items() if isinstance(each, ClauseElement) and name.isupper()},
    "grades": subjects._GRADES,
    "open ones that follow": loading._OPEN_OF_KINDS,
    "who was told": loading._ALERTED,
}
MOST_MADE = 6
KEPT_FOR_YEARS = ("answer", "deadline", "notice", "moderation", "list_line")


def test_none_reads_all_that_is_kept(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/qabot.sqlite3", inline=True)
    upgrade(store)
    with store.engine.connect() as connection:
        for name, each in STATEMENTS.items():
            assert not {f"SCAN {table}" for table in KEPT_FOR_YEARS}.intersection(_plan(connection, each)), name
    store.close()
    assert len(STATEMENTS) > 10


def _plan(connection: Connection, statement: Any) -> list[str]:
    """How the database will look for the answer."""
    written = str(statement.compile(dialect=sqlite.dialect()))
    pairs = re.sub(r"\((\S+, \S+)\) IN \(__\[POSTCOMPILE_\w+\]\)", r"(\1) IN (VALUES (1, 1))", written)
    sql = re.sub(r"__\[POSTCOMPILE_\w+\]", "1", pairs)
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?"))
    return [row[3] for row in rows]


async def test_what_waits_for_a_person_is_not_looked_for_among_all_that_is_open(world: World) -> None:
    """Every page and press asks it."""
    kinds = owing._kinds(world.framework)
    for each in (owing._counts(kinds), owing._alerts(kinds)):
        with world.nodes[0].store.engine.connect() as connection:
            first = next(line for line in _plan(connection, each) if " deadline" in line)
        assert first.startswith("SEARCH deadline USING INTEGER PRIMARY KEY")


async def test_a_press_puts_few_statements_together(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """To put one together takes longer than the answer: with all of them made anew it was a third of each press."""
    first, second = await world.graded(), await world.graded()
    await world.acknowledge("mina", first)
    made: list[Select[Any]] = []
    real = Select.__init__

    def noted(self: Select[Any], *columns: Any, **more: Any) -> None:
        made.append(self)
        real(self, *columns, **more)

    monkeypatch.setattr(Select, "__init__", noted)
    await world.acknowledge("mina", second)
    assert len(made) <= MOST_MADE
    assert world.deadline("alert", second, state="met").closed_by_id == world.ids["mina"]
