"""A round is planned four weeks ahead; where the file that comes meanwhile has none, what was asked for it ends."""

from pathlib import Path

import pytest
from sqlmodel import col

from qabot.framework import Framework, load, require
from qabot.models import Deadline
from tests.support.world import World

RULES = """
extends: newham
rules:
  ABC-DDL-1: {text: A rule of another council., source: invented}
  ABC-DDL-2: {text: Another one., source: invented}
"""
BEFORE = """
activities:
  dip-sample:
    rule: ABC-DDL-1
    title: dip sample
    plural: dip samples
    every: month
    do: [{rule: ABC-DDL-1, per: practice-lead}]
    ask: [manager-overall]
    grade: manager-overall
"""
READY = """
duties:
  ready:
    rule: ABC-DDL-2
    title: Make ready
    when: [dip-sample.planned]
    owes: [quality-assurance]
    due: cycle-start - 1 working day
"""
ONE = "do: [{rule: ABC-DDL-1, per: practice-lead}]"
ABOUT_EACH = "do: [{rule: ABC-DDL-1, for-each: practice-lead, owes: [service-manager]}]"
OWN_CLOCKS = "every: since last\n    about: person\n    due: last + 12 months"
AFTER = {
    "gone": "",
    "another name": BEFORE.replace("dip-sample:", "spot-check:"),
    "switched off": f"{BEFORE}{READY}without: [ABC-DDL-1]\n",
    "on request": BEFORE.replace("every: month", "every: on request").replace(ONE, "do: []"),
    "by their own clocks": BEFORE.replace("every: month", OWN_CLOCKS).replace(ONE, ABOUT_EACH),
    "another rhythm": f"{BEFORE}{READY}".replace("every: month", "every: month from 2026-11-15"),
}


def framework(folder: Path, text: str) -> Framework:
    path = folder / "council.yaml"
    path.write_text(f"{RULES}{text}", "utf-8")
    return require(load(path, [Path("frameworks")]))


def asks(world: World, state: str) -> list[str]:
    """What is asked for December."""
    return [each.closed_why for each in world.all(Deadline, col(Deadline.kind) == "ready") if each.state == state]


@pytest.mark.parametrize("after", AFTER)
async def test_what_was_asked_for_a_round_that_never_begins_is_asked_no_more(tmp_path: Path, after: str) -> None:
    world = await World.start(tmp_path, "2026-11-17 08:00", framework=framework(tmp_path, f"{BEFORE}{READY}"))
    await world.tick()
    assert asks(world, "open") == [""]
    world.framework = framework(tmp_path, AFTER[after])
    world.restart()
    await world.advance("2026-11-18 12:00")
    assert asks(world, "withdrawn") == ["No longer planned: December 2026"]
    world.close()


async def test_of_work_with_another_name_only_the_new_round_is_asked_for(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-11-17 08:00", framework=framework(tmp_path, f"{BEFORE}{READY}"))
    await world.tick()
    world.framework = framework(tmp_path, f"{BEFORE}{READY}".replace("dip-sample", "spot-check"))
    world.restart()
    await world.advance("2026-11-18 12:00")
    assert (len(asks(world, "withdrawn")), len(asks(world, "open"))) == (1, 1)
    world.close()


async def test_what_is_asked_for_a_round_stays_where_the_file_has_it_still(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-11-17 08:00", framework=framework(tmp_path, f"{BEFORE}{READY}"))
    await world.tick()
    world.framework = framework(tmp_path, BEFORE)
    world.restart()
    await world.advance("2026-11-18 12:00")
    assert asks(world, "open") == [""]
    world.close()
