"""Frameworks that tests write, change and load."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qabot.framework import Framework, load

SHIPPED = Path("frameworks")
"""Tests run at the root of the repository."""

Write = Callable[[str, str], Path]
Broken = Callable[[str, str], tuple[Framework, int]]


@pytest.fixture(scope="session")
def newham() -> Framework:
    """The framework that ships."""
    return load("newham", [SHIPPED])


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a framework file into the council's own folder."""

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, "utf-8")
        return path

    return write_file


@pytest.fixture
def broken(write: Write) -> Broken:
    """Newham's file with one text changed: the framework, and the line on which the change begins."""

    def break_file(old: str, new: str) -> tuple[Framework, int]:
        text = (SHIPPED / "newham.yaml").read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        line = text[: text.index(old)].count("\n") + 1
        return load(write("broken", text.replace(old, new)), []), line

    return break_file
