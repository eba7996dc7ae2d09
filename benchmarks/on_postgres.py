"""A PostgreSQL server of a measurement's own, from the programs that the tests use too."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.support import postgres

__all__ = ["databases", "postgres"]

DURABLE = "-c fsync=on"
"""It waits for its disk at each commit, as a council's does."""


@contextmanager
def databases(*names: str) -> Iterator[list[str]]:
    """New databases on a durable server; their addresses. Raises `RuntimeError` where its programs are missing."""
    with postgres.own_folder() as folder, postgres.running(folder, DURABLE) as made:
        with psycopg.connect(f"{made.url}/postgres", autocommit=True) as connection:
            for name in names:
                connection.execute(f'CREATE DATABASE "{name}"')
        yield [f"{made.url}/{name}" for name in names]
