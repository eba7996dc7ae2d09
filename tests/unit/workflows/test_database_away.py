"""What somebody does while the database is away is done when it is there, or they are told that it was not saved."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from qabot.adapter import Command, DirectoryEntry, Say, ShowCard
from qabot.errors import DatabaseAway
from qabot.models.turns import GUEST, Guest
from qabot.workflows.core.patience import NOT_SAVED, PATIENCE
from tests.support.patience import without_pauses
from tests.support.world import World

T = TypeVar("T")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return without_pauses(monkeypatch)


def away(world: World, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The next transactions end as they do when the database is locked."""
    store, left = world.nodes[0].store, [times]
    run = store.run

    async def failing(work: Callable[[Session], T], *, act: bool = False) -> T:
        if left[0]:
            left[0] -= 1
            raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))
        return await run(work, act=act)

    monkeypatch.setattr(store, "run", failing)


async def test_a_press_is_done_when_the_database_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    audit = await world.graded()
    away(world, monkeypatch, 4)
    await world.acknowledge("mina", audit)
    assert world.deadline("alert", audit, state="met").closed_by_id == world.ids["mina"]
    assert pauses == [1.0, 2.0, 4.0, 8.0]


async def test_who_waited_in_vain_reads_that_it_was_not_saved(
    world: World, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    await world.graded()
    away(world, monkeypatch, 1000)
    assert await world.nodes[0].desk.command(Command(world.who("mina"), "mine")) == Say(NOT_SAVED, failed=True)
    assert sum(pauses) <= PATIENCE


async def test_whoever_is_met_is_met_when_the_database_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    away(world, monkeypatch, 2)
    assert await world.nodes[0].desk.person_by_account("chat", "U-mina") == world.ids["mina"]
    assert isinstance(await world.nodes[0].desk.command(Command(world.who("mina"), "mine")), ShowCard)


async def test_who_looks_at_a_page_is_told_in_a_moment(
    world: World, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    away(world, monkeypatch, 1000)
    token = GUEST.set(Guest())
    try:
        with pytest.raises(DatabaseAway):
            await world.nodes[0].desk.home(world.who("mina"))
    finally:
        GUEST.reset(token)
    assert sum(pauses) <= Guest().begin


async def test_what_a_chat_says_of_an_account_is_kept_when_the_database_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    away(world, monkeypatch, 2)
    await world.nodes[0].desk.meet("chat", [DirectoryEntry("U-mina", None, conversation="D-new")])
    away(world, monkeypatch, 2)
    await world.nodes[0].desk.leave("chat", "U-omar", "gone")
    assert pauses == [1.0, 2.0] * 2
