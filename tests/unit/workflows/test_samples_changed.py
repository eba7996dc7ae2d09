"""A sample that the file has only since some day, or has under another name, looks at nothing of before."""

from pathlib import Path

import pytest
from sqlmodel import col

from qabot.framework import load, require
from qabot.models import Draw
from tests.support.world import World

NEWHAM = Path("frameworks/newham.yaml")
NEW = """
extends: newham
samples:
  deep-look: {rule: NEW-MOD-2, title: A deep look, of: [practice-learning-review], every: month, share: 10%,
              owes: [slt], due: drawn + 10 working days}
"""


def change(world: World, folder: Path, text: str) -> None:
    path = folder / "changed.yaml"
    path.write_text(text, "utf-8")
    world.framework = require(load(path, [Path("frameworks")]))
    world.restart()


@pytest.mark.parametrize(
    ("text", "name"),
    [(NEW, "deep-look"), (NEWHAM.read_text("utf-8").replace("\n  qa:\n", "\n  spot-check:\n"), "spot-check")],
    ids=["new", "another name"],
)
async def test_it_is_drawn_first_from_the_period_in_which_the_file_has_it(
    world: World, tmp_path: Path, text: str, name: str
) -> None:
    await world.submit(await world.audit("cyrus"), "green", actions=False)
    await world.jump("2026-11-30 12:00")
    await world.advance("2026-12-02 12:00")
    assert world.all(Draw, col(Draw.thing) == "qa")
    change(world, tmp_path, text)
    await world.advance("2026-12-03 12:00")
    assert world.all(Draw, col(Draw.thing) == name) == [], "November was over before the file had it"
    await world.submit(await world.audit("dinah"), "green", actions=False)
    await world.jump("2026-12-31 12:00")
    await world.advance("2027-01-05 12:00")
    assert [f"{each.day}" for each in world.all(Draw, col(Draw.thing) == name)] == ["2026-12-01"]


async def test_one_that_is_switched_on_again_does_not_make_up_for_the_time_between(
    world: World, tmp_path: Path
) -> None:
    await world.submit(await world.audit("cyrus"), "green", actions=False)
    await world.jump("2026-11-30 12:00")
    await world.advance("2026-12-02 12:00")
    change(world, tmp_path, "extends: newham\nwithout: [NEW-MOD-2]\n")
    await world.advance("2026-12-03 12:00")
    await world.submit(await world.audit("dinah"), "green", actions=False)
    await world.jump("2027-01-11 12:00")
    change(world, tmp_path, "extends: newham\n")
    await world.advance("2027-01-12 12:00")
    assert [f"{each.day}" for each in world.all(Draw, col(Draw.thing) == "qa")] == ["2026-11-01"]
    await world.submit(await world.audit("bea"), "green", actions=False)
    await world.jump("2027-01-31 12:00")
    await world.advance("2027-02-02 12:00")
    assert [f"{each.day}" for each in world.all(Draw, col(Draw.thing) == "qa")] == ["2026-11-01", "2027-01-01"]
