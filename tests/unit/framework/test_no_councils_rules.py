"""Whose rules they are, the framework says: no rule's id of any council stands in what the service runs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path("src/qabot")
"""Tests run at the root of the repository."""
RULE = re.compile(r"\b(?!OURS)[A-Z]{3}-[A-Z]{3}-\d")
FILES = [path for path in SOURCE.rglob("*.py") if "demo" not in path.relative_to(SOURCE).parts]


def texts(tree: ast.Module) -> Iterator[str]:
    """Every text that the code uses. A docstring may say which rule it carries out."""
    told = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_rule_of_a_council_stands_in_the_code(path: Path) -> None:
    assert [text for text in texts(ast.parse(path.read_text("utf-8"))) if RULE.search(text)] == []


def test_one_in_an_argument_is_found_and_one_in_a_docstring_is_not() -> None:
    tree = ast.parse('"""NEW-DAT-1."""\nnotify(rule="NEW-DAT-1", why=f"NCT-REC-3: {x}")\ndef f():\n    "NEW-REM-1"\n')
    assert [text for text in texts(tree) if RULE.search(text)] == ["NEW-DAT-1", "NCT-REC-3: "]
