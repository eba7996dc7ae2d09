"""A card of which everything is done says what became of it, and asks for nothing any more."""

import pytest

from qabot.messaging.card import Card, Facts, Note, Paragraph, Row, plain, plain_card
from qabot.models import Audit
from qabot.web.drawing import in_short
from tests.support.world import World


def newest(world: World, person: str, message: str) -> Card:
    return [each for each in world.cards(person) if each.message == message][-1]


async def test_what_a_message_asked_is_not_on_its_card_once_it_is_done(world: World) -> None:
    audit = await world.graded()
    await world.advance("2026-11-24 12:00")
    assert "Please tell us its date" in plain_card(newest(world, "mina", "pim-date"))
    deadline = world.deadline("pim-date", audit)
    values = {"meeting-date": "2026-12-01", "chair": str(world.ids["mina"])}
    await world.send_form("mina", "answer", deadline.token, **values)
    await world.tick()
    card = newest(world, "mina", "pim-date")
    assert card.done
    words = [plain(each.text) for each in card.blocks if isinstance(each, Paragraph)]
    assert words == ["Meeting on 1 December 2026 (Mina Sharpe, 24 November 2026 at midday)."]
    assert {Facts, Note} <= {type(each) for each in card.blocks}


async def test_a_list_of_which_all_is_done_keeps_its_rows_and_not_its_words(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    before = newest(world, "cyrus", "review-allocated")
    assert any(isinstance(each, Paragraph) for each in before.blocks)
    await world.submit(audit)
    await world.tick()
    card = newest(world, "cyrus", "review-allocated")
    assert card.done
    assert not [each for each in card.blocks if isinstance(each, Paragraph)]
    (row,) = [plain(each.text) for each in in_short(card).blocks if isinstance(each, Row)]
    assert row.startswith("QA-1001")
    assert "Submitted by Cyrus Patel" in row


async def test_a_days_message_of_which_all_is_done_does_not_say_that_there_is_something(world: World) -> None:
    first = await world.graded()
    await world.audit("mina")
    await world.advance("2026-11-24 12:00")
    digests = [each for each in world.cards("mina") if each.title.startswith("Your QA tasks")]
    assert "This is all we have for you today" in plain_card(digests[-1])
    await world.send_form(
        "mina",
        "answer",
        world.deadline("pim-date", first).token,
        **{"meeting-date": "2026-12-01", "chair": str(world.ids["mina"])},
    )
    work = [each for each in world.all(Audit) if each.auditor_id == world.ids["mina"]]
    for each in work:
        await world.submit(each)
    await world.tick()
    digest = [each for each in world.cards("mina") if each.title.startswith("Your QA tasks")][-1]
    assert digest.done
    said = plain_card(in_short(digest))
    assert "This is all we have for you today" not in said
    assert "Meeting on 1 December 2026" in said
    assert "Submitted by Mina Sharpe" in said


@pytest.mark.parametrize("person", ["mina", "hanif"])
async def test_an_alert_says_by_itself_what_holds_once_it_is_acknowledged(world: World, person: str) -> None:
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    await world.tick()
    said = plain_card(newest(world, person, "red-alert"))
    assert "Acknowledged by Mina Sharpe" in said
    assert "If nobody acknowledges it" not in said
