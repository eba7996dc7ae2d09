"""A name in a function is a noun: a bare participle says neither what something is nor of what."""

import ast
from collections.abc import Iterator
from pathlib import Path

PARTICIPLES = frozenset({"asked", "found", "its", "read", "told", "wanted"})
"""Words that stood for a dozen different things. As fields of data they say what was asked, or told, of that thing."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def names(tree: ast.AST, *, inside: bool = False) -> Iterator[tuple[int, str]]:
    """The parameters of functions, and what is assigned in them: line and name."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif inside and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        within = isinstance(node, FUNCTIONS) or (inside and not isinstance(node, ast.ClassDef))
        yield from names(node, inside=within)


def bare(text: str) -> list[tuple[int, str]]:
    """Those of the names that are bare participles."""
    return [each for each in names(ast.parse(text)) if each[1] in PARTICIPLES]


def test_no_function_calls_anything_by_a_bare_participle() -> None:
    """Tests run at the root of the repository. A migration is left as it was."""
    folders = [Path("src"), *Path("adapters").glob("*/src")]
    files = [path for folder in folders for path in folder.rglob("*.py") if "migrations" not in path.parts]
    assert {str(path): wrong for path in files if (wrong := bare(path.read_text("utf-8")))} == {}


def test_one_is_found_wherever_a_function_can_have_it() -> None:
    assert bare("def f(told): pass") == [(1, "told")]
    assert bare("def f():\n    for a, found in b: pass") == [(2, "found")]
    assert bare("def f():\n    return [read for read in b if (asked := read)]") == [(2, "read"), (2, "asked")]
    assert bare("def f():\n    g = lambda its: its") == [(2, "its")]
    assert bare("class Card:\n    told: tuple[str, ...] = ()") == []
