"""What a scenario says of gatherings and events, as it is played: brought, held, moved, cancelled, imported."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import col

from deploy import language
from qabot.errors import BadFile
from qabot.framework.loader import load
from qabot.models import Case, Deadline, Occasion
from qabot.simulation import happenings as performing
from qabot.simulation.scenario import Happening, load_scenario
from qabot.workflows.core.unit import Unit
from tests.support.world import World

FURTHER = load(Path("tests/unit/framework/data/newham-further.yaml").resolve(), [language.SHIPPED])


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await World.start(tmp_path, "2026-11-23 10:00", framework=FURTHER)


async def play(world: World, folder: Path, text: str) -> None:
    """Play happenings one after the other, each at its time."""
    path = folder / "scenario.yaml"
    path.write_text(f"happenings:\n{text}", "utf-8")
    for each in load_scenario(path, FURTHER).happenings:
        await world.advance(each.at)
        await world.run(partial(_play, each))
        await world.tick()


def _play(happening: Happening, unit: Unit) -> None:
    performing.play(unit, "scenario.yaml", happening)


def days(world: World, thing: str) -> list[tuple[str, str]]:
    return [(str(each.day), each.state) for each in world.all(Occasion, col(Occasion.thing) == thing)]


async def test_a_meeting_is_moved_brought_to_and_held(world: World, tmp_path: Path) -> None:
    text = """
  - at: 2026-11-25
    move_gathering: {gathering: practice-and-outcomes, new_day: 2026-12-10, by: quinn@council.example}
  - at: 2026-12-03
    bring: {duty: account, by: mina@council.example}
  - at: 2026-12-11
    hold_gathering: {gathering: practice-and-outcomes}
"""
    await play(world, tmp_path, text)
    assert days(world, "practice-and-outcomes")[0] == ("2026-12-10", "held")
    states = {world.name(each.owner_id): each.state for each in world.all(Deadline, col(Deadline.kind) == "account")}
    assert states == {"mina": "met", "marcus": "open"}


async def test_a_meeting_gives_actions(world: World, tmp_path: Path) -> None:
    text = """
  - at: 2026-12-18
    hold_gathering:
      gathering: performance
      answers: {performance-actions: [{what: Look at it, owner: ewan@council.example, date: 2027-01-08}]}
"""
    await play(world, tmp_path, text)
    (action,) = world.all(Deadline, col(Deadline.kind) == "performance-action")
    assert (world.name(action.owner_id), action.due_on) == ("ewan", date(2027, 1, 8))


async def test_a_meeting_is_cancelled(world: World, tmp_path: Path) -> None:
    await play(world, tmp_path, "  - {at: 2026-12-01, cancel_gathering: {gathering: performance, why: nothing}}\n")
    assert days(world, "performance") == [("2026-12-17", "cancelled")]


async def test_an_event_is_imported_and_moved(world: World, tmp_path: Path) -> None:
    case = world.all(Case)[0].reference
    text = f"""
  - at: 2026-11-24
    import_day: {{event: closing, case: {case}, day: 2027-01-04}}
  - at: 2026-11-30
    import_day: {{event: closing, case: {case}, day: 2027-01-11}}
"""
    await play(world, tmp_path, text)
    (owed,) = world.all(Deadline, col(Deadline.kind) == "parents")
    assert (world.name(owed.owner_id), owed.due_on) == ("sofia", date(2027, 1, 8))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("move_gathering: {gathering: performance, new_day: 2026-12-19}", "is not a working day"),
        ("hold_gathering: {gathering: performance, day: 2026-12-24}", "no 'performance' is planned on 2026-12-24"),
        ("hold_gathering: {gathering: performance}", "This can be answered from 17 December 2026 on"),
        ("bring: {duty: account, by: ewan@council.example}", "nobody owes 'account' for any day now"),
        ("import_day: {event: closing, case: A1, day: 2027-01-04}", "is not a case reference"),
        ("cancel_gathering: {gathering: performance, why: rain}", "'rain' is not a reason of the form"),
        ("move_gathering: {gathering: performances, new_day: 2026-12-18}", "did you mean 'performance'?"),
    ],
)
async def test_what_cannot_happen_says_so_at_its_line(world: World, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadFile) as wrong:
        await play(world, tmp_path, f"  - at: 2026-11-24\n    {text}\n")
    (problem,) = wrong.value.problems
    assert words in problem.what
    assert problem.line in {2, 3}
