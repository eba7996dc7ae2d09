"""Who works here: read anew by every process whenever it has changed."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from qabot.models import Person, Store
from qabot.models.migrate import upgrade
from qabot.workflows.core.situation import Situations, people_changed
from tests.support import small_council
from tests.support.world import newham


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store("sqlite://", inline=True)
    upgrade(made)
    yield made
    made.close()


def rename(session: Session, number: int, name: str) -> None:
    session.get_one(Person, number).name = name
    people_changed(session)


def test_what_was_seen_of_an_undone_change_is_forgotten(store: Store) -> None:
    with store.transaction() as session:
        ade = small_council.fill(session)["ade"]
    situations = Situations.of(newham())
    with store.transaction() as session:
        rename(session, ade, "Undone")
        assert situations.read(session).directory.people[ade].name == "Undone"
        session.rollback()
    with store.transaction() as session:
        rename(session, ade, "Kept")
    with store.transaction() as session:
        assert situations.read(session).directory.people[ade].name == "Kept"
