"""What one press sets going cannot be pressed by a slip: it is asked about once, and nothing has happened before."""

import pytest

from qabot.adapter import OpenForm, Press, ShowCard
from qabot.messaging.card import Button
from qabot.models import Audit, Event, HelpRequest
from tests.support.world import World


def button(world: World, person: str, action: str) -> Button:
    return next(each for card in world.cards(person) for each in card.all_buttons() if each.action == action)


@pytest.mark.parametrize("action", ["know-case", "more-time"])
async def test_a_press_of_the_owner_asks_and_changes_nothing(quarter: World, action: str) -> None:
    shown = button(quarter, "dinah", action)
    before = [each.case_reference for each in quarter.all(Audit)], len(quarter.all(Event))
    reply = await quarter.press_once("dinah", action, shown.token)
    assert isinstance(reply, OpenForm)
    form, asked = reply.form, shown.confirm
    assert asked is not None
    assert (form.name, form.title, form.intro, form.submit) == (action, asked.title, asked.text, asked.yes)
    assert form.back == "No, go back"
    assert ([each.case_reference for each in quarter.all(Audit)], len(quarter.all(Event))) == before
    no = await quarter.press_once("dinah", f"{action}:no", shown.token)
    assert isinstance(no, ShowCard)
    assert action in [each.action for each in no.card.all_buttons()]
    assert len(quarter.all(Event)) == before[1]


async def test_yes_does_it_from_the_form_and_from_a_platform_that_asks_by_itself(quarter: World) -> None:
    shown = button(quarter, "dinah", "know-case")
    await quarter.send_once("dinah", "know-case", shown.token)
    assert len(quarter.events("case-given-back")) == 1
    await quarter.press_once("dinah", "more-time:yes", button(quarter, "dinah", "more-time").token)
    assert len(quarter.all(HelpRequest)) == 3, "it stands under all three reviews"


async def test_an_alert_is_passed_on_only_by_whoever_means_it(world: World) -> None:
    audit = await world.graded()
    shown = button(world, "mina", "not-me")
    assert shown.confirm is not None
    assert audit.reference in shown.confirm.text
    assert isinstance(await world.press_once("mina", "not-me", shown.token), OpenForm)
    await world.tick()
    assert world.events("alert-handed-on") == []
    await world.press("ade", "not-me", audit, kind="alert", of="mina")
    assert world.events("alert-handed-on") == [], "somebody else's card asks nothing"
    await world.press("mina", "not-me", audit, kind="alert")
    assert len(world.events("alert-handed-on")) == 1


async def test_what_is_over_is_not_asked_about(world: World) -> None:
    audit = await world.graded()
    shown = button(world, "mina", "not-me")
    await world.acknowledge("hanif", audit)
    for reply in (
        await world.press_once("mina", "not-me", shown.token),
        await world.nodes[0].desk.form(world.who("mina"), "not-me", token=shown.token),
    ):
        assert not isinstance(reply, OpenForm)
    assert world.events("alert-handed-on") == []


async def test_the_question_fits_every_platform(world: World) -> None:
    registry = world.nodes[0].desk.registry
    asking = [each for each in registry.verbs.values() if each.asks is not None]
    assert {each.name for each in asking} >= {"know-case", "not-me", "more-time"}
    await world.graded()
    card = world.card_about("mina", world.all(Audit)[0], "alert")
    reply = await world.nodes[0].desk.press(Press(world.who("mina"), "not-me", card.token))
    assert isinstance(reply, OpenForm)
    assert len(reply.form.title) <= 100
    assert len(reply.form.intro) <= 300
    assert max(len(reply.form.submit), len(reply.form.back)) <= 24
