"""The delivery's statements stand in one place, each with what it guarantees, and work on both databases."""

import ast
import re
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement, create_mock_engine
from sqlalchemy.dialects import sqlite

from qabot.delivery import queries
from qabot.models import Store
from qabot.models.migrate import upgrade

FOLDER = Path(queries.__file__).parent
TREE = ast.parse(Path(queries.__file__).read_text(encoding="utf-8"))
STATEMENTS = [
    name for name, each in vars(queries).items() if isinstance(each, ClauseElement) and not name.startswith("_")
]


def others() -> dict[str, str]:
    return {each.name: each.read_text(encoding="utf-8") for each in FOLDER.glob("*.py") if each.name != "queries.py"}


def test_each_says_what_it_guarantees() -> None:
    said = {
        statement.targets[0].id
        for statement, after in zip(TREE.body, TREE.body[1:], strict=False)
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }
    assert len(STATEMENTS) > 30
    assert [each for each in STATEMENTS if each not in said] == []


def test_no_statement_is_made_elsewhere() -> None:
    for name, source in others().items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                names = {each.name for each in node.names}
                of_statements = (module or "").startswith(("sqlalchemy", "sqlmodel")) and module != "sqlalchemy.exc"
                assert not of_statements or names <= {"Session", "Select"}, name


def test_none_is_there_in_vain() -> None:
    everywhere = (each for each in FOLDER.parent.rglob("*.py") if each.name != "queries.py")
    code = "\n".join(each.read_text(encoding="utf-8") for each in everywhere)
    assert [each for each in STATEMENTS if f"queries.{each}" not in code] == []


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+psycopg://"])
def test_each_is_one_statement_on_both_databases(url: str) -> None:
    dialect = create_mock_engine(url, print).dialect
    for name in STATEMENTS:
        assert ";" not in str(getattr(queries, name).compile(dialect=dialect)), name


READ_WHOLE = {
    "BACKLOG": "a command counts all of it",
    "WAITING_UNTIL": "once, after a restore",
    "REDRAW_NOW": "once, when a chat is well again",
}
"""These read every notice, and why they may."""


def test_no_statement_reads_every_notice(tmp_path: Path) -> None:
    """What is done at each claim must not cost more with each year that an outbox is kept."""
    store = Store(f"sqlite:///{tmp_path}/qabot.sqlite3", inline=True)
    upgrade(store)
    plans = {name: _plan(store, getattr(queries, name)) for name in STATEMENTS}
    whole = {name for name, plan in plans.items() if any(re.fullmatch(r"SCAN notice", line) for line in plan)}
    assert whole == set(READ_WHOLE)
    assert len(plans) > 30
    store.close()


def _plan(store: Store, statement: ClauseElement) -> list[str]:
    sql = re.sub(r"__\[POSTCOMPILE_\w+\]", "1", str(statement.compile(dialect=sqlite.dialect())))
    if any(each in sql for each in ("clock_timestamp", "generate_series", "unnest")):  # of PostgreSQL alone
        return []
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?"))
        return [row[3] for row in rows]
