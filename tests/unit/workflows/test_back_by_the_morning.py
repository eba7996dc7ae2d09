"""What falls on a day on which nobody works is for whoever is there on the next working day, as it is read."""

from pathlib import Path

import pytest

from qabot.models import Notice
from tests.support.councils import Start, council
from tests.support.world import World

SATURDAY = """activities: {practice-learning-review: {every: month from 2026-10-31, ladder: usual}}
ladders: {review-due: null}
"""


@pytest.fixture
def begin(tmp_path: Path) -> Start:
    return council(tmp_path, "2026-10-26 08:00")


def about_hers(world: World) -> dict[str, list[str]]:
    """By person, the messages that they had about the reviews that are Ade's."""
    hers = {each.deadline_id for each in world.notices("ade", message="review-allocated")}
    told: dict[str, list[str]] = {}
    sent: list[Notice] = [each for each in world.notices() if each.sent_at and each.deadline_id in hers]
    for each in sent:
        told.setdefault(world.name(each.recipient_id), []).append(each.message)
    return {name: sorted(set(messages)) for name, messages in told.items()}


async def test_whoever_is_back_by_then_is_told_and_nobody_in_their_place(begin: Start) -> None:
    world = await begin(SATURDAY)
    await world.away("ade", "2026-10-26", "2026-11-01")
    await world.advance("2026-11-03 12:00")
    assert about_hers(world) == {"ade": ["review-allocated"]}
    world.close()


async def test_whoever_is_away_by_then_has_somebody_told_in_their_place(begin: Start) -> None:
    world = await begin(SATURDAY)
    await world.away("ade", "2026-11-02", "2026-11-13", deputy="bea")
    await world.advance("2026-11-03 12:00")
    assert about_hers(world) == {"bea": ["duty"]}
    world.close()


async def test_so_it_is_with_what_opens_as_the_week_ends(begin: Start) -> None:
    more = """duties:
  reply: {rule: ABC-DDL-1, title: Reply, when: [practice-learning-review.submitted], owes: [service-manager],
    due: submitted + 5 working days}
"""
    world = await begin(more)
    audit = await world.audit("cyrus")
    await world.advance("2026-10-30 17:00")  # a Friday
    await world.away("mina", "2026-11-02", "2026-11-13", deputy="bea")
    await world.submit(audit, "green", actions=False)
    await world.advance("2026-11-02 12:00")
    told = [world.name(each.recipient_id) for each in world.notices(message="duty", rule="ABC-DDL-1") if each.sent_at]
    assert told == ["bea"]
    world.close()
