"""An activity is taken out of the file, or has another name, while there is work of it: that is finished as it was."""

from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from qabot.adapter import OpenForm
from qabot.framework import Framework, differences, load, require
from qabot.framework.activities import Activity
from qabot.framework.kept import take_in
from qabot.messaging.card import plain_card
from qabot.models import Alert, Audit, Deadline, LadderSnapshot
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import handing_over
from tests.support.world import World

SHIPPED = Path("frameworks/newham.yaml")


def change(world: World, folder: Path, *, before: bool = False) -> None:
    """The reviews have another name in the file from now on; `before`: their work is of a version that kept less."""
    path = folder / "changed.yaml"
    path.write_text(SHIPPED.read_text("utf-8").replace("practice-learning-review", "learning-check"), "utf-8")
    if before:
        with world.nodes[0].store.transaction() as session:
            _keep_less(session)
    world.framework = require(load(path, []))
    world.restart()


def _keep_less(session: Session) -> None:
    for each in session.exec(select(LadderSnapshot)):
        each.duty = {name: kept for name, kept in each.duty.items() if name != "activity"}
        session.add(each)


def audit_now(world: World, audit: Audit) -> Audit:
    return world.all(Audit, col(Audit.id) == audit.id)[0]


@pytest.mark.parametrize("before", [False, True])
async def test_what_is_open_is_sent_in_as_it_was_asked(world: World, tmp_path: Path, before: bool) -> None:
    audit = await world.audit("cyrus")
    change(world, tmp_path, before=before)
    opened = await world.press("cyrus", "submit-grades", audit)
    assert isinstance(opened, OpenForm)
    assert "manager-overall" in [each.name for each in opened.form.fields]
    await world.submit(audit, "green", actions=False)
    assert (audit_now(world, audit).state, audit_now(world, audit).grade) == ("finalised", "green")
    await world.tick()
    await world.forward("1 working day")
    title = "practice learning review" if before else "Practice Learning Review"
    assert f"The {title} {audit.reference} has come in" in plain_card(world.cards("quinn")[-1])


async def test_a_low_grade_raises_the_alerts_of_the_file(world: World, tmp_path: Path) -> None:
    """Its own name stands in no alert any more; whoever must hear of it hears of it."""
    audit = await world.audit("cyrus")
    change(world, tmp_path)
    await world.submit(audit, "red")
    await world.tick()
    assert world.deadline("alert", audit).owner_id == world.ids["mina"]
    await world.press("mina", "acknowledge", audit, kind="alert")
    assert [each.acknowledged_by_id for each in world.all(Alert)] == [world.ids["mina"]]


async def test_so_does_one_that_is_corrected_to_it(world: World, tmp_path: Path) -> None:
    audit = await world.audit("cyrus")
    change(world, tmp_path)
    await world.submit(audit, "green", actions=False)
    values = {"manager-overall": "red", "actions": "no", "why": "slip"}
    await world.send_form("cyrus", "correct", audit.reference, **values)
    assert world.deadline("alert", audit).owner_id == world.ids["mina"]


async def test_it_is_handed_over(world: World, tmp_path: Path) -> None:
    audit = await world.audit("cyrus")
    change(world, tmp_path)
    people = {name: world.ids[name] for name in ("dinah", "quinn")}
    deadline = world.deadline("audit", audit).id

    def hand(unit: Unit) -> str:
        there, of_it = unit.directory.people, unit.session.get_one(Deadline, deadline)
        return handing_over.hand_over(unit, of_it, there[people["dinah"]], by=there[people["quinn"]])

    await world.run(hand)
    assert audit_now(world, audit).auditor_id == world.ids["dinah"]


async def test_a_comparison_with_the_next_file_says_nothing_of_it(world: World, tmp_path: Path) -> None:
    await world.audit("cyrus")
    change(world, tmp_path)
    await world.tick()
    assert "practice-learning-review" in world.framework.opened.activities
    assert differences(world.framework, load(tmp_path / "changed.yaml", [])) == []


@pytest.mark.parametrize("name", ["newham", "herefordshire", "northamptonshire", "qpi-board", "northumberland"])
def test_each_activity_comes_back_as_it_is_kept(name: str) -> None:
    framework = require(load(Path(f"frameworks/{name}.yaml"), [Path("frameworks")]))
    for activity in framework.activities.values():
        assert Activity.model_validate(activity.model_dump(mode="json", by_alias=True)) == activity
    assert isinstance(framework, Framework)
    take_in(framework, [])
