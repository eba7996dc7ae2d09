"""A copy that was brought back sends nothing that was sent since: it asks, and only alerts are repeated."""

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from qabot.messaging.card import plain_card
from qabot.models import Event, Meta, Notice, NoticeState, Person, Process, Store
from qabot.models.copies import load, save
from qabot.models.migrate import upgrade
from qabot.models.moved import mark_moved
from qabot.scheduler.standstill import KEY, brought_back, settle, stand_still
from qabot.scheduler.tick import Ticker
from qabot.workflows.cards.states import POSSIBLE_REPEAT
from tests.support.world import World, local


@pytest.fixture
async def lost(tmp_path: Path) -> AsyncIterator[World]:
    """A council with a red review, copied on Monday at 11:00; its service went on until Wednesday at noon."""
    world = await World.start(tmp_path, "2026-11-23 10:00")
    await world.audit("bea", due="2026-11-25")
    await world.graded()
    await world.advance("2026-11-23 11:00")
    save(world.nodes[0].store, tmp_path / "copy.db", world.clock.now())
    await world.advance("2026-11-25 12:00")
    yield world
    world.close()


async def bring_back(world: World, folder: Path) -> None:
    """The database is gone; the copy stands in a new one, and a service starts on it."""
    world.nodes[0].store.close()
    world.url = f"sqlite:///{folder}/new.db"
    with closing(Store(world.url, inline=True)) as store:
        upgrade(store)
        load(folder / "copy.db", store)
    world.restart()
    with world.nodes[0].store.transaction() as session:
        stand_still(world.nodes[0].desk.unit(session))


async def let_go(world: World, lost_at: datetime | None) -> tuple[int, int]:
    return await world.run(lambda unit: settle(unit, Ticker(), lost_at))


async def test_nothing_is_sent_or_redrawn_or_planned_before_somebody_has_answered(lost: World, tmp_path: Path) -> None:
    before = len(lost.chat.copies)
    await bring_back(lost, tmp_path)
    notices = len(lost.all(Notice))
    for _ in range(3):
        assert await lost.tick() == 0
    await lost.nodes[0].engine.redraw()
    assert (len(lost.chat.copies), len(lost.all(Notice))) == (before, notices)
    assert "brought back from a copy of 23 November 2026 at 11am" in lost.nodes[0].engine.standstill.why
    assert lost.nodes[0].engine.last_tick == lost.clock.now(), "the service itself is well"


async def test_what_was_due_while_the_old_one_worked_counts_as_sent_and_open_alerts_go_marked(
    lost: World, tmp_path: Path
) -> None:
    before = len(lost.chat.copies)
    await bring_back(lost, tmp_path)
    presumed, again = await let_go(lost, lost.clock.now())
    assert presumed > 0
    assert again > 0
    await lost.tick()
    sent = list(lost.chat.copies.values())[before:]
    assert sent, "an alert that nobody acknowledged is said again"
    assert all(POSSIBLE_REPEAT in plain_card(each.card) for each in sent)
    rows = {each.lane for each in lost.all(Notice, Notice.possible_repeat)}
    assert rows == {"alert"}
    await lost.advance("2026-11-27 18:00")
    days = [f"{each.sent_at:%d}" for each in lost.notices("dara", message="red-alert-escalated") if each.sent_at]
    assert days[-2:] == ["26", "27"], "and climbs on as before"


async def test_where_nothing_was_sent_since_all_of_it_goes_as_after_an_outage(lost: World, tmp_path: Path) -> None:
    before = len(lost.chat.copies)
    await bring_back(lost, tmp_path)
    assert await let_go(lost, None) == (0, 0)
    await lost.tick()
    sent = list(lost.chat.copies.values())[before:]
    assert sent
    assert not any(POSSIBLE_REPEAT in plain_card(each.card) for each in sent)


async def test_what_was_on_its_way_when_the_copy_was_made_waits_and_says_that_it_may_have_arrived(
    lost: World, tmp_path: Path
) -> None:
    await bring_back(lost, tmp_path)
    with lost.nodes[0].store.transaction() as session:
        begun, claimed = session.exec(select(Notice).where(Notice.lane == "alert")).all()[:2]
        begun.state, claimed.state = NoticeState.begun, NoticeState.claimed
        begun.owner = claimed.owner = "gone"
        session.add_all([begun, claimed, Process(id="gone", host="h", pid=1, started_at=local("2026-11-23 10:00"))])
        numbers = begun.id, claimed.id
    with lost.nodes[0].store.transaction() as session:
        stand_still(lost.nodes[0].desk.unit(session))
    with lost.nodes[0].store.transaction() as session:
        rows = [session.get_one(Notice, each) for each in numbers]
        assert [(each.state, each.owner, each.possible_repeat) for each in rows] == [
            ("planned", None, True),
            ("planned", None, False),
        ]
        assert session.exec(select(Process)).all() == []


async def test_a_copy_of_another_tool_says_its_age_by_its_newest_line(lost: World) -> None:
    with lost.nodes[0].store.transaction() as session:
        unit = lost.nodes[0].desk.unit(session)
        found = stand_still(unit)
        assert found.copied <= found.at == unit.now
        assert brought_back(session) == found
        assert session.get(Meta, KEY) is not None


async def test_what_was_brought_back_and_never_said_so_stands_still_too(lost: World, tmp_path: Path) -> None:
    """The copy's file was put where the database stood, or the command that brought it was killed before its end."""
    before = len(lost.chat.copies)
    lost.nodes[0].store.close()
    lost.url = f"sqlite:///{tmp_path}/copy.db"
    lost.restart()
    assert await lost.tick() == 0
    assert len(lost.chat.copies) == before
    assert "brought back from a copy of 23 November 2026 at 11am" in lost.nodes[0].engine.standstill.why
    presumed, again = await let_go(lost, lost.clock.now())
    assert presumed > 0
    assert again > 0
    await lost.tick()
    assert {each.lane for each in lost.all(Notice, Notice.possible_repeat)} == {"alert"}
    kinds = [each.what for each in lost.all(Event)]
    assert ("copy-brought-back" in kinds, "copy-let-go" in kinds) == (True, True)
    assert {each.signed_out_at for each in lost.all(Person)} == {lost.clock.now()}, "who was signed out since stays so"


async def test_whoever_signs_in_while_it_waits_stays_so_when_it_goes_on(lost: World, tmp_path: Path) -> None:
    await bring_back(lost, tmp_path)
    then = lost.clock.now()
    assert {each.signed_out_at for each in lost.all(Person)} == {then}
    await lost.advance("2026-11-25 13:00")
    await let_go(lost, None)
    assert {each.signed_out_at for each in lost.all(Person)} == {then}


async def test_rows_that_were_loaded_say_so_before_anything_else_does(lost: World, tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/new.db", inline=True)) as store:
        upgrade(store)
        load(tmp_path / "copy.db", store)
        with store.transaction() as session:
            assert brought_back(session) is not None


async def test_a_service_that_started_while_its_database_was_moved_sends_nothing(tmp_path: Path) -> None:
    """It looked whether that was so before it was: of two databases each would send everything."""
    world = await World.start(tmp_path, "2026-11-23 10:00")
    await world.audit("bea")
    late = world.boot()
    with world.nodes[0].store.transaction() as session:
        mark_moved(session, "postgresql://db.council.example/qabot", world.clock.now())
    before = len(world.chat.copies)
    world.clock.set(world.later("2 working days"))
    assert await late.engine.cycle() == 0
    assert len(world.chat.copies) == before
    assert late.engine.standstill.why == (
        "This database was moved to postgresql://db.council.example/qabot on 2026-11-23, and is used no more."
    )
    world.close()
