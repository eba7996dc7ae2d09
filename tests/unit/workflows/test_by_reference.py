"""A word and a reference open in a chat what the record's button opens, for whoever has that button."""

import pytest

from qabot.adapter import Command, OpenForm, Reply, Say, ShowCard
from qabot.messaging.card import Row, plain
from qabot.messaging.typed import read_words
from qabot.workflows.core import as_shown
from tests.support.world import World


async def typed(world: World, person: str, word: str, rest: str) -> Reply:
    return await world.nodes[0].desk.command(Command(world.who(person), word, rest))


def form_of(reply: Reply) -> tuple[str, str]:
    assert isinstance(reply, OpenForm), reply
    return reply.form.name, as_shown.parted(reply.form.token)[0]


@pytest.mark.parametrize("rest", ["{}", "the grades of {}", "my grades for {} please", "{} grades"])
async def test_whoever_sent_grades_corrects_them_by_a_word(world: World, rest: str) -> None:
    audit = await world.graded("green")
    assert form_of(await typed(world, "cyrus", "correct", rest.format(audit.reference.lower()))) == (
        "correct",
        audit.reference,
    )


async def test_quality_assurance_corrects_and_nobody_else_hears_whether_it_is_there(world: World) -> None:
    audit = await world.graded("green")
    assert form_of(await typed(world, "quinn", "correct", audit.reference.replace("-", " ")))[0] == "correct"
    here, elsewhere = [str(await typed(world, "dara", "correct", each)) for each in (audit.reference, "QA-9999")]
    assert here.replace(audit.reference, "QA-9999") == elsewhere
    assert "nothing about QA-9999 that you can correct" in elsewhere


@pytest.mark.parametrize("word", ["correct", "withdraw", "withdraw-alert", "change-date", "change"])
@pytest.mark.parametrize("rest", ["", "the", "it please"])
async def test_a_word_without_a_reference_says_what_to_write(world: World, word: str, rest: str) -> None:
    reply = await typed(world, "quinn", word, rest)
    assert isinstance(reply, Say)
    assert f"“{word} QA-1042”" in reply.text


@pytest.mark.parametrize(
    ("word", "rest", "name"),
    [
        ("withdraw", "alert {}", "withdraw-alert"),
        ("withdraw", "the alert about {}", "withdraw-alert"),
        ("withdraw", "{}", "withdraw-alert"),
        ("withdraw-alert", "for {}", "withdraw-alert"),
    ],
)
async def test_an_alert_is_withdrawn_in_two_words_too(world: World, word: str, rest: str, name: str) -> None:
    audit = await world.graded("red")
    assert form_of(await typed(world, "quinn", word, rest.format(audit.reference))) == (name, audit.reference)


async def test_work_without_an_alert_is_withdrawn_itself_and_never_by_the_word_for_alerts(world: World) -> None:
    audit = await world.graded("green")
    assert form_of(await typed(world, "quinn", "withdraw", audit.reference))[0] == "withdraw"
    assert form_of(await typed(world, "quinn", "withdraw", f"the audit {audit.reference}"))[0] == "withdraw"
    for word, rest in (("withdraw-alert", audit.reference), ("withdraw", f"alert {audit.reference}")):
        assert isinstance(await typed(world, "quinn", word, rest), Say)


async def test_a_date_is_changed_in_two_words_too(world: World) -> None:
    audit = await world.graded("red")
    assert "no date about" in str(await typed(world, "quinn", "change", f"date {audit.reference}"))
    await world.acknowledge("mina", audit)
    values = {"meeting-date": "2026-11-27", "chair": str(world.ids["hanif"])}
    await world.send_form("mina", "answer", world.deadline("pim-date", audit).token, **values)
    for rest in (f"date {audit.reference}", f"the meeting date of {audit.reference}"):
        assert form_of(await typed(world, "mina", "change", rest))[0] == "change-date"


SAYINGS = (
    "{}",
    "{} ?",
    "what is {}",
    "help {}",
    "I need help with {}",
    "more time for {}",
    "ackowledge {}",
    "not me {}",
)


async def test_work_that_somebody_names_in_their_own_words_is_shown_with_its_buttons(world: World) -> None:
    """Nothing is done by words that nobody knows; but what they are about is not far away."""
    audit, other = await world.graded(), await world.graded()
    for said in SAYINGS:
        reply = await typed(world, "mina", *read_words(said.format(audit.reference.replace("-", "").lower())))
        assert isinstance(reply, ShowCard), said
        rows = [plain(each.text) for each in reply.card.blocks if isinstance(each, Row)]
        assert any(audit.reference in each for each in rows), said
        assert not any(other.reference in each for each in rows), said
        assert {"acknowledge", "not-me"} <= {each.action for each in reply.card.all_buttons()}
    assert not world.events("acknowledged")


@pytest.mark.parametrize("said", ["help", "help me", "QA-9999", "call me on extension 12", "help with QA-9999"])
async def test_words_that_name_nothing_that_waits_are_answered_with_help(world: World, said: str) -> None:
    await world.graded()
    reply = await typed(world, "mina", *read_words(said))
    assert isinstance(reply, ShowCard)
    assert reply.card.title == "How qabot can help you"


@pytest.mark.parametrize(
    "said", ["ack all", "acknowledge them all", "ack {0} and {1}", "ack both alerts", "ack {1}, {0}"]
)
async def test_of_several_alerts_that_are_meant_each_is_shown_to_choose_from(world: World, said: str) -> None:
    audits = [await world.graded(), await world.graded()]
    reply = await typed(world, "mina", *read_words(said.format(*[each.reference for each in audits])))
    assert isinstance(reply, ShowCard)
    rows = [plain(each.text) for each in reply.card.blocks if isinstance(each, Row)]
    assert [any(each.reference in row for row in rows) for each in audits] == [True, True]
