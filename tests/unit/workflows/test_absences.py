"""Absences: the deadline does not move, the recipient does; nothing is doubled and nobody is asked why."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.errors import BadRequest
from qabot.models import Absence
from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path)
    yield made
    made.close()


async def test_the_deputy_hears_now_what_falls_due_in_that_time(world: World) -> None:
    audit = await world.audit("ade", team="east")
    await world.away("ade", "2026-12-28", "2027-01-05", "bea")
    await world.advance("2026-11-24 12:00")
    assert world.messages("bea") == ["covering"]
    deadline = world.deadline("audit", audit)
    assert (deadline.due_on, deadline.owner_id) == (audit.due_on, world.ids["ade"])


async def test_noting_the_same_absence_twice_is_noting_it_once(world: World) -> None:
    await world.audit("ade", team="east")
    for _ in range(2):
        await world.away("ade", "2026-12-28", "2027-01-05", "bea")
    assert len(world.all(Absence)) == len(world.events("away")) == 1


@pytest.mark.parametrize(
    ("first", "last", "deputy"), [("2026-12-05", "2026-12-01", "bea"), ("2026-12-01", "2026-12-05", "ade")]
)
async def test_an_absence_that_makes_no_sense_is_refused(world: World, first: str, last: str, deputy: str) -> None:
    with pytest.raises(BadRequest):
        await world.away("ade", first, last, deputy)
    assert world.all(Absence) == []


async def test_an_alert_goes_to_the_deputy_and_back_to_the_manager_who_returns(world: World) -> None:
    await world.away("mina", "2026-11-23", "2026-11-24", "bea")
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.tick()
    assert world.messages("bea") == ["red-alert"]
    assert await world.back("mina")
    assert not await world.back("mina")
    await world.forward("4 working hours")
    assert "red-alert-again" in world.messages("mina")
