"""A council that has had its first day and has RED reviews to tell of, made once and copied."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.databases import Database, PostgresDatabase, SqliteFile
from tests.faults.scene import Scene, scene
from tests.support import postgres
from tests.support.postgres_fixtures import WHY

REDS = 150
"""RED reviews that wait in each copy, so twice as many alerts."""


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def full_council(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database whose people are linked, and whose alerts were raised and not yet told."""
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack:
        database = _empty(request.param, folder, stack)
        asyncio.run(_fill(database, folder))
        yield database


def _empty(kind: str, folder: Path, stack: ExitStack) -> Database:
    if kind == "sqlite":
        return SqliteFile(folder)
    if not postgres.can_run():
        pytest.skip(WHY)
    server = stack.enter_context(postgres.running(stack.enter_context(postgres.own_folder())))
    return PostgresDatabase.new(server)


async def _fill(database: Database, folder: Path) -> None:
    async with scene(database, folder) as it:
        await it.raise_alerts(REDS)


@pytest.fixture
async def it(full_council: Database, tmp_path: Path) -> AsyncIterator[Scene]:
    """A copy of it, with fresh platforms, and no process yet."""
    copy = full_council.copy(tmp_path)
    async with scene(copy, tmp_path, fresh=False) as made:
        made.raised = REDS
        yield made
