"""What each press asks and changes: the same statement each time, and none that costs more with each year kept."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Select
from sqlalchemy.dialects import sqlite

from qabot.models import Store
from qabot.models.migrate import upgrade
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
            sql = re.sub(r"__\[POSTCOMPILE_\w+\]", "1", str(each.compile(dialect=sqlite.dialect())))
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?")).all()
            assert not [row[3] for row in plan if row[3] in {f"SCAN {table}" for table in KEPT_FOR_YEARS}], name
    store.close()
    assert len(STATEMENTS) > 10


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
