"""The small council on paper, and Newham's framework."""

import pytest
from sqlmodel import Session

from qabot.framework import Framework
from qabot.models import Store
from qabot.models.migrate import upgrade
from qabot.workflows.core.situation import read_directory
from tests.support import small_council
from tests.support.on_paper import Council
from tests.support.world import newham


@pytest.fixture(scope="session")
def council() -> Council:
    store = Store("sqlite://", inline=True)
    upgrade(store)
    with store.transaction() as session:
        ids = small_council.fill(session)
    with Session(store.engine) as session:
        return Council(read_directory(session), ids)


@pytest.fixture(scope="session")
def framework() -> Framework:
    return newham()
