"""Invented councils: Newham's, for tests that need many people, and those of very different files."""

from datetime import date
from functools import cache
from pathlib import Path

from qabot.demo import CouncilData, invented_council
from qabot.framework import Framework
from qabot.framework.loader import load

NEWHAM = Path(__file__).parents[2] / "frameworks" / "newham.yaml"
DATA = Path(__file__).parents[1] / "acceptance" / "data"
COUNCILS = (*sorted((DATA / "councils").glob("*.yaml")), DATA / "riverside.yaml")
"""Files of councils that share no role, no kind of work and no reference pattern."""


@cache
def framework_of(file: Path) -> Framework:
    """The rules of a file. By its whole path: a text is read once in a process by the name under which it is read."""
    return load(str(file.resolve()), [])


def newham_council(people: int = 60, seed: int = 1, *, today: date = date(2026, 11, 23)) -> CouncilData:
    """So many invented people who hold Newham's roles."""
    return invented_council(framework_of(NEWHAM), people, seed, today=today)
