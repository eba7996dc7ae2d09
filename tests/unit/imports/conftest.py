"""A database, Newham's framework, and a way to write a small file."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel

from qabot.errors import BadFile, Problem
from qabot.framework import Framework
from qabot.framework.loader import load
from qabot.models import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FRAMEWORKS = Path(__file__).parents[3] / "frameworks"

Write = Callable[[str], Path]


@pytest.fixture(scope="session")
def newham() -> Framework:
    return load("newham", [FRAMEWORKS])


@pytest.fixture
def session() -> Iterator[Session]:
    store = Store("sqlite://", inline=True)
    SQLModel.metadata.create_all(store.engine)
    with store.transaction() as session:
        yield session
    store.close()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "file.csv"
        path.write_text(text, "utf-8")
        return path

    return written


def problems(does: Callable[[], object]) -> list[tuple[int, int, str, str]]:
    """What a call finds wrong: (line, column, heading, what)."""
    with pytest.raises(BadFile) as caught:
        does()
    return [placed(problem) for problem in caught.value.problems]


def placed(problem: Problem) -> tuple[int, int, str, str]:
    return problem.line, problem.column, problem.where, problem.what
