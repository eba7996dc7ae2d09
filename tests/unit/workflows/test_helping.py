"""Help that is asked for is tracked: about something, open until it is answered, and the asker hears of it."""

import pytest

from qabot.adapter import Command, OpenForm
from qabot.messaging.card import Row, plain, plain_card
from qabot.messaging.form import Form
from qabot.models import Deadline, HelpRequest
from qabot.web.drawing import in_short
from tests.support.world import World

TALKED = "We have talked, and it can go on"


async def asked(world: World) -> HelpRequest:
    """Ade asks for help with the actions of an audit that is final; those who can help have heard of it."""
    audit = await world.graded("green")
    await world.jump("2026-12-11 18:00")
    await world.advance("2026-12-15 12:00")
    await world.press("ade", "more-time", audit, kind="actions")
    await world.advance("2026-12-16 12:00")
    return world.all(HelpRequest)[-1]


def newest(world: World, person: str, message: str) -> str:
    return plain_card([each for each in world.cards(person) if each.message == message][-1])


async def test_what_is_asked_about_is_said_and_not_the_finished_work(world: World) -> None:
    await asked(world)
    said = newest(world, "mina", "help-asked")
    assert "Ade Lawal: Actions to confirm, QA-1001, case 7199999 [Answer: QA-1001]" in said
    assert "due 31 December" not in said


async def test_it_stays_open_until_somebody_answers_and_the_asker_hears_of_it(world: World) -> None:
    row = await asked(world)
    (token,) = [each.token for each in world.notices("mina", message="help-asked")]
    form = await world.press_token("mina", "help-answer", token)
    assert isinstance(form, OpenForm)
    assert form.form.title == "Answer Ade Lawal: QA-1001"
    await world.send_form("mina", "help-answer", token, answer="talked", note="Friday is fine")
    await world.advance("2026-12-17 12:00")
    told = newest(world, "ade", "help-answered")
    for words in ("Mina Sharpe has answered", "Actions to confirm", TALKED, "Friday is fine"):
        assert words in told
    for person in ("mina", "quinn"):
        card = newest(world, person, "help-asked")
        assert f"Answered by Mina Sharpe on 16 December 2026 at midday: {TALKED}." in card
        assert "[Answer" not in card
    assert [each.why for each in world.events("help-answered")] == [TALKED]
    other = world.notices("quinn", message="help-asked")[0].token
    again = await world.send_form("quinn", "help-answer", other, answer="talked")
    assert "Mina Sharpe had answered Ade Lawal already" in str(again)
    assert world.all(HelpRequest)[-1].answer == "talked"
    assert row.closed_at is None


async def test_asking_twice_is_one_request_until_it_is_answered(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    for _ in range(2):
        await world.press("cyrus", "more-time", audit)
    assert len(world.all(HelpRequest)) == 1
    await world.advance("2026-11-25 12:00")
    token = world.notices("marcus", message="help-asked")[0].token
    await world.send_form("marcus", "help-answer", token, answer="talked")
    await world.advance("2026-11-26 12:00")
    await world.press("cyrus", "more-time", audit)
    assert len(world.all(HelpRequest)) == 2


async def test_it_is_open_though_what_it_is_about_is_done(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await world.press("cyrus", "more-time", audit)
    await world.submit(audit)
    await world.advance("2026-11-25 12:00")
    assert "[Answer: QA-1001]" in newest(world, "marcus", "help-asked")


async def test_pages_show_it_to_whoever_can_help_and_to_whoever_asked(world: World) -> None:
    await asked(world)
    whose = "Colleagues asked for help\n- Ade Lawal, since", "You asked for help\n- Since"
    for person, heading in zip(("mina", "ade"), whose, strict=True):
        page = await world.nodes[0].desk.home(world.who(person))
        assert f"{heading} 15 December 2026: Actions to confirm: QA-1001" in plain_card(page)
    page = await world.nodes[0].desk.home(world.who("mina"))
    (row,) = [each for each in page.blocks if isinstance(each, Row) and "Ade Lawal, since" in plain(each.text)]
    (button,) = row.buttons
    form = await world.press_token("mina", button.action, button.token)
    assert isinstance(form, OpenForm)
    await world.send_form("mina", "help-answer", button.token, answer="talked")
    assert "Colleagues asked" not in plain_card(await world.nodes[0].desk.home(world.who("mina")))


@pytest.mark.parametrize("person", ["ade", "dinah", "wanda"])
async def test_nobody_else_can_answer_it(world: World, person: str) -> None:
    row = await asked(world)
    reply = await world.send_form(person, "help-answer", row.token, answer="talked")
    assert "no longer does anything" in str(reply)
    assert world.all(HelpRequest)[-1].closed_at is None


async def test_what_names_a_child_is_not_kept(world: World) -> None:
    await asked(world)
    token = world.notices("mina", message="help-asked")[0].token
    reply = await world.send_form("mina", "help-answer", token, answer="talked", note="NHS number 943 476 5919")
    assert isinstance(reply, OpenForm)
    assert set(reply.form.errors) == {"note"}
    assert world.all(HelpRequest)[-1].closed_at is None


async def test_the_list_for_senior_leaders_says_that_help_was_asked_for(world: World) -> None:
    audit = await world.audit("cyrus", due="2026-12-31")
    await world.jump("2026-12-30 12:00")
    await world.advance("2027-01-06 12:00")
    await world.press("cyrus", "more-time", audit)
    await world.advance("2027-01-11 12:00")
    said = newest(world, "sian", "open-by-service")
    assert "with Cyrus Patel, due 31 December 2026: asked for help on 6 January 2027" in said


async def test_whoever_asked_has_no_button_to_answer_and_reads_of_it_once(world: World) -> None:
    await asked(world)
    page = await world.nodes[0].desk.home(world.who("ade"))
    own = [each for each in page.blocks if isinstance(each, Row) and plain(each.text).startswith("Since")]
    assert [(plain(each.text).count("15 December 2026"), each.buttons) for each in own] == [(1, ())]


@pytest.mark.parametrize(
    ("manager", "said"),
    [("mina", "Mina Sharpe and the Quality Assurance Service are"), (None, "The Quality Assurance Service is")],
)
async def test_only_those_are_promised_who_were_told(world: World, manager: str | None, said: str) -> None:
    world.change("cyrus", line_manager_id=world.ids[manager] if manager else None)
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    reply = await world.press("cyrus", "more-time", audit)
    assert f"{said} asked to get in touch" in str(reply)


async def test_the_answer_is_there_to_be_read_and_not_folded_away_as_done(world: World) -> None:
    await asked(world)
    token = world.notices("mina", message="help-asked")[0].token
    await world.send_form("mina", "help-answer", token, answer="talked", note="Until Friday is fine")
    await world.advance("2026-12-17 12:00")
    (card,) = [each for each in world.cards("ade") if each.message == "help-answered"]
    assert not card.done
    assert "Until Friday is fine" in plain_card(in_short(card))


async def asked_with_a_date(world: World) -> None:
    """Cyrus asks for help with an audit; those who can help have heard of it."""
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await world.press("cyrus", "more-time", audit)
    await world.advance("2026-11-25 12:00")


async def answering(world: World, person: str) -> tuple[str, Form]:
    """The token of somebody's request card, and the form that it opens."""
    token = world.notices(person, message="help-asked")[-1].token
    form = await world.press_token(person, "help-answer", token)
    assert isinstance(form, OpenForm)
    return token, form.form


def due(world: World) -> str:
    return str([each.due_on for each in world.all(Deadline) if each.kind == "audit"][-1])


async def test_more_time_asks_until_when_and_the_date_moves(world: World) -> None:
    await asked_with_a_date(world)
    before = due(world)
    token, _ = await answering(world, "quinn")
    without = await world.send_form("quinn", "help-answer", token, answer="date")
    assert isinstance(without, OpenForm)
    assert set(without.form.errors) == {"until"}
    assert world.all(HelpRequest)[-1].closed_at is None
    said = await world.send_form("quinn", "help-answer", token, answer="date", until="2027-01-15")
    assert "Cyrus Patel hears of it. Due on 15 January 2027, not on " in str(said)
    assert due(world) == "2027-01-15" != before
    await world.advance("2026-11-26 12:00")
    assert "New date: 15 January 2027" in newest(world, "cyrus", "help-answered")
    assert "duty-news" not in world.messages("cyrus"), "they hear of it once"
    assert [each.why for each in world.events("more-time")] == ["Help or more time was asked for"]


async def test_whoever_cannot_give_time_reads_who_can_and_promises_none(world: World) -> None:
    await asked_with_a_date(world)
    before = due(world)
    token, form = await answering(world, "marcus")
    choice = form.fields[0]
    assert "date" not in {each.value for each in choice.options}
    assert "The Quality Assurance Service approves this (Quinn Marsh and Rowan Vale): please ask them." in choice.hint
    assert "until" not in {each.name for each in form.fields}
    refused = await world.send_form("marcus", "help-answer", token, answer="date", until="2027-01-15")
    assert isinstance(refused, OpenForm)
    assert (due(world), world.all(HelpRequest)[-1].closed_at) == (before, None)


async def test_a_date_beside_another_answer_is_not_lost_in_silence(world: World) -> None:
    await asked_with_a_date(world)
    token, _ = await answering(world, "quinn")
    reply = await world.send_form("quinn", "help-answer", token, answer="talked", until="2027-01-15")
    assert isinstance(reply, OpenForm)
    assert set(reply.form.errors) == {"until"}
    assert world.all(HelpRequest)[-1].closed_at is None


async def test_of_what_is_done_meanwhile_no_later_date_is_offered(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await world.press("cyrus", "more-time", audit)
    await world.submit(audit)
    await world.advance("2026-11-25 12:00")
    _, form = await answering(world, "quinn")
    assert "date" not in {each.value for each in form.fields[0].options}
    assert "no longer waiting" in form.fields[0].hint


async def test_what_became_of_the_work_stands_with_the_request_that_is_still_open(world: World) -> None:
    """Whoever is to get in touch read that it is due, after it was sent; and that nothing waits for them."""
    audit = await world.audit("cyrus")
    await world.press("cyrus", "more-time", audit)
    await world.advance("2026-11-24 12:00")
    await world.submit(audit)
    await world.tick()
    done = "Submitted by Cyrus Patel on 24 November 2026 at midday."
    assert f"{done} [Answer: QA-1001]" in newest(world, "marcus", "help-asked")
    for person, words in (("marcus", "Colleagues asked for help"), ("cyrus", "You asked for help")):
        page = plain_card(await world.nodes[0].desk.home(world.who(person)))
        assert words in page
        assert f"QA-1001 (case 7199999). {done}" in page
        assert "which has passed" not in page
        assert ("Nothing is waiting for you" in page) == (person == "cyrus"), "a colleague waits for an answer"
    said = await world.nodes[0].desk.command(Command(world.who("marcus"), "thanks"))
    assert "nothing to record" not in str(said)


async def test_no_reminder_says_that_nothing_was_heard_while_help_is_asked_for(world: World) -> None:
    audit = await world.graded("green")
    await world.jump("2026-12-11 18:00")
    await world.advance("2026-12-15 12:00")
    await world.press("ade", "more-time", audit, kind="actions")
    await world.advance("2026-12-31 12:00")
    for person in ("ade", "sofia", "mina"):
        said = newest(world, person, "actions-second")
        assert "Help or more time was asked for on 15 December 2026" in said
        assert "not yet heard" not in said
        assert "tell us what would help" not in said


async def test_what_is_past_its_date_says_that_help_was_asked_for(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.jump("2026-12-21 12:00")
    await world.advance("2026-12-22 12:00")
    await world.press("cyrus", "more-time", audit)
    await world.advance("2027-01-04 12:00")
    said = "\n".join(plain_card(each) for each in world.cards("cyrus")[-1:])
    assert "due 31 December 2026, help asked for on 22 December 2026" in said
    assert "Help or more time has been asked for" in said
    assert "tell us that you need help" not in said
