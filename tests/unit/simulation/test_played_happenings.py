"""Happenings as they are played: what is refused says where, and what is told in two parts comes in two."""

from datetime import datetime
from pathlib import Path

import pytest

from qabot.errors import BadFile
from qabot.framework.calendar import LONDON
from qabot.models import Audit, AuditState
from qabot.simulation import scenario as told
from qabot.simulation.happenings import Player
from tests.support.world import World

PAGE = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text("utf-8")


def email(person: str) -> str:
    return f"{person}@council.example"


async def play(world: World, does: told.Does, name: str) -> None:
    happening = told.Happening(datetime(2026, 11, 23, 10, tzinfo=LONDON), name, does, 7)
    await world.run(lambda unit: Player(unit, "scenario.yaml", happening).play())


def reassign(audit: Audit, to: str) -> told.Reassign:
    return told.Reassign.model_validate({"audit": {"reference": audit.reference}, "to": email(to)})


@pytest.mark.parametrize(
    ("person", "part"), [("sofia", "is or was involved in"), ("ade", "has oversight of"), ("mina", "has oversight of")]
)
async def test_handing_a_case_to_whoever_knows_it_is_refused_at_its_line_as_the_page_says(
    world: World, person: str, part: str
) -> None:
    audit = await world.audit("cyrus", team="stratford")
    with pytest.raises(BadFile) as refused:
        await play(world, reassign(audit, person), "reassign")
    [problem] = refused.value.problems
    assert (problem.file, problem.line, problem.where) == ("scenario.yaml", 7, "reassign")
    name = world.person(person).name
    assert problem.what == (
        f"{name} {part} the case of {audit.reference}, so it cannot be handed to them. Nothing was changed."
    )
    assert problem.what.replace(name, "Dan Reid").replace(audit.reference, "QA-1001") in PAGE
    assert world.all(Audit)[0].auditor_id == world.ids["cyrus"]


async def test_whoever_does_not_know_the_case_takes_it_on(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await play(world, reassign(audit, "dinah"), "reassign")
    assert world.all(Audit)[0].auditor_id == world.ids["dinah"]


async def test_the_talk_may_follow_the_review(world: World) -> None:
    audit = await world.audit("cyrus", team="stratford")
    await world.submit(audit, "red")
    for spoken, state in ((False, AuditState.submitted), (True, AuditState.finalised)):
        values = {"audit": {"reference": audit.reference}, "grade": "red", "spoken": spoken}
        await play(world, told.Moderate.model_validate(values), "moderate")
        assert world.all(Audit)[0].state == state
    assert len(world.events("moderated")) == 1
