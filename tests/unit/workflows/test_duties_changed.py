"""A duty keeps its name and says something else in the changed file: what is open is done as it was asked."""

from pathlib import Path

import pytest
from sqlmodel import col

from qabot.framework import load, require
from qabot.messaging.card import plain_card
from qabot.models import Alert, Audit, Deadline
from qabot.workflows.access import owing
from tests.support.councils import RULES, Start, answer, kinds
from tests.support.world import World

WHEN = "when: [practice-learning-review.submitted]"
ALERT = f"""
duties:
  see-it: {{rule: ABC-DDL-1, title: See it, {WHEN}, owes: [service-manager], due: none, ask: [acknowledged],
           ladder: red-alert}}
"""
USUAL = f"""
duties:
  see-it: {{rule: ABC-DDL-1, title: See it, {WHEN}, owes: [service-manager], due: submitted + 5 working days,
           button: I have seen it}}
"""


def change(world: World, folder: Path, text: str) -> None:
    """The council's file adds this to Newham's from now on, and qabot starts anew."""
    path = folder / "changed.yaml"
    path.write_text(f"{RULES}{text}", "utf-8")
    world.framework = require(load(path, [Path("frameworks")]))
    world.restart()


def buttons(world: World, person: str) -> list[str]:
    return [each.action for each in world.cards(person)[-1].buttons]


async def test_an_alert_that_is_none_any_more_is_acknowledged(start: Start, tmp_path: Path) -> None:
    world = await start(ALERT)
    audit = await world.graded("green", actions=False)
    change(world, tmp_path, USUAL)
    await world.forward("1 working day")
    assert "acknowledge" in buttons(world, "mina")
    deadline = world.deadline("see-it", audit)
    assert await world.run(lambda unit: owing.alerts_waiting(unit.session, unit.framework, world.ids["mina"])) == [
        deadline.id
    ]
    await world.press("mina", "acknowledge", audit, kind="see-it")
    assert world.deadline("see-it", audit, state="met").owner_id == world.ids["mina"]
    [alert] = world.all(Alert)
    assert alert.acknowledged_by_id == world.ids["mina"]
    world.close()


async def test_what_has_become_an_alert_is_answered_as_it_was(start: Start, tmp_path: Path) -> None:
    world = await start(USUAL)
    audit = await world.graded("green", actions=False)
    change(world, tmp_path, ALERT)
    await world.forward("3 days")
    assert await world.run(lambda unit: owing.alerts_waiting(unit.session, unit.framework, world.ids["mina"])) == []
    assert "answer" in buttons(world, "mina")
    await answer(world, "mina", "see-it", audit)
    assert "see-it" in kinds(world, "met")
    await world.graded("green", "dinah", actions=False)
    assert world.all(Alert), "the next one is an alert"
    world.close()


async def test_it_stays_with_those_who_owed_it(start: Start, tmp_path: Path) -> None:
    """Its ladder speaks to them, whoever of them answers is enough, and the others have nothing to do with it."""
    both = USUAL.replace("[service-manager]", "[service-manager, head-of-service]")
    world = await start(both)
    audit = await world.graded("green", actions=False)
    await world.forward("1 working day")
    change(world, tmp_path, USUAL.replace("[service-manager]", "[practice-lead]"))
    deadline = world.deadline("see-it", audit)
    waits = await world.run(lambda unit: [each.id for each in owing.owed(unit, world.ids["hanif"])])
    assert deadline.id in waits
    await world.forward("6 working days")
    assert [each for each in world.notices("hanif", state="sent") if each.deadline_id == deadline.id and each.step]
    await answer(world, "hanif", "see-it", audit)
    assert "see-it" in kinds(world, "met")
    world.close()


JUDGED = USUAL.replace("button:", "judged-by: [head-of-service], button:")


@pytest.mark.parametrize(("before", "after", "judges"), [(JUDGED, USUAL, True), (USUAL, JUDGED, False)])
async def test_it_is_judged_as_it_opened(start: Start, tmp_path: Path, before: str, after: str, judges: bool) -> None:
    world = await start(before)
    audit = await world.graded("green", actions=False)
    change(world, tmp_path, after)
    await answer(world, "mina", "see-it", audit)
    assert ("see-it-judged" in kinds(world)) == judges
    if judges:
        await answer(world, "hanif", "see-it-judged", audit, satisfied="yes")
        assert "see-it-judged" in kinds(world, "met")
    world.close()


@pytest.mark.parametrize(("before", "after"), [("owes", "owes-each"), ("owes-each", "owes")])
async def test_one_for_all_and_one_each_stay_what_they_were(
    start: Start, tmp_path: Path, before: str, after: str
) -> None:
    each = USUAL.replace("owes: [service-manager]", "owes-each: [service-manager, head-of-service]")
    either = each.replace("owes-each", "owes")
    files = {"owes": either, "owes-each": each}
    world = await start(files[before])
    audit = await world.graded("green", actions=False)
    change(world, tmp_path, files[after])
    await world.forward("1 working day")
    for number in [each.id for each in world.all(Deadline, col(Deadline.kind) == "see-it")]:
        [part] = world.all(Deadline, col(Deadline.id) == number)
        owner = "hanif" if before == "owes" else world.name(part.owner_id)
        await world.press_token(owner, "answer", part.token)
    assert {each.state for each in world.all(Deadline, col(Deadline.kind) == "see-it")} == {"met"}
    assert world.all(Audit, col(Audit.id) == audit.id)[0].state == "finalised"
    world.close()


async def test_its_button_says_what_it_said(start: Start, tmp_path: Path) -> None:
    world = await start(USUAL)
    await world.graded("green", actions=False)
    await world.forward("1 working day")
    change(world, tmp_path, USUAL.replace("I have seen it", "Read"))
    await world.forward("6 working days")
    assert "I have seen it" in [each.label for each in world.cards("mina")[-1].buttons]
    world.close()


AMBER = ALERT.replace("owes:", "if: {any-grade: [amber]}, owes:")


async def test_an_alert_says_the_grade_for_which_it_was_raised(start: Start, tmp_path: Path) -> None:
    """The file raises none for that grade any more: nobody has corrected it."""
    world = await start(AMBER)
    await world.graded("amber", actions=False)
    assert "corrected since" not in plain_card(world.cards("mina")[-1])
    change(world, tmp_path, USUAL)
    await world.forward("1 working day")
    assert "corrected since" not in plain_card(world.cards("mina")[-1])
    world.close()


THEN = """
  then: {rule: ABC-DDL-2, title: Talk about it, when: [see-it.opened], owes: [service-manager],
         due: opened + 5 working days}
"""


@pytest.mark.parametrize("after", [USUAL + THEN, USUAL, ""], ids=["no alert", "nothing follows", "gone"])
async def test_what_comes_next_leaves_the_card_of_an_alert_as_it_is_done(
    start: Start, tmp_path: Path, after: str
) -> None:
    world = await start(ALERT + THEN)
    audit = await world.graded("green", actions=False)
    await world.press("mina", "acknowledge", audit, kind="see-it")
    await world.tick()
    card = [each for each in world.cards("mina") if "Talk about it" in plain_card(each)]
    assert card, "it offers what comes next"
    change(world, tmp_path, after)
    await world.tick()
    await answer(world, "mina", "then", audit)
    await world.tick()
    [alert] = [each for each in world.cards("mina") if each.title == card[0].title]
    assert "Talk about it" not in plain_card(alert)
    world.close()
