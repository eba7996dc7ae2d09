"""The scaled engine: jobs come with the notices or not at all, workers drain them, and what is lost is swept up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from qabot.adapter import Rate
from qabot.delivery import shared_pace
from qabot.delivery.outlets import Outlets
from qabot.delivery.shards import SHARDS, Shard, named
from qabot.delivery.shared_pace import Wish
from qabot.models import Store
from qabot.scheduler.jobs import Jobs, are_there, drop_tables, make_tables
from qabot.scheduler.ways import ALONE, ByWorkers
from qabot.scheduler.worker import Worker
from tests.support import pooler
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.waiting import until
from tests.support.world import World

__all__ = ["postgres_server", "postgres_url"]

pytestmark = pytest.mark.postgres


@pytest.fixture
async def world(postgres_url: str) -> AsyncIterator[World]:
    """A council whose one service has workers send; none is there yet."""
    async for made in council(postgres_url):
        yield made


async def council(url: str) -> AsyncIterator[World]:
    made = await World.start(url=url, inline=False)
    node = made.nodes[0]
    make_tables(node.store)
    jobs = Jobs(node.store, made.clock.now)
    jobs.join_transactions()
    node.engine.way = ByWorkers(node.desk, node.engine.outlets, jobs.sweep)
    yield made
    made.close()


def queued(world: World) -> list[str]:
    """The locks of the jobs that wait."""
    with world.nodes[0].store.transaction() as session:
        return list(session.execute(text("SELECT lock FROM procrastinate_jobs ORDER BY id")).scalars())


@pytest.fixture
async def pooled_world(postgres_server: str, postgres_url: str) -> AsyncIterator[World]:
    """The same, where every connection of services and workers goes through pgbouncer in transaction mode."""
    if pooler.PROGRAM is None:
        pytest.skip(pooler.WHY)
    with pooler.pooled(postgres_server) as address:
        async for made in council(f"{address}/{postgres_url.rpartition('/')[2]}"):
            yield made


@asynccontextmanager
async def worker(world: World) -> AsyncIterator[Worker]:
    """A worker at work in a store of its own."""
    node = world.boot()
    outlets = Outlets(node.engine.outlets.adapters, node.engine.outlets.order)
    made = Worker(node.desk, outlets, Jobs(node.store, world.clock.now), world.url)
    running = asyncio.create_task(made.run())
    yield made
    made.end_soon()
    await running


async def test_what_is_planned_and_its_jobs_commit_together_and_a_worker_sends_it(world: World) -> None:
    before = len(world.chat.copies)
    await world.submit(await world.audit("cyrus"), "red")
    await world.tick()
    assert "drain:alerts" in queued(world)
    assert len(queued(world)) == len(set(queued(world)))
    assert len(world.chat.copies) == before, "a service with workers has sent by itself"
    async with worker(world):
        await until(lambda: len(world.chat.copies) >= before + 2)
        await until(lambda: not queued(world))
    assert not [each for each in world.notices(lane="alert") if each.state != "sent"]


async def test_where_no_worker_comes_the_service_sends_by_itself(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await world.submit(audit, "red")
    await world.tick()
    assert {each.state for each in world.notices(message="red-alert")} == {"planned"}
    world.clock.set(world.clock.now() + ALONE)
    await world.tick()
    assert {each.state for each in world.notices(message="red-alert")} == {"sent"}
    await world.press("mina", "acknowledge", audit, kind="alert")
    assert any(each.wanted > each.drawn for each in world.notices("hanif", message="red-alert"))
    await world.tick()
    assert not [each for each in world.notices(message="red-alert") if each.wanted > each.drawn], "copies follow too"


async def test_through_a_pooler_all_of_it_works_as_without(pooled_world: World) -> None:
    with pooled_world.nodes[0].store.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        assert raw.prepare_threshold is None, "what is prepared is unknown on the pooler's next connection"
    before = len(pooled_world.chat.copies)
    for each in ("cyrus", "dinah"):
        await pooled_world.submit(await pooled_world.audit(each), "red")
    await pooled_world.tick()
    async with worker(pooled_world):
        await until(lambda: len(pooled_world.chat.copies) >= before + 4)
        await until(lambda: not queued(pooled_world))


async def test_a_transaction_that_is_undone_leaves_no_job_and_a_clash_undoes_nothing(world: World) -> None:
    await world.submit(await world.audit("cyrus"), "red")
    store, jobs = world.nodes[0].store, Jobs(world.nodes[0].store, world.clock.now)
    await world.tick()
    first = queued(world)

    def again(session: Session) -> None:
        session.execute(text("INSERT INTO meta VALUES ('kept', 'yes')"))
        assert not jobs._defer(session, "drain", Shard()), "its twin waits already"

    await store.run(again)
    assert queued(world) == first
    with store.transaction() as session:
        assert session.execute(text("SELECT value FROM meta WHERE key = 'kept'")).scalar_one() == "yes"
        session.execute(text("DELETE FROM procrastinate_jobs"))
    with Session(store.engine) as session:
        assert jobs.sweep(session)
        session.rollback()
    assert queued(world) == []
    await store.run(jobs.sweep)
    assert sorted(queued(world)) == sorted(first), "the sweep defers what was lost"


async def test_the_jobs_tables_come_and_go(world: World) -> None:
    store = world.nodes[0].store
    make_tables(store)
    drop_tables(store)
    with store.engine.connect() as connection:
        assert not are_there(connection)
        left = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'procrastinate%'"
        assert connection.execute(text(left)).scalar_one() == 0
    make_tables(store)
    with store.engine.connect() as connection:
        assert are_there(connection)


def test_the_pace_of_a_workspace_is_one_for_all_workers(postgres_url: str) -> None:
    stores = [Store(postgres_url, inline=True) for _ in range(2)]
    from qabot.models.migrate import upgrade

    upgrade(stores[0])
    rate = Rate(everybody=((3, 3600.0),), conversation=((1, 3600.0),))

    def admitted(store: Store, *conversations: str) -> list[bool]:
        with store.transaction() as session:
            waits = shared_pace.admit(session, [Wish("slack", each, rate, "due") for each in conversations])
        return [wait == 0 for wait in waits]

    assert admitted(stores[0], "a", "b") == [True, True]
    assert admitted(stores[1], "a", "c", "d") == [False, True, False], "once a conversation, three in all"
    with stores[1].transaction() as session:
        shared_pace.wait_for(session, "teams", "e", 3600)
        assert shared_pace.admit(session, [Wish("teams", "e", Rate(conversation=((9, 1.0),)), "due")])[0] > 0
    for store in stores:
        store.close()


def test_everybody_is_in_one_shard() -> None:
    assert [named(Shard(each).name) for each in range(SHARDS)] == [Shard(each) for each in range(SHARDS)]
    assert named(Shard().name) == Shard()
