"""Whoever is given work hears of it once: what the ladder would say to them alone as it opens is said by that message.

language.md, semantics 5: of what one moment opens a person gets one message.
"""

from collections import Counter
from pathlib import Path

import pytest

from qabot.models import Deadline
from tests.support.councils import council
from tests.support.world import World

LOOKS = """
activities:
  look:
    rule: ABC-DDL-1
    title: look
    plural: looks
    every: 4 weeks from 2026-11-30
    about: nothing
    do: [{{rule: ABC-DDL-1, per: practice-lead, count: 1}}]
    ask: [manager-overall]
    grade: manager-overall
    ladder: theirs
ladders:
  theirs:
    title: Theirs
    steps:
      - {{rule: {rule}, at: {at}, to: {to}, send: duty}}
      - {{rule: ABC-DDL-3, at: due - 1 working day, to: [owner], send: duty}}
"""


async def begin(folder: Path, *, rule: str = "ABC-DDL-2", at: str = "opened", to: str = "[owner]") -> World:
    return await council(folder, "2026-11-27 12:00")(LOOKS.format(rule=rule, at=at, to=to))


def heard(world: World, person: str) -> Counter[str]:
    """Their messages about looks, by name."""
    about = {each.id for each in world.all(Deadline, Deadline.kind == "audit", Deadline.rule == "ABC-DDL-1")}
    return Counter(each.message for each in world.notices(person, state="sent") if each.deadline_id in about)


@pytest.mark.parametrize("rule", ["ABC-DDL-2", "deadline"])
@pytest.mark.parametrize("to", ["[owner]", "[owes]", "[auditor]"])
async def test_that_work_opened_is_not_said_twice(tmp_path: Path, rule: str, to: str) -> None:
    world = await begin(tmp_path, rule=rule, to=to)
    await world.advance("2026-12-01 12:00")
    assert heard(world, "cyrus") == {"work-given": 1}
    await world.advance("2026-12-24 12:00")
    assert heard(world, "cyrus") == {"work-given": 1, "duty": 1}, "the reminder before its day comes all the same"
    world.close()


@pytest.mark.parametrize(("at", "to"), [("opened", "[owner, service-manager]"), ("opened + 1 day", "[owner]")])
async def test_what_others_hear_and_what_comes_later_is_said(tmp_path: Path, at: str, to: str) -> None:
    world = await begin(tmp_path, at=at, to=to)
    await world.advance("2026-12-02 12:00")
    assert heard(world, "cyrus")["duty"] == 1
    assert bool(heard(world, "mina")["duty"]) == ("service-manager" in to)
    world.close()


async def test_while_they_are_away_whoever_stands_in_hears_that_it_opened(tmp_path: Path) -> None:
    world = await begin(tmp_path)
    await world.away("cyrus", "2026-11-27", "2026-12-04", deputy="della")
    await world.advance("2026-12-01 12:00")
    assert heard(world, "della")["duty"] == 1
    world.close()
