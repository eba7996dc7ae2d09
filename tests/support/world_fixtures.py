"""Fixtures: a small council at work, and a log that keeps quiet about what goes wrong on purpose."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A council with one node on a file."""
    made = await World.start(tmp_path)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    """What goes wrong on purpose here needs no traceback. `tests/conftest.py` takes it back."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
