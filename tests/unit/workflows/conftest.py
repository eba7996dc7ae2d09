"""Worlds for the tests of what people do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.models import CaseInvolvement
from tests.support.councils import Start, council
from tests.support.world import World
from tests.support.world_fixtures import world

__all__ = ["world"]


@pytest.fixture
async def quarter(tmp_path: Path) -> AsyncIterator[World]:
    """The first quarter that qabot allocates. Cyrus is involved in the ten cases of Stratford.

    It is played from when the quarter's data is asked for, and from its eve; the days between come in one step.
    """
    world = await World.start(tmp_path, "2026-09-16 08:00")
    with world.nodes[0].store.transaction() as session:
        for number in range(1, 11):
            session.add(CaseInvolvement(case_id=number, person_id=world.ids["cyrus"]))
    await world.advance("2026-09-25 12:00")
    await world.jump("2026-09-30 12:00")
    await world.advance("2026-10-01 12:00")
    yield world
    world.close()


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts a council whose file adds these lines to Newham's."""
    return council(tmp_path)
