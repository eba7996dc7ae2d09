"""Planning and delivery on PostgreSQL: one code path for both databases, with two nodes that really race."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import text
from sqlmodel import Session

from qabot.adapter import DirectoryEntry
from qabot.delivery.digests import gather
from qabot.delivery.processes import Holder, join
from qabot.framework import load, require
from qabot.messaging.card import plain_card
from qabot.models import Audit, Cycle, Draw, Event, Notice, Process
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import accounts, reach
from qabot.workflows.programme import cycles
from tests.support.faulty import Fault
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.waiting import wait_until
from tests.support.world import ACTIVITY, Node, World, local

__all__ = ["postgres_server", "postgres_url"]

Done = TypeVar("Done")

pytestmark = pytest.mark.postgres


@pytest.fixture
async def world(postgres_url: str) -> AsyncIterator[World]:
    made = await World.start(url=postgres_url, nodes=2, inline=False)
    yield made
    made.close()


def copies(world: World) -> Counter[str]:
    return Counter(each.token for each in world.chat.copies.values())


async def both_tick(world: World) -> None:
    """Both nodes at once. A node that loses a race for the same row fails its round and makes it up in the next."""
    await asyncio.gather(world.tick(0), world.tick(1), return_exceptions=True)


async def test_a_process_that_claims_and_beats_at_once_is_known_once(world: World) -> None:
    node, holder, joined = world.nodes[0], Holder(host="", pid=1), threading.Event()

    def claim(session: Session) -> None:
        join(node.desk.unit(session), holder)
        joined.set()
        wait_until(lambda: _waits(session), "the other one")

    claiming = asyncio.create_task(node.store.run(claim))
    await asyncio.to_thread(joined.wait)
    await node.store.run(lambda session: join(node.desk.unit(session), holder))
    await claiming
    assert len(world.all(Process, Process.id == holder.id)) == 1


def _waits(session: Session) -> bool:
    """Whether another transaction waits for what this one has written."""
    return bool(session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


async def test_a_red_review_from_alert_to_acknowledgement(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.forward("4 working hours")
    assert [each for each in world.messages("mina") if "alert" in each] == ["red-alert", "red-alert-again"]
    await world.acknowledge("mina", audit)
    await world.tick()
    alerts = [each for each in world.chat.copies.values() if each.first.lane == "alert"]
    assert all("Acknowledged by Mina Sharpe" in plain_card(each.card) for each in alerts)
    assert "acknowledge" not in {button.action for each in alerts for button in each.card.all_buttons()}
    still_asking = [each.person_id for each in alerts if not each.card.done]
    assert sorted(still_asking) == sorted(world.ids[each] for each in ("mina", "hanif")), "each owes what follows, once"
    told = len(world.notices(lane="alert"))
    await world.forward("3 working days")
    assert len(world.notices(lane="alert")) == told


async def test_two_nodes_at_once_plan_and_send_each_step_once(world: World) -> None:
    for number in range(12):
        audit = await world.audit("cyrus" if number % 2 else "dinah")
        await world.submit(audit, "red" if number % 3 else "green")
    for _ in range(3):
        await both_tick(world)
    await world.jump("2026-11-24 09:30")
    for _ in range(3):
        await both_tick(world)
    await world.tick()
    slots = Counter(
        (each.deadline_id, each.step, each.recipient_id, each.slot) for each in world.notices() if each.step
    )
    assert set(slots.values()) == {1}
    assert set(copies(world).values()) == {1}
    assert {each.state for each in world.notices() if each.not_before <= world.clock.now()} <= {"sent", "superseded"}


async def test_a_digest_goes_once_to_each_person_whoever_gathers_it(world: World) -> None:
    for auditor in ("cyrus", "dinah", "bea", "ade"):
        await world.audit(auditor, team="east")
    world.clock.set(world.later("1 day"))
    for _ in range(3):
        await both_tick(world)
    await world.tick()
    people = Counter(each.person_id for each in world.chat.copies.values())
    assert {people[world.ids[each]] for each in ("cyrus", "dinah", "bea", "ade")} == {1}


async def test_lost_answers(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.fail(Fault.lost_after, Fault.busy)
    await world.tick()
    await world.forward("5 minutes")
    assert {each.state for each in world.notices(message="red-alert")} == {"sent"}
    assert sorted(copies(world).values()) == [1, 2]


async def test_after_an_outage_the_latest_step_alone(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.jump("2026-12-02 14:00")
    assert len([each for each in world.notices("dara", lane="alert") if each.state == "sent"]) == 1
    assert world.messages("mina") == ["red-alert-again", "past-date"], "the date of the meeting is past"


async def at_once(world: World, work: Callable[[Unit], Done]) -> list[Done]:
    """Both nodes do the same; the first one's transaction is open until the other has done its work or waits for it."""
    first_is_done, second_is_done = threading.Event(), threading.Event()
    second: list[int] = []

    def one(unit: Unit) -> Done:
        done = work(unit)
        unit.session.flush()
        first_is_done.set()
        wait_until(lambda: second_is_done.is_set() or (bool(second) and waits(second[0])), "the second node's work")
        return done

    def other(unit: Unit) -> Done:
        first_is_done.wait()
        second.append(unit.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        try:
            done = work(unit)
            unit.session.flush()
        finally:
            second_is_done.set()
        return done

    def waits(backend: int) -> bool:
        """Whether a connection waits for a lock."""
        with world.nodes[0].store.engine.connect() as connection:
            asked = text("SELECT wait_event_type FROM pg_stat_activity WHERE pid = :backend")
            return connection.execute(asked, {"backend": backend}).scalar() == "Lock"

    return list(await asyncio.gather(world.run(one, 0), world.run(other, 1)))


async def test_two_nodes_that_gather_at_once_make_one_digest(world: World) -> None:
    await world.audit("cyrus")
    world.clock.set(local("2027-01-04 10:00"))
    await at_once(world, gather)
    assert len([each for each in world.all(Notice) if each.message == "digest" and ":2027-01-04" in each.key]) == 1


async def test_two_nodes_that_run_the_programme_at_once_open_each_cycle_once(world: World) -> None:
    world.clock.set(local("2027-01-04 10:00"))
    assert sorted(await at_once(world, cycles.run)) == [False, True]
    opened = [each.activity for each in world.all(Cycle) if each.opened_at and each.starts_on.year == 2027]
    assert sorted(opened) == sorted(world.framework.activities)
    drawn = [each.purpose for each in world.all(Draw)]
    assert "allocation:practice-learning-review:2027-01-01" in drawn
    assert len(drawn) == len(set(drawn))


async def test_links_are_read_kept_and_asked_about(world: World) -> None:
    old, new = DirectoryEntry("U-mina", "mina@council.example"), DirectoryEntry("U-again", "mina@council.example")
    await world.run(lambda unit: accounts.meet(unit, "chat", [old, new], whole=True))
    (asked,) = await world.run(lambda unit: reach.questions(unit.session, ["chat"]))
    assert (asked.linked, asked.other) == ("U-mina", "U-again")
    await world.run(lambda unit: accounts.decide(unit, "chat", world.ids["mina"], "U-again"))
    await world.run(lambda unit: accounts.leave(unit, "chat", "U-again", "No."))
    assert await world.run(lambda unit: reach.newcomers(unit.session, "teams")) != []
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.run(lambda unit: world.nodes[0].engine.ticker.plan_due(unit))
    now = world.clock.now()
    sought = await world.run(lambda unit: reach.recipients(unit.session, "chat", ["chat"], now))
    assert [each.refused for each in sought if each.person_id == world.ids["mina"]] == ["U-again"]


async def test_each_day_of_the_whole_programme_is_done_by_one_of_two_nodes(postgres_url: str) -> None:
    """Everything that Newham's whole file gives in five weeks: work by lot and in turn, samples, meetings."""
    framework = require(load(Path("frameworks/newham-whole.yaml"), [Path("frameworks")]))
    world = await World.start(url=postgres_url, nodes=2, inline=False, framework=framework, at="2026-09-28 06:00")
    for _ in range(35):
        world.clock.set(world.later("1 day"))
        rounds = [node.store.run(partial(day_of, node)) for node in world.nodes]
        assert sorted(await asyncio.gather(*rounds)) == [False, True]
    assert {each.activity for each in world.all(Audit)} >= {ACTIVITY, "dip-sample", "family-first-review"}
    assert [each.what for each in world.all(Event) if each.what.endswith("failed")] == []
    world.close()


def day_of(node: Node, session: Session) -> bool:
    """Whether this node did today's part of the programme."""
    return cycles.run(node.desk.unit(session))
