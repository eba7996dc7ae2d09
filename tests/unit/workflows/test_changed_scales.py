"""A council changes its scale in mid-year: what is open is graded by the new one, and everybody hears who would."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.adapter import OpenForm
from qabot.framework import Framework, load, require
from qabot.models import Audit
from qabot.planning.periods import QUARTER, Period
from qabot.web.checklist import findings
from qabot.workflows.programme.figures import of_period
from tests.support.world import World

SHIPPED = Path("frameworks/newham.yaml")
LEVELS = "{version: levels-1, labels: {inadequate: Inadequate, developing: Developing, secure: Secure}}"


def renamed(
    folder: Path, *, keep: bool, duties: str = "", scale: str = "levels", manager: str = "manager-overall"
) -> Framework:
    """Newham's file with a scale of another name and other grades, worst first; the one before it stays if `keep`.

    It has these `duties` too, and the grade is the answer to a question called `manager`.
    """
    text = SHIPPED.read_text("utf-8").replace("\nduties:\n", f"\nduties:\n{duties}")
    if scale == "levels":
        text = text.replace("scale: brag", "scale: levels").replace("[red]", "[inadequate]")
    text = text.replace("manager-overall", manager)
    before = re.search(r"  brag:\n(    .*\n)+", text)
    assert before is not None
    path = folder / "council.yaml"
    stays = keep or scale == "brag"
    path.write_text(text.replace(before[0], f"{before[0] if stays else ''}  levels: {LEVELS}\n"), "utf-8")
    return require(load(path, []))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    started = await World.start(tmp_path)
    yield started
    started.close()


def change(world: World, framework: Framework) -> None:
    world.framework = framework
    world.restart()


@pytest.mark.parametrize("keep", [True, False])
async def test_what_is_open_is_graded_by_the_scale_of_today(world: World, tmp_path: Path, keep: bool) -> None:
    """Its grades alone are known to the conditions: one of the old scale would raise no alert."""
    audit = await world.audit("cyrus")
    change(world, renamed(tmp_path, keep=keep))
    opened = await world.press("cyrus", "submit-grades", audit)
    assert isinstance(opened, OpenForm)
    [grade] = [each for each in opened.form.fields if each.name == "manager-overall"]
    assert [each.value for each in grade.options] == ["inadequate", "developing", "secure"]
    await world.submit(audit, "inadequate")
    assert world.deadline("alert", audit).owner_id == world.ids["mina"]
    [kept] = world.all(Audit, col(Audit.id) == audit.id)
    assert (kept.grade, kept.scale_version) == ("inadequate", "levels-1")


async def test_what_a_duty_asks_is_answered_on_the_scale_of_today(world: World, tmp_path: Path) -> None:
    """A choice without an answer to choose could never be answered, and its ladder would go on for ever."""
    asking = """
  how-is-it: {rule: NEW-ALT-3, title: How is it now?, when: [practice-learning-review.submitted],
              owes: [practice-lead], due: submitted + 5 working days, ask: [manager-part-a]}
"""
    change(world, renamed(tmp_path, keep=False, duties=asking, scale="brag"))
    audit = await world.graded("green", actions=False)
    change(world, renamed(tmp_path, keep=False, duties=asking))
    opened = await world.press_token("ade", "answer", world.deadline("how-is-it", audit).token)
    assert isinstance(opened, OpenForm)
    assert [each.value for each in opened.form.fields[0].options] == ["inadequate", "developing", "secure"]


async def test_a_correction_is_by_the_scale_of_today_and_kept_with_it(world: World, tmp_path: Path) -> None:
    audit = await world.graded("green", actions=False)
    change(world, renamed(tmp_path, keep=True))
    values = {"manager-overall": "inadequate", "actions": "no", "why": "slip"}
    await world.send_form("cyrus", "correct", audit.reference, **values)
    [kept] = world.all(Audit, col(Audit.id) == audit.id)
    assert (kept.grade, kept.scale_version) == ("inadequate", "levels-1")
    assert world.deadline("alert", audit).owner_id == world.ids["mina"]


async def test_work_whose_grade_is_another_question_now_asks_that_one(world: World, tmp_path: Path) -> None:
    audit = await world.audit("cyrus")
    change(world, renamed(tmp_path, keep=True, manager="judgement"))
    opened = await world.press("cyrus", "submit-grades", audit)
    assert isinstance(opened, OpenForm)
    assert "judgement" in [each.name for each in opened.form.fields]
    assert "manager-overall" not in [each.name for each in opened.form.fields]


@pytest.mark.parametrize("keep", [True, False])
async def test_grades_that_no_figure_counts_any_more_are_told(world: World, tmp_path: Path, keep: bool) -> None:
    """A year's figures would be those since the change, and nobody would know."""
    await world.graded("green", actions=False)
    await world.graded("red", "dinah")
    change(world, renamed(tmp_path, keep=keep))
    [told] = await world.run(lambda unit: [each for each in findings(unit, ()) if each.check == "Scales"])
    figures = await world.run(lambda unit: of_period(unit, Period.of(QUARTER, unit.today), {}))
    counted = [each.key for each in figures if each.key.startswith("grades-newham")]
    if keep:
        assert told.advice == ""
        assert counted
        return
    assert counted == []
    assert told.advice == (
        "No scale of the framework has the version by which these were given: 2 grades of newham-brag-1. No figure "
        "counts them. Keep the scale as it was in the file, under a name of its own."
    )
