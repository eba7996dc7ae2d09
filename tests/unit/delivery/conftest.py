"""Worlds for the tests of delivery: on SQLite, and (test_on_postgres.py) the same on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.world import World
from tests.support.world_fixtures import quiet_log, world

__all__ = ["quiet_log", "world"]


@pytest.fixture
async def two_nodes(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path, nodes=2)
    yield made
    made.close()
