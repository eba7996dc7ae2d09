"""Whatever stands in a framework file, it loads or every problem is a sentence with a place: nothing else happens."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qabot.errors import BadFile, Problem
from qabot.framework import lint, load
from qabot.framework.source import read

SHIPPED = Path("frameworks/newham.yaml").resolve()
TEXT = SHIPPED.read_text("utf-8")
TREE = read(SHIPPED)
PATHS = [path for path, _ in TREE.places() if path]
WORDS = st.sampled_from(
    ["", "owner", "due - 7 days", "raised", "NEW-REM-1", "red", "month", "[", "09:00", "\u0000", "é"]
)
SCALARS = st.none() | st.booleans() | st.integers(-5, 10**12) | st.floats(allow_nan=False) | WORDS | st.text(max_size=8)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3))
CAREFUL = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=90, deadline=None)


def problems(path: Path) -> list[Problem]:
    try:
        return lint(load(path, [path.parent]))
    except BadFile as error:
        return error.problems


@CAREFUL
@given(where=st.sampled_from(PATHS), value=VALUES)
def test_any_value_anywhere_is_taken_or_told(tmp_path: Path, where: tuple[str | int, ...], value: Any) -> None:
    whole = json.loads(json.dumps(TREE.plain(), default=str))
    inner = whole
    for part in where[:-1]:
        inner = inner[part]
    inner[where[-1]] = value
    path = tmp_path / "changed.yaml"
    path.write_text(json.dumps(whole), "utf-8")
    for problem in problems(path):
        assert not re.search(r"Input should|Field required|Extra inputs|valid (string|integer)", problem.what)
        assert problem.file == str(path)


@CAREFUL
@given(at=st.integers(0, len(TEXT)), gone=st.integers(0, 40), new=st.text(max_size=5))
def test_any_slip_of_the_pen_is_taken_or_told(tmp_path: Path, at: int, gone: int, new: str) -> None:
    path = tmp_path / "slip.yaml"
    path.write_text(TEXT[:at] + new + TEXT[at + gone :], "utf-8")
    assert all(problem.what for problem in problems(path))


@pytest.mark.parametrize(
    "text", ["[" * 5000, "a: " + "{b: " * 5000, "a: &x [*x]", "\x00", "a: \ud800".encode("utf-8", "ignore").decode()]
)
def test_hostile_files_are_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_text(text, "utf-8")
    assert problems(path)
