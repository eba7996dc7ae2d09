"""Cases that somebody picked come by file: all of it or nothing, and each mistake in its place."""

from pathlib import Path

import pytest
from sqlmodel import col

from qabot.errors import BadFile
from qabot.framework import load, require
from qabot.imports import Changes, apply_picks, plan_picks, read_picks
from qabot.models import Deadline, PickedCase
from tests.support.world import World

FILE = """extends: newham
activities:
  practice-learning-review:
    do: [{rule: NEW-QUO-1, per: practice-lead, count: 1}]
    cases: {rule: NEW-SEL-1, from: data-and-impact, never: [involved, oversight]}
"""
HEAD = "reference,activity,cycle,auditor\n"
CYCLE = "practice-learning-review,2026-10-01"


async def begun(folder: Path) -> World:
    path = folder / "council.yaml"
    path.write_text(FILE, "utf-8")
    world = await World.start(folder, "2026-09-04 08:00", framework=require(load(path, [Path("frameworks")])))
    await world.advance("2026-09-07 10:00")
    return world


async def bring(world: World, folder: Path, text: str, *, dry: bool = False) -> Changes:
    file = folder / "picks.csv"
    file.write_text(f"{HEAD}{text}", "utf-8")
    rows = read_picks(file)

    def work(unit: object) -> Changes:
        changes = plan_picks(unit, rows)  # type: ignore[arg-type]
        if not dry:
            apply_picks(unit, rows)  # type: ignore[arg-type]
        return changes

    return await world.run(work)


async def test_they_are_picked_and_a_second_time_nothing_is_left_to_pick(tmp_path: Path) -> None:
    world = await begun(tmp_path)
    text = f"7102000,{CYCLE},ade@council.example\n7102001,{CYCLE},\n7100000,{CYCLE},\n7100001,{CYCLE},\n"
    first = await bring(world, tmp_path, text, dry=True)
    assert first.lines()[-1] == "added: 4, changed: 0, unchanged: 0"
    assert world.all(PickedCase) == [], "a dry run picks nothing"
    assert world.events("cases-picked") == []
    assert (await bring(world, tmp_path, text)).lines() == first.lines()
    assert {each.reference: each.auditor_id for each in world.all(PickedCase)} == {
        "7102000": world.ids["ade"],
        "7102001": None,
        "7100000": None,
        "7100001": None,
    }
    [deadline] = world.all(Deadline, col(Deadline.kind) == "practice-learning-review-cases")
    assert deadline.state == "met"
    assert (await bring(world, tmp_path, text)).lines() == ["added: 0, changed: 0, unchanged: 4"]
    world.close()


async def test_every_mistake_is_told_at_once_in_its_place_and_nothing_is_picked(tmp_path: Path) -> None:
    world = await begun(tmp_path)
    text = (
        f"7102000,{CYCLE},somebody@council.example\n"
        "7102001,practice-learning-revue,2026-10-01,\n"
        "7102002,practice-learning-review,2026-10-02,\n"
        f"7102003,{CYCLE},\n7102003,{CYCLE},\n"
        f"12345678901,{CYCLE},\n"
    )
    with pytest.raises(BadFile) as error:
        await bring(world, tmp_path, text)
    assert [(each.line, each.column, each.where) for each in error.value.problems] == [
        (2, 4, "auditor"),
        (3, 2, "activity"),
        (4, 3, "cycle"),
        (6, 1, "reference"),
        (7, 1, "reference"),
    ]
    assert world.all(PickedCase) == []
    world.close()


async def test_the_councils_own_rules_are_told_in_their_places(tmp_path: Path) -> None:
    world = await begun(tmp_path)
    text = f"7102000,{CYCLE},\n7100000,{CYCLE},ade@council.example\n7199999,{CYCLE},\n"
    with pytest.raises(BadFile) as error:
        await bring(world, tmp_path, text)
    assert [(each.line, each.what) for each in error.value.problems] == [
        (3, "Ade Lawal has oversight of 7100000"),
        (4, "7199999 is not on the list of cases; it can be picked once it has been imported"),
    ]
    assert world.all(PickedCase) == []
    world.close()
