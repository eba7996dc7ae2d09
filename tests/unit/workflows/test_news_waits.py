"""What only tells somebody something about their own work is theirs: it waits for them while they are away."""

import pytest

from tests.support.world import World


def told(world: World, message: str) -> list[tuple[str, str]]:
    """Who was sent a message, and on which day."""
    sent = [each for each in world.notices(message=message) if each.sent_at is not None]
    return [(world.name(each.recipient_id), f"{each.sent_at:%m-%d}") for each in sent]


@pytest.mark.parametrize("deputy", [None, "bea"])
@pytest.mark.parametrize("actions", [True, False])
async def test_a_practitioner_who_is_away_hears_that_it_is_final_when_they_are_back(
    world: World, deputy: str | None, actions: bool
) -> None:
    audit = await world.audit("cyrus")
    await world.away("sofia", "2026-11-23", "2026-12-04", deputy)
    await world.submit(audit, "green", actions=actions)
    await world.advance("2026-12-16 18:00")
    assert told(world, "audit-final") == [("sofia", "12-07")]
    asked = [("sofia", "12-14"), ("ade", "12-14")] if actions else []
    assert told(world, "actions-confirm") == asked


async def test_it_waits_longer_for_whoever_stays_away_longer(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.away("sofia", "2026-11-23", "2026-11-27", "bea")
    await world.submit(audit, "green", actions=False)
    await world.advance("2026-11-27 18:00")
    await world.away("sofia", "2026-11-30", "2026-12-04", "bea")
    await world.advance("2026-12-08 18:00")
    assert told(world, "audit-final") == [("sofia", "12-07")]


async def test_what_asks_something_goes_to_whoever_stands_in(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "green")
    await world.advance("2026-12-10 18:00")
    await world.away("sofia", "2026-12-11", "2026-12-23", "bea")
    await world.advance("2026-12-16 18:00")
    assert set(told(world, "actions-confirm")) == {("bea", "12-14"), ("ade", "12-14")}
