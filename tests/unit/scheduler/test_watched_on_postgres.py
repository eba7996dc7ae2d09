"""On PostgreSQL the watcher finds, and Prometheus is given, what they are on SQLite, of the same council at work."""

from datetime import timedelta
from pathlib import Path

import pytest

from qabot.models import Deadline, Notice, NoticeState, Process
from qabot.scheduler.watching.findings import Finding
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.world import World
from tests.unit.scheduler.test_gauges import Numbers, of_all
from tests.unit.scheduler.test_watcher import change, watcher

__all__ = ["postgres_server", "postgres_url"]
pytestmark = pytest.mark.postgres


async def of_a_council_at_work(world: World) -> tuple[Numbers, list[Finding], Numbers]:
    """The numbers, what two looks find once something of each kind is wrong, and the numbers after the repairs."""
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    await world.graded("red", "rowan")
    await world.forward("3 working days")
    before = of_all(world, chats=[])
    hour_ago = world.clock.now() - timedelta(hours=1)
    first, second, third, fourth, *_ = world.notices(adapter="chat", state="sent")
    change(world, Notice, first.id, state=NoticeState.planned, not_before=hour_ago)
    change(world, Notice, second.id, state=NoticeState.claimed, owner="nobody")
    change(world, Notice, third.id, wanted=third.drawn + 1, redraw_at=hour_ago)
    change(world, Notice, fourth.id, state=NoticeState.failed, closed_at=hour_ago)
    change(world, Deadline, world.deadline("audit", await world.audit("cyrus")).id, next_at=hour_ago)
    with world.nodes[0].store.transaction() as session:
        session.add(Process(id="dead", host="there", pid=1, beats=7, started_at=hour_ago))
    looking = watcher(world)
    looking.scaled = True
    found = [*await looking.look(), *await looking.look()]
    return before, found, of_all(world, chats=[])


async def test_the_same_is_found_and_counted_on_both_databases(tmp_path: Path, postgres_url: str) -> None:
    on_sqlite, on_postgres = await World.start(tmp_path), await World.start(url=postgres_url)
    expected, found = await of_a_council_at_work(on_sqlite), await of_a_council_at_work(on_postgres)
    assert found == expected
    assert {each.kind for each in found[1]} >= {
        "deadlines-overdue",
        "notices-failed",
        "notices-orphaned",
        "notices-overdue",
        "process-dead",
        "redraws-lost",
        "workers-missing",
    }
    assert len(found[0]) > 20
    for world in (on_sqlite, on_postgres):
        world.close()
