"""Worlds for the tests of delivery: on SQLite, and (test_on_postgres.py) the same on PostgreSQL."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.support.world import World


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """What goes wrong on purpose here needs no traceback."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path)
    yield made
    made.close()


@pytest.fixture
async def two_nodes(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path, nodes=2)
    yield made
    made.close()
