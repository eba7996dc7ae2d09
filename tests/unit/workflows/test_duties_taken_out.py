"""A duty is taken out of the file, or has another name, while somebody owes it: it is done as it was asked."""

from pathlib import Path

import pytest

from qabot.adapter import OpenForm
from qabot.framework import differences, load, require
from qabot.framework.describe import describe
from qabot.framework.secret_lint import is_secret
from qabot.models import Deadline
from tests.support.councils import RULES, Start, answer, kinds
from tests.support.world import World
from tests.unit.workflows.test_correcting import correct

JUDGED = """
questions:
  why-so: {label: Why?, choice: {late: It came late, other: Something else}}
duties:
  stage-1: {rule: ABC-DDL-1, title: First reply, when: [practice-learning-review.submitted], owes: [practice-lead],
            due: submitted + 5 working days, ask: [why-so], judged-by: [service-manager],
            put-off: {times: 1, approve: [head-of-service]}}
"""
OTHER_NAME = Path("frameworks/newham.yaml")


def change(world: World, folder: Path, text: str) -> None:
    """The council's file is this from now on, and qabot starts anew."""
    path = folder / "changed.yaml"
    path.write_text(text, "utf-8")
    world.framework = require(load(path, [Path("frameworks")]))
    world.restart()


def renamed() -> str:
    """Newham's file, in which the alert has another name."""
    text = OTHER_NAME.read_text("utf-8")
    head, _, duties = text.partition("\nduties:\n")
    return f"{head}\nduties:\n{duties}".replace("\n  alert:\n", "\n  red-work:\n", 1).replace("alert.", "red-work.")


async def test_an_alert_whose_duty_has_another_name_is_acknowledged(start: Start, tmp_path: Path) -> None:
    world = await start("")
    audit = await world.graded("red")
    change(world, tmp_path, renamed())
    await world.forward("4 working hours")
    assert "acknowledge" in [each.action for each in world.cards("mina")[-1].buttons]
    await world.press("mina", "acknowledge", audit, kind="alert")
    assert world.deadline("alert", audit, state="met").owner_id == world.ids["mina"]
    await world.forward("3 working days")
    assert not [each for each in world.notices("mina", state="planned") if each.lane == "alert"]
    world.close()


async def test_what_is_owed_is_answered_and_judged_as_it_was_asked(start: Start, tmp_path: Path) -> None:
    world = await start(JUDGED)
    audit = await world.graded("green", actions=False)
    change(world, tmp_path, RULES)
    opened = await world.press_token("ade", "answer", world.deadline("stage-1", audit).token)
    assert isinstance(opened, OpenForm)
    assert [each.name for each in opened.form.fields] == ["why-so"]
    await answer(world, "ade", "stage-1", audit, **{"why-so": "late"})
    assert "stage-1-judged" in kinds(world)
    await answer(world, "mina", "stage-1-judged", audit, satisfied="yes")
    assert {"stage-1", "stage-1-judged"} <= set(kinds(world, "met"))
    world.close()


async def test_what_is_owed_is_put_off_as_it_could_be(start: Start, tmp_path: Path) -> None:
    world = await start(JUDGED)
    audit = await world.graded("green", actions=False)
    change(world, tmp_path, RULES)
    token = world.deadline("stage-1", audit).token
    await world.send_form("ade", "not-yet", token, new_date="2026-12-11", why="workload")
    assert "stage-1-later" in kinds(world)
    world.restart()
    await answer(world, "hanif", "stage-1-later", audit, agreed="yes")
    assert f"{world.deadline('stage-1', audit).due_on}" == "2026-12-11"
    world.close()


async def test_it_opens_no_more(start: Start, tmp_path: Path) -> None:
    world = await start(JUDGED)
    await world.graded("green", actions=False)
    change(world, tmp_path, RULES)
    await world.graded("green", "dinah", actions=False)
    assert [each.kind for each in world.all(Deadline)].count("stage-1") == 1
    assert set(world.framework.opened.gone) == {"stage-1", "stage-1-judged", "stage-1-later"}
    assert "stage-1" not in world.framework.kinds()
    world.close()


async def test_what_only_a_grade_opened_stays_hidden_from_whose_work_it_is(start: Start, tmp_path: Path) -> None:
    behind = """
duties:
  look-closer: {rule: ABC-DDL-1, title: Look closer, when: [practice-learning-review.submitted], if: {grade: [red]},
                owes: [practice-lead], due: submitted + 5 working days}
  write-down: {rule: ABC-DDL-1, title: Write it down, when: [look-closer.done], owes: [practice-lead], due: none}
"""
    world = await start(behind)
    audit = await world.graded("red")
    await answer(world, "ade", "look-closer", audit)
    change(world, tmp_path, RULES)
    await world.tick()
    assert is_secret(world.framework, "write-down")
    world.close()


async def test_a_comparison_with_the_next_file_says_nothing_of_them(start: Start, tmp_path: Path) -> None:
    world = await start(JUDGED)
    await world.graded("green", actions=False)
    change(world, tmp_path, RULES)
    await world.tick()
    assert world.framework.opened.gone
    assert differences(world.framework, load(tmp_path / "changed.yaml", [Path("frameworks")])) == []
    assert "First reply" not in str(describe(world.framework))
    world.close()


BY_ANSWER = """
questions:
  risk: {{label: Risk?, choice: {{high: High, low: Low}}}}
duties:
  ask: {{rule: ABC-DDL-1, title: Ask, when: [practice-learning-review.submitted], owes: [practice-lead],
        due: submitted + 2 working days, ask: [risk]}}
  visit: {{rule: ABC-DDL-1, title: Visit, when: [practice-learning-review.submitted], owes: [service-manager],
          due: {{according-to: risk, low: submitted + {low}, else: submitted + 3 working days}}}}
"""


async def test_a_due_date_by_an_answer_is_that_of_the_file_of_its_day(start: Start, tmp_path: Path) -> None:
    world = await start(BY_ANSWER.format(low="4 weeks"))
    audit = await world.graded("green", actions=False)
    change(world, tmp_path, RULES + BY_ANSWER.format(low="8 weeks"))
    await answer(world, "ade", "ask", audit, risk="low")
    assert f"{world.deadline('visit', audit).due_on}" == "2026-12-21", "in four weeks, as promised"
    world.close()


FOLLOWS = """
duties:
  look-closer: {rule: ABC-DDL-1, title: Look closer, when: [practice-learning-review.submitted],
                if: {grade: [amber, red]}, owes: [practice-lead], due: submitted + 5 working days}
"""


@pytest.mark.parametrize("before", [FOLLOWS, ""], ids=["another name", "new"])
async def test_a_correction_opens_only_what_it_has_made_true(start: Start, tmp_path: Path, before: str) -> None:
    """What holds as it did opens for no work of before the file, nor a second time where it has another name."""
    world = await start(before)
    audit = await world.graded("amber", actions=False)
    change(world, tmp_path, RULES + FOLLOWS.replace("look-closer", "look-again"))
    await correct(world, "cyrus", audit, "red")
    assert [each for each in kinds(world) if each.startswith("look-")] == (["look-closer"] if before else [])
    await correct(world, "cyrus", audit, "green")
    await correct(world, "cyrus", audit, "amber")
    assert "look-again" in kinds(world)
    world.close()


async def test_nor_does_it_raise_an_alert_again_that_has_another_name(start: Start, tmp_path: Path) -> None:
    world = await start("")
    audit = await world.graded("red")
    change(world, tmp_path, renamed())
    await correct(world, "cyrus", audit, "red", why="form")
    assert [each for each in kinds(world) if each in ("alert", "red-work")] == ["alert"]
    world.close()
