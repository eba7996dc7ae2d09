"""A database to migrate: on SQLite, and on PostgreSQL where its programs are installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from qabot.models import Store
from tests.support.masters import Masters
from tests.support.postgres_fixtures import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/qabot.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made = Store(url, inline=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Masters:
    """What a file's tests begin with, made once for all of them."""
    return Masters(tmp_path_factory.mktemp("masters"))
