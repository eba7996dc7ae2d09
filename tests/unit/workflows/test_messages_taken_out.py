"""A message has another name in the council's files, and a running ladder sends it: somebody hears all the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from qabot.messaging.card import plain_card
from qabot.models import LadderSnapshot
from qabot.scheduler.tick import Ticker
from qabot.scheduler.watching.deadlines import Deadlines
from qabot.web import checklist
from qabot.workflows.core.messages_before import complete
from tests.support.councils import Start, answer
from tests.support.world import World, tools

USUAL = """
duties:
  look: {rule: ABC-DDL-1, title: Look at it, when: [practice-learning-review.submitted], owes: [service-manager],
         due: submitted + 5 working days}
"""


def without(world: World, *names: str) -> None:
    """The files hold these messages no more, and qabot starts anew."""
    world.restart()
    files = {name: each for name, each in tools().catalogue.files.items() if name not in names}
    for node in world.nodes:
        node.desk.tools = replace(tools(), catalogue=replace(tools().catalogue, files=files))


async def test_an_alert_is_sent_climbs_and_is_acknowledged(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    audit = await world.graded("red")
    before = world.cards("mina")[-1]
    without(world, "red-alert", "red-alert-again", "red-alert-escalated")
    await world.forward("5 working hours")
    card = world.cards("mina")[-1]
    assert card != before
    assert "Please let us know that you have seen this" in plain_card(card)
    await world.press("mina", "acknowledge", audit, kind="alert")
    assert world.deadline("alert", audit, state="met").owner_id == world.ids["mina"]
    world.close()


async def test_a_card_that_was_sent_before_is_pressed(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    audit = await world.graded("red")
    without(world, "red-alert")
    await world.press("mina", "acknowledge", audit, kind="alert")
    assert world.deadline("alert", audit, state="met").owner_id == world.ids["mina"]
    world.close()


async def test_what_is_owed_is_said_and_answered(start: Start) -> None:
    world = await start(USUAL)
    audit = await world.graded("green", actions=False)
    without(world, "duty-late")
    await world.forward("7 working days")
    assert "duty-late" in world.messages("mina")
    await answer(world, "mina", "look", audit)
    world.close()


async def test_whoever_runs_the_service_is_told_while_something_open_sends_it(start: Start) -> None:
    world = await start(USUAL)
    audit = await world.graded("green", actions=False)
    assert await told(world) == []
    without(world, "duty-late", "duty-unheard-of")
    said = "The message duty-late has no file any more, and 1 open deadline sends it: duty is said in its place."
    assert [each for each in await told(world) if each.startswith(said)] == await told(world) != []
    watched = await world.run(lambda unit: list(Deadlines(Ticker()).look(unit)))
    assert said in [each.sentence for each in watched if each.kind == "framework-changed"]
    await answer(world, "mina", "look", audit)
    assert [each for each in await told(world) if "duty-late" in each and "1 open" in each] == []
    world.close()


async def told(world: World) -> list[str]:
    """What the administrator's page and `qabot doctor` say of messages."""
    findings = await world.run(lambda unit: list(checklist.findings(unit, ())))
    return [each.advice for each in findings if each.check == "Messages of what is open" and each.advice]


@pytest.mark.parametrize("name", ["duty-alert", "duty"])
async def test_where_nothing_can_stand_in_the_messages_are_what_they_are(tmp_path: Path, name: str) -> None:
    world = await World.start(tmp_path)
    await world.graded("red")
    assert world.all(LadderSnapshot)
    catalogue = tools().catalogue
    with world.nodes[0].store.transaction() as session:
        assert complete(catalogue, session) is catalogue
        files = {each: file for each, file in catalogue.files.items() if each not in (name, "red-alert")}
        assert ("red-alert" in complete(replace(catalogue, files=files), session).files) == (name != "duty-alert")
    world.close()
