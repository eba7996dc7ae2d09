"""Grades go from the work's own row to where every answer stands, back to a version that knew no such, and up again."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from qabot.models import Answer
from qabot.models.migrate import downgrade, upgrade
from tests.support.world import World

BEFORE = "0014"
FIRST = {"manager-overall": "amber", "practitioner-part-a": "green"}
CORRECTED = {"manager-overall": "green", "manager-part-a": "blue"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/qabot.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


def kept_before(world: World) -> dict[str, Any]:
    """What the older version keeps, by the work's reference."""
    with world.nodes[0].store.engine.connect() as connection:
        rows = connection.execute(text("SELECT reference, grades FROM audit ORDER BY id")).all()
    return {reference: grades if isinstance(grades, dict) else json.loads(grades) for reference, grades in rows}


async def test_grades_are_carried_there_and_back_without_loss(url: str) -> None:
    world = await World.start(url=url)
    done, open_one = await world.audit("cyrus"), await world.audit("ade")
    token = world.deadline("audit", done).token
    await world.send_form("cyrus", "submit-grades", token, actions="yes", immediate=False, **FIRST)
    await world.send_form("cyrus", "correct", done.reference, actions="yes", why="slip", **CORRECTED)
    assert world.answers(done) == CORRECTED
    store = world.nodes[0].store
    downgrade(store, BEFORE, lose=True)
    before = kept_before(world)
    assert (before[done.reference], before[open_one.reference]) == (CORRECTED, {})
    upgrade(store)
    assert world.answers(done) == CORRECTED
    (grade,) = [each for each in world.all(Answer) if each.question == "manager-overall"]
    assert grade.given == {"value": "green", "version": "newham-brag-1"}
    assert (grade.label, grade.by_id, grade.at) == ("Overall Grade (Manager)", world.ids["cyrus"], world.clock.now())
    token = world.deadline("audit", open_one).token
    await world.send_form("ade", "submit-grades", token, actions="no", immediate=False, **FIRST)
    assert world.answers(open_one) == FIRST
    downgrade(store, BEFORE, lose=True)
    upgrade(store)
    assert (world.answers(done), world.answers(open_one)) == (CORRECTED, FIRST)
    world.close()
