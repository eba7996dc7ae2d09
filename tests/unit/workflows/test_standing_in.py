"""What is opened for somebody while a deputy stands in is theirs: a stand-in never becomes the owner."""

import pytest

from qabot.models import Deadline, Moderation
from tests.support.world import World


def owner(world: World, kind: str) -> str:
    """Whose the newest open deadline of a kind is."""
    found = [each for each in world.all(Deadline) if each.kind == kind and each.state == "open"]
    return world.name(found[-1].owner_id)


def told(world: World, message: str) -> list[str]:
    """Who was told, in order."""
    found = [each for each in world.notices(message=message) if each.state == "sent"]
    return [world.name(each.recipient_id) for each in sorted(found, key=lambda each: str(each.sent_at))]


@pytest.mark.parametrize("early", [False, True])
async def test_what_a_red_review_opens_while_the_managers_are_away_is_theirs_when_they_are_back(
    world: World, early: bool
) -> None:
    """Away on the day of the RED, or for longer and back early: the deputies hear of it, and then they themselves."""
    last = "2026-12-18" if early else "2026-11-23"
    world.change("hanif", deputy_id=world.ids["harriet"])
    await world.away("mina", "2026-11-23", last, "ade")
    await world.away("hanif", "2026-11-23", last)
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await world.tick()
    assert set(told(world, "red-alert")) == {"ade", "harriet"}
    assert {owner(world, kind) for kind in ("alert", "pim-date")} == {"mina"}
    assert owner(world, "red-review") == "hanif"
    assert [world.name(each.moderator_id) for each in world.all(Moderation)] == ["hanif"]
    await world.acknowledge("ade", audit)
    await world.advance("2026-11-24 08:00")
    if early:
        await world.back("mina")
        await world.back("hanif")
    await world.advance("2026-11-27 12:00")
    assert told(world, "pim-date")[-1] == "mina"
    assert told(world, "red-review")[-1] == "hanif"


async def test_while_the_deputy_is_away_too_their_deputy_hears_and_the_holder_owns(world: World) -> None:
    world.change("ade", deputy_id=world.ids["bea"])
    await world.away("mina", "2026-11-23", "2026-11-23", "ade")
    await world.away("ade", "2026-11-23", "2026-11-23")
    await world.submit(await world.audit("cyrus"), "red")
    await world.tick()
    assert "bea" in told(world, "red-alert")
    assert owner(world, "pim-date") == "mina"


async def test_the_follow_up_of_actions_is_the_practice_leads_whoever_stands_in_as_it_begins(world: World) -> None:
    await world.away("ade", "2026-11-23", "2026-11-24", "bea")
    await world.submit(await world.audit("cyrus"), "green")
    await world.tick()
    assert owner(world, "actions") == "ade"


async def test_a_review_is_not_drawn_for_somebody_whose_deputy_made_it(world: World) -> None:
    """The Head of Service is away, and the auditor stands in: nobody looks again at their own review."""
    await world.away("hanif", "2026-11-23", "2026-11-24", "cyrus")
    await world.submit(await world.audit("cyrus"), "red")
    assert owner(world, "red-review") == "dara"


async def test_a_role_that_nobody_holds_is_its_superiors(world: World) -> None:
    world.change("mina", active=False)
    await world.submit(await world.audit("cyrus"), "red")
    assert owner(world, "pim-date") == "hanif"
