"""A scenario in which somebody picks cases, and what it says where they cannot."""

from pathlib import Path

import pytest
from sqlmodel import col

from qabot.errors import BadFile
from qabot.framework import load, require
from qabot.models import Audit, Deadline, PickedCase
from qabot.simulation import happenings as played
from qabot.simulation.scenario import Happening, load_scenario
from tests.support.world import World

FILE = """extends: newham
activities:
  practice-learning-review:
    do: [{rule: NEW-QUO-1, per: practice-lead, count: 1}]
    cases: {rule: NEW-SEL-1, from: data-and-impact, never: [involved, oversight]}
"""


async def begun(folder: Path) -> World:
    path = folder / "council.yaml"
    path.write_text(FILE, "utf-8")
    world = await World.start(folder, "2026-09-04 08:00", framework=require(load(path, [Path("frameworks")])))
    await world.advance("2026-09-07 10:00")
    return world


def happenings(world: World, folder: Path, *picks: str) -> list[Happening]:
    file = folder / "scenario.yaml"
    file.write_text("happenings:\n" + "".join(f"  - {{at: 2026-09-07, pick: {each}}}\n" for each in picks), "utf-8")
    return list(load_scenario(file, world.framework).happenings)


async def perform(world: World, happening: Happening) -> None:
    await world.run(lambda unit: played.play(unit, "scenario.yaml", happening))


async def play(world: World, folder: Path, *picks: str) -> None:
    for each in happenings(world, folder, *picks):
        await perform(world, each)


async def test_somebody_picks_for_somebody_and_to_be_shared_out(tmp_path: Path) -> None:
    world = await begun(tmp_path)
    await play(
        world,
        tmp_path,
        "{cases: [7102000], for: ade@council.example}",
        "{cases: [7102001, '7100000', 7100001], activity: practice-learning-review, by: della@council.example}",
    )
    assert [(each.reference, each.auditor_id, each.by_id) for each in world.all(PickedCase)] == [
        ("7102000", world.ids["ade"], world.ids["della"]),
        ("7102001", None, world.ids["della"]),
        ("7100000", None, world.ids["della"]),
        ("7100001", None, world.ids["della"]),
    ]
    [deadline] = world.all(Deadline, col(Deadline.kind) == "practice-learning-review-cases")
    assert deadline.state == "met"
    await world.advance("2026-10-01 12:00")
    assert None not in [each.case_reference for each in world.all(Audit)]
    world.close()


@pytest.mark.parametrize(
    ("pick", "what"),
    [
        ("{cases: [7100000], for: ade@council.example}", "has oversight of 7100000."),
        ("{cases: [7199999]}", "7199999 is not on the list of cases"),
        ("{cases: [7102000], activity: practice-learning-revue}", "did you mean 'practice-learning-review'?"),
        ("{cases: [7102000], for: nobody@council.example}", "nobody with the e-mail nobody@council.example works here"),
    ],
)
async def test_what_cannot_be_picked_is_told_at_its_line(tmp_path: Path, pick: str, what: str) -> None:
    world = await begun(tmp_path)
    with pytest.raises(BadFile) as error:
        await play(world, tmp_path, pick)
    [problem] = error.value.problems
    assert what in problem.what
    assert problem.line == 2
    world.close()


async def test_data_that_is_sent_picks_nothing(tmp_path: Path) -> None:
    world = await begun(tmp_path)
    file = tmp_path / "sent.yaml"
    file.write_text("happenings: [{at: 2026-09-07, data_sent: {}}]\n", "utf-8")
    [sent] = load_scenario(file, world.framework).happenings
    await perform(world, sent)
    states = {each.kind: each.state for each in world.all(Deadline)}
    assert states["practice-learning-review-cases"] == "open"
    assert states["data-request"] == "met"
    world.close()
