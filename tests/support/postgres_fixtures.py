"""Fixtures: one server for the whole run, a database of its own for each test."""

from collections.abc import Iterator
from itertools import count

import psycopg
import pytest

from tests.support import postgres

NUMBERS = count(1)
WHY = "PostgreSQL's server programs are not installed here, so nothing was tested on it"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The server's address. Skips, loudly, where there is none."""
    if not postgres.can_run():
        pytest.skip(WHY)
    with postgres.server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty database."""
    name = f"test_{next(NUMBERS)}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{postgres_server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
