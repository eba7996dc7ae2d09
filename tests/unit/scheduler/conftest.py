"""A world whose database works in threads of its own, as the service's does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.world import World
from tests.support.world_fixtures import quiet_log

__all__ = ["quiet_log"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path, inline=False)
    yield made
    made.close()
