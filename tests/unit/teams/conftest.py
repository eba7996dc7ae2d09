"""A started adapter between a strict connector and people's clients."""

from collections.abc import AsyncIterator

import pytest

from tests.support.teams.connector import Person
from tests.support.teams.world import World, world


@pytest.fixture
async def teams() -> AsyncIterator[World]:
    async with world() as made:
        yield made


@pytest.fixture
async def priya(teams: World) -> Person:
    """Has installed the app; its welcome is out of the way."""
    person = teams.connector.add("Priya Raman")
    await teams.clients.install(person)
    teams.connector.of(person).clear()
    return person
