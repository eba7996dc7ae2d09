"""A word and a reference open in a chat what the record's button opens, for whoever has that button."""

import pytest

from qabot.adapter import Command, OpenForm, Reply, Say
from tests.support.world import World


async def typed(world: World, person: str, word: str, rest: str) -> Reply:
    return await world.nodes[0].desk.command(Command(world.who(person), word, rest))


def form_of(reply: Reply) -> tuple[str, str]:
    assert isinstance(reply, OpenForm), reply
    return reply.form.name, reply.form.token


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
