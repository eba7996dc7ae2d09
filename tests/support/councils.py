"""Councils that are invented: Newham's file with lines of their own. The rules that they cite are invented too."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from sqlmodel import col

from qabot.framework.lint import lint
from qabot.framework.loader import load
from qabot.models import Audit, Deadline
from tests.support.world import MONDAY, World

RULES = """
extends: newham
rules:
  ABC-DDL-1: {text: A rule of another council., source: invented}
  ABC-DDL-2: {text: Another one., source: invented}
  ABC-DDL-3: {text: A third one., source: invented}
"""
Start = Callable[[str], Coroutine[Any, Any, World]]


def council(folder: Path, at: str = MONDAY) -> Start:
    """Starts a council whose file adds these lines to Newham's."""

    async def begin(text: str) -> World:
        path = folder / "council.yaml"
        path.write_text(f"{RULES}{text}", "utf-8")
        framework = load(path, [Path("frameworks")])
        assert [str(each) for each in lint(framework)] == []
        return await World.start(folder, at, framework=framework)

    return begin


def kinds(world: World, state: str = "open") -> list[str]:
    """What is open, or is in another state."""
    return [each.kind for each in world.all(Deadline, col(Deadline.state) == state)]


async def answer(world: World, person: str, kind: str, audit: Audit, **values: Any) -> Any:
    """Answer a duty: its button, or its form."""
    token = world.deadline(kind, audit).token
    if values:
        return await world.send_form(person, "answer", token, **values)
    return await world.press_token(person, "answer", token)
