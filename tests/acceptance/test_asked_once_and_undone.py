"""Saying "not me" by a slip, in Slack, in Teams and on the web: it is asked once, and taken back under what is said."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qabot.models import Audit
from qabot.workflows.access import owing
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.slack import named
from tests.support.slack.council import user
from tests.support.slack.elements import find

BUTTON = "I am not the right person"
QUESTION = "Are you not the right person?"
BACK = "This is taken back: the alert QA-1001 waits for you again."


@pytest.fixture
async def council(tmp_path: Path) -> AsyncIterator[MixedCouncil]:
    async with mixed_council(tmp_path) as found:
        yield found


async def waits(council: MixedCouncil, person: str) -> bool:
    found = await council.world.run(lambda unit: owing.owed(unit, council.world.ids[person]))
    return any(each.kind == "alert" for each in found)


async def test_each_is_asked_and_can_take_it_back(council: MixedCouncil) -> None:
    audit = await council.world.graded()
    await council.forward()
    await in_slack(council)
    await in_teams(council)
    await on_the_web(council)
    assert len(council.world.events("alert-handed-on")) == len(council.world.events("taken-back")) == 3
    for person in (IN_SLACK, IN_TEAMS, IN_WEB):
        assert await waits(council, person)
    assert council.world.deadline("alert", audit).state == "open"


async def in_slack(council: MixedCouncil) -> None:
    """Slack asks by itself, and sends the press only when it was meant."""
    slack, person = council.slack, user(IN_SLACK)
    card = council.in_slack()
    asked = find(card.blocks, "not-me")[1]["confirm"]
    assert asked["title"]["text"] == QUESTION
    assert (asked["confirm"]["text"], asked["deny"]["text"]) == ("Yes, pass it on", "No, go back")
    await slack.click(person, "not-me", message=card)
    await council.forward()
    assert not await waits(council, IN_SLACK)
    receipt = slack.last(person)
    [undo] = [each for each in named(receipt.blocks) if each.startswith("undo")]
    assert "We have passed this on to" in receipt.words()
    await slack.click(person, undo, message=receipt)
    await council.forward()
    assert BACK in slack.last(person).words()


async def in_teams(council: MixedCouncil) -> None:
    """Teams shows a second step, and the card as it was for whoever goes back."""
    clients, mina = council.clients, council.mina
    await clients.press(mina, BUTTON)
    assert QUESTION in clients.see(mina)
    await clients.press(mina, "No, go back")
    assert QUESTION not in clients.see(mina)
    assert await waits(council, IN_TEAMS)
    await clients.press(mina, BUTTON)
    await clients.press(mina, "Yes, pass it on")
    await council.forward()
    assert not await waits(council, IN_TEAMS)
    assert "We have passed this on to" in clients.see(mina)
    await clients.press(mina, f"Undo: {BUTTON}")
    await council.forward()
    assert clients.told[-1].startswith(BACK)


async def on_the_web(council: MixedCouncil) -> None:
    """The web asks on a page with an address of its own."""
    web, card = council.web, (await council.web.open(IN_WEB, "/inbox")).cards[-1]
    press = next(each for each in card.forms if each.button == BUTTON)
    await web._send(IN_WEB, press.action, dict(press.values))
    assert web.page is not None
    assert (web.page.path, web.page.status) == ("/forms/not-me", 200)
    assert QUESTION in web.page
    assert "No, go back" in web.page
    question = web.page.questions
    assert question.button == "Yes, pass it on"
    await web._send(IN_WEB, question.action, dict(question.values))
    assert not await waits(council, IN_WEB)
    undo = web.page.form(f"Undo: {BUTTON}")
    assert "We have passed this on to" in web.page
    await web._send(IN_WEB, undo.action, dict(undo.values))
    assert BACK in web.page


async def test_a_press_from_an_older_card_without_the_question_is_asked_in_a_modal(council: MixedCouncil) -> None:
    audit: Audit = await council.world.graded()
    await council.forward()
    card, person = council.in_slack(), user(IN_SLACK)
    find(card.blocks, "not-me")[1].pop("confirm")
    await council.slack.click(person, "not-me", message=card)
    await council.forward()
    view = council.slack.modal(person)
    assert view["close"]["text"] == "No, go back"
    assert QUESTION in str(view)
    assert await waits(council, IN_SLACK)
    await council.slack.submit(person)
    await council.forward()
    assert not await waits(council, IN_SLACK)
    assert council.world.is_about(council.world.notices("dara", message="alert-handed-on")[0], audit)
