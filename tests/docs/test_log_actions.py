"""Each line of the console's log has an action; all are in one style, and docs/log.md lists them and no others."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from qabot.cli.logs import LIBRARY
from qabot.delivery.supervisor import Standing

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
STYLE = re.compile(r"[a-z]+(-[a-z]+)*-([a-z]+(ed|en|ing)|away|back|ambiguous|unread|unknown)")
"""A thing, and what became of it."""
KINDS = {
    "chat-": [each.value for each in Standing if each not in (Standing.running, Standing.starting)],
    "clock-": ["jumped", "believed", "returned"],
}
"""How an action ends that is put together."""


def sources() -> list[Path]:
    return [*Path("src/qabot").rglob("*.py"), *Path("adapters").rglob("src/**/*.py")]


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of the log: of a method of it, or of one that was kept as `write`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level)) if level in LEVELS:
                yield node
            case ast.Call(func=ast.Name(id="write"), keywords=words) if "action" in {each.arg for each in words}:
                yield node


def actions(call: ast.Call) -> list[str]:
    [action] = [each.value for each in call.keywords if each.arg == "action"]
    match action:
        case ast.Constant(value=str(name)):
            return [name]
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), _]):
            return [f"{start}{each}" for each in KINDS[start]]
    raise AssertionError(f"line {call.lineno}: an action that cannot be read: {ast.unparse(action)}")


def in_the_code() -> set[str]:
    return {name for path in sources() for call in calls(ast.parse(path.read_text("utf-8"))) for name in actions(call)}


def in_the_docs() -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", Path("docs/log.md").read_text("utf-8"), re.MULTILINE)


def test_every_line_has_an_action() -> None:
    for path in sources():
        for call in calls(ast.parse(path.read_text("utf-8"))):
            assert "action" in {each.arg for each in call.keywords}, f"{path}:{call.lineno}"


def test_all_are_in_one_style() -> None:
    assert [each for each in in_the_code() if not STYLE.fullmatch(each)] == []


def test_each_is_listed_once_and_no_other() -> None:
    listed = in_the_docs()
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == {*in_the_code(), LIBRARY}


def test_the_search_finds_what_it_should() -> None:
    assert {"clock-jumped", "chat-refused", "slack-request-refused", "teams-keys-failed"} <= in_the_code()
