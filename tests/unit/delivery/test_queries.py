"""The delivery's statements stand in one place, each with what it guarantees, and work on both databases."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement, create_mock_engine

from qabot.delivery import queries

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
