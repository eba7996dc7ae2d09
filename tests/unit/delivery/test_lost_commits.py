"""A connection is lost as a transaction commits: nothing is lost, nothing is sent or done twice, whoever's it was."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from sqlalchemy.exc import DBAPIError

from qabot.adapter import Command
from qabot.workflows.core.patience import MAYBE_SAVED
from tests.support.patience import without_pauses
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.support.severing import Cut, Severing, between, severed_url
from tests.support.world import World

__all__ = ["between", "postgres_server", "postgres_url", "severed_url"]
pytestmark = pytest.mark.postgres
EITHER = pytest.mark.parametrize("where", list(Cut))
COMMITS = 12
"""Transactions of a round that plans, claims, begins, sends, records and redraws; some of them only read."""


@pytest.fixture
async def world(severed_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    without_pauses(monkeypatch)
    made = await World.start(url=severed_url)
    yield made
    made.close()


@EITHER
async def test_a_round_is_cut_off_at_each_of_its_commits(world: World, between: Severing, where: Cut) -> None:
    for passing in range(COMMITS):
        await world.submit(await world.audit("cyrus"), "red")
        between.cut(*[None] * passing, where)
        with suppress(DBAPIError):
            await world.tick()
        between.cut()
        await world.tick()
    assert between.cuts > COMMITS / 2
    alerts = world.notices(message="red-alert")
    assert {(each.state, each.possible_repeat) for each in alerts} == {("sent", False)}
    copies = Counter(each.token for each in world.chat.copies.values())
    assert {copies[each.token] for each in alerts} == {1}
    assert not world.events("late-answer")


@EITHER
async def test_what_somebody_does_is_done_once_and_answered_as_ever(
    world: World, between: Severing, where: Cut
) -> None:
    audit = await world.graded()
    token = world.card_about("mina", audit, "alert").token
    between.cut(where)
    await world.press_token("mina", "acknowledge", token)
    assert world.deadline("alert", audit, state="met").closed_by_id == world.ids["mina"]
    who = world.who("mina")
    between.cut(where)
    assert "/in/" in str(await world.nodes[0].desk.command(Command(who, "link")))
    assert len(world.events("link-made")) == 1
    assert between.cuts == 2


async def test_who_waited_in_vain_reads_that_it_may_have_been_saved(
    world: World, between: Severing, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit, store = await world.graded(), world.nodes[0].store
    token = world.card_about("mina", audit, "alert").token
    between.cut(Cut.answer)
    real, runs = store._do, []

    def once_and_then_away(*arguments: object) -> object:
        runs.append(arguments)
        if len(runs) > 1:
            raise DBAPIError("SELECT", {}, Exception("gone"), connection_invalidated=True)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "_do", once_and_then_away)
    assert MAYBE_SAVED in str(await world.press_token("mina", "acknowledge", token))
    assert len(runs) > 1
