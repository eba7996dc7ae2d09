"""Samples for moderation when something is missing: the service for months, or anybody but the auditor."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.models import Draw, Moderation
from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path)
    yield made
    made.close()


async def test_a_month_that_an_outage_lost_is_drawn_afterwards_and_once(world: World) -> None:
    await world.submit(await world.audit("cyrus"), "green")
    await world.jump("2027-02-01 10:00")
    purposes = [each.purpose for each in world.all(Draw, col(Draw.rule) == "NEW-MOD-2")]
    assert "sample:qa:all:2026-11" in purposes
    await world.jump("2027-02-02 10:00")
    assert [each.purpose for each in world.all(Draw, col(Draw.rule) == "NEW-MOD-2")] == purposes


async def test_a_sole_moderators_own_audit_goes_to_the_role_above(world: World) -> None:
    audit = await world.audit("hanif")
    await world.submit(audit, "red")
    (drawn,) = world.all(Moderation, col(Moderation.audit_id) == audit.id)
    assert drawn.moderator_id == world.ids["dara"]
    assert world.deadline("red-review", audit).owner_id == world.ids["dara"]
