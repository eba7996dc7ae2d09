"""docs/events.md lists every event that the code writes, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from qabot.models import DeadlineState

WRITERS = {"event", "record", "note_read"}
CLOSED = {state.value for state in DeadlineState if state is not DeadlineState.open}


def words(node: ast.expr) -> Iterator[str]:
    """The names that an argument can come to: a text, either of two, or a deadline's state after a dash."""
    match node:
        case ast.Constant(value=str(name)):
            yield name
        case ast.IfExp(body=one, orelse=other):
            yield from (*words(one), *words(other))
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), _]):
            yield from (f"{start}{state}" for state in CLOSED)
        case ast.Call(func=ast.Name(id="literal"), args=[inner, *_]):
            yield from words(inner)


def written(tree: ast.AST) -> Iterator[str]:
    """Calls of `unit.event(...)`, `event_of(deadline, ...)` and `Event(...)`, and rows of many events with a "what"."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[first, *_]) if name in WRITERS:
                yield from words(first)
            case ast.Call(func=ast.Attribute(attr="event_of"), args=[_, second, *_]):
                yield from words(second)
            case ast.Call(func=ast.Name(id="Event"), keywords=keywords):
                yield from (name for each in keywords if each.arg == "what" for name in words(each.value))
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "what":
                        yield from words(value)


def in_the_code() -> set[str]:
    sources = (*Path("src/qabot").rglob("*.py"), *Path("adapters").rglob("src/**/*.py"))
    return {name for path in sources for name in written(ast.parse(path.read_text("utf-8")))}


def in_the_docs() -> list[str]:
    return re.findall(r"^\| `([a-z-]+)` \|", Path("docs/events.md").read_text("utf-8"), re.MULTILINE)


def test_every_event_is_listed_once_and_no_other() -> None:
    listed = in_the_docs()
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == in_the_code()


def test_the_search_finds_what_it_should() -> None:
    found = in_the_code()
    assert {"sent", "held", "superseded", "deadline-met", "deadline-withdrawn", "late-answer", "answer-lost"} <= found
