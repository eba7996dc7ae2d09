"""What is tried again after a lost connection is done once, whether the server had committed it or not."""

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from qabot.errors import DatabaseAway
from qabot.models import Store
from qabot.models.once import Once
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.severing import Cut, Severing, between, severed_url
from tests.support.waiting import within

__all__ = ["between", "postgres_server", "postgres_url", "severed_url"]
pytestmark = pytest.mark.postgres


async def attempt(once: Once[int]) -> int:
    """Its result, once the server has seen that the connection is gone: until then nobody knows what became of it."""
    while True:
        with suppress(DatabaseAway):
            return await once.attempt()


@pytest.mark.parametrize("where", list(Cut))
async def test_what_was_kept_is_not_done_again_and_what_was_not_is(
    severed_url: str, between: Severing, where: Cut
) -> None:
    store, tries = Store(severed_url), list[int]()
    await store.run(lambda session: session.execute(text("CREATE TABLE kept (number int)")))

    def work(session: Session) -> int:
        tries.append(len(tries) + 1)
        session.execute(text("INSERT INTO kept VALUES (:number)"), {"number": tries[-1]})
        return tries[-1]

    between.cut(where)
    once = store.once(work)
    with pytest.raises(DBAPIError):
        await once.attempt()
    assert once.in_doubt
    result = await within(attempt(once))
    kept = await store.run(lambda session: session.execute(text("SELECT number FROM kept")).scalars().all())
    assert between.cuts == 1
    assert kept == [result] == [1 if where is Cut.answer else 2]
    assert not once.in_doubt
    store.close()


async def test_a_server_that_never_heard_of_it_has_not_kept_it(postgres_url: str) -> None:
    """As after a change to a server that was a little behind."""
    store = Store(postgres_url)
    now = await store.run(lambda session: session.execute(text("SELECT CAST(pg_current_xact_id() AS text)")).scalar())
    once = store.once(lambda session: session.execute(text("SELECT 7")).scalar_one())
    once._number = str(int(now or 0) + 1000)
    assert await once.attempt() == 7
    store.close()


async def test_what_only_reads_is_never_in_doubt(severed_url: str, between: Severing) -> None:
    store = Store(severed_url)
    once = store.once(lambda session: session.execute(text("SELECT 7")).scalar_one())
    await store.run(lambda session: None)
    between.cut(Cut.answer)
    with pytest.raises(DBAPIError):
        await once.attempt()
    assert not once.in_doubt
    assert await once.attempt() == 7
    store.close()
