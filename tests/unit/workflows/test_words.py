"""Words that people type: acknowledging, sending grades, what can be stopped, long lists, and words with a slip."""

import pytest

from qabot.adapter import Command, OpenForm, Reply, Say, ShowCard
from qabot.messaging.card import plain_card
from tests.support.world import World


async def typed(world: World, person: str, text: str) -> Reply:
    word, _, rest = text.partition(" ")
    return await world.nodes[0].desk.command(Command(world.who(person), word, rest))


async def card_of(world: World, person: str, text: str) -> str:
    reply = await typed(world, person, text)
    assert isinstance(reply, ShowCard), reply
    return plain_card(reply.card)


async def test_the_only_alert_is_acknowledged_by_a_word(world: World) -> None:
    assert await typed(world, "mina", "ack") == Say("No alert waits to be acknowledged by you. Thank you.")
    audit = await world.graded()
    reply = await typed(world, "mina", "ACK!!")
    assert isinstance(reply, Say)
    assert reply.text.startswith("Thank you for taking this on.")
    assert world.deadline("alert", audit, state="met").closed_by_id == world.ids["mina"]
    assert "No alert waits" in str(await typed(world, "mina", "acknowledge"))


async def test_of_several_alerts_it_is_asked_which(world: World) -> None:
    first, second = await world.graded(), await world.graded()
    asked = await card_of(world, "mina", "ack")
    assert first.reference in asked
    assert second.reference in asked
    assert [each.state for each in (world.deadline("alert", first), world.deadline("alert", second))] == ["open"] * 2
    assert "None of the alerts" in str(await typed(world, "mina", "ack QA-9"))
    await typed(world, "mina", f"ack {second.reference.lower()}")
    assert world.deadline("alert", second, state="met").closed_by_id == world.ids["mina"]
    assert world.deadline("alert", first).state == "open"


async def test_nobody_acknowledges_an_alert_of_which_they_were_not_told(world: World) -> None:
    audit = await world.graded()
    assert "No alert waits" in str(await typed(world, "wanda", f"ack {audit.reference}"))
    assert world.deadline("alert", audit).state == "open"


async def test_a_reference_opens_the_form_of_its_grades(world: World) -> None:
    assert "no audit waiting" in str(await typed(world, "cyrus", "submit"))
    first, second = await world.audit("cyrus"), await world.audit("cyrus")
    form = await typed(world, "cyrus", f"submit {second.reference.lower()}")
    assert isinstance(form, OpenForm)
    assert form.form.token == world.deadline("audit", second).token
    first.reference = "QA-100"
    with world.nodes[0].store.transaction() as session:
        session.add(first)
    assert isinstance(await typed(world, "cyrus", "submit qa-100"), OpenForm), "not QA-1001, which begins like it"
    both = await card_of(world, "cyrus", "submit")
    assert first.reference in both
    assert second.reference in both
    assert "None of your audits" in str(await typed(world, "cyrus", "submit QA-9"))
    assert "no audit waiting" in str(await typed(world, "ade", f"submit {second.reference}"))


async def test_a_word_with_a_slip_is_answered_with_what_was_meant(world: World) -> None:
    assert "Did you mean mine?" in await card_of(world, "ade", "mien")
    assert "Did you mean ack?" in await card_of(world, "ade", "aknowledge")
    assert "Did you mean" not in await card_of(world, "ade", "please could somebody call me")
    assert "How qabot can help you" in await card_of(world, "ade", "")


async def test_what_can_be_stopped_is_said_and_what_cannot(world: World) -> None:
    said = await card_of(world, "ade", "unsubscribe")
    assert "News can be switched off" in said
    assert "cannot be switched off" in said


async def test_every_row_of_a_long_list_is_reached_by_words_and_by_a_form(world: World) -> None:
    references = [(await world.audit("cyrus")).reference for _ in range(15)]
    first = await card_of(world, "cyrus", "mine")
    assert "And 9 more. Write “mine 7” for the next." in first
    seen = [first, await card_of(world, "cyrus", "mine 7"), await card_of(world, "cyrus", "mine 13")]
    assert all(sum(f"{reference} " in page for page in seen) == 1 for reference in references)
    assert "13 to 15 of 15. Write “mine” for the first." in seen[-1]
    one = await card_of(world, "cyrus", f"mine {references[13].lower()}")
    assert references[13] in one
    assert references[0] not in one
    assert "Only what has" in one
    form = await world.nodes[0].desk.form(world.who("cyrus"), "look")
    assert isinstance(form, OpenForm)
    assert [each.label for each in form.form.fields[1].options] == ["1 to 6", "7 to 12", "13 to 15"]
    shown = await world.send_form("cyrus", "look", "", first="13", words="")
    assert isinstance(shown, ShowCard)
    assert plain_card(shown.card) == seen[-1]
    beyond = await card_of(world, "cyrus", "mine 99999")
    assert "Write “mine” for the first." in beyond


async def test_a_short_list_offers_no_form_to_find_something(world: World) -> None:
    await world.audit("cyrus")
    reply = await typed(world, "cyrus", "mine")
    assert isinstance(reply, ShowCard)
    assert "look" not in [button.action for button in reply.card.buttons]


@pytest.mark.parametrize("word", ["ok", "OK 👍", "Done.", "noted, thanks", ":+1:", "yes"])
async def test_a_small_word_acknowledges_nothing_and_says_so(world: World, word: str) -> None:
    audit = await world.graded()
    said = await card_of(world, "mina", word)
    assert "This word has recorded nothing. An alert is still to be acknowledged." in said
    assert f"Acknowledge alert {audit.reference}" in said
    assert "Did you mean" not in said
    assert world.deadline("alert", audit).state == "open"


async def test_thanks_are_answered_kindly(world: World) -> None:
    assert str(await typed(world, "wanda", "Thank you!")) == str(
        Say("You are welcome. Nothing is waiting for you, so there is nothing to record.")
    )
    assert str(await typed(world, "wanda", "okay")) == str(
        Say("Thank you. Nothing is waiting for you, so there is nothing to record.")
    )


async def test_nobody_is_told_to_write_a_small_word(world: World) -> None:
    said = await card_of(world, "ade", "help")
    assert "thanks" not in said
    assert "• ok" not in said
    assert "Did you mean" not in await card_of(world, "ade", "dune")
