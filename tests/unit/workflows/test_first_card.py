"""The first card about work can be acted on: it names practitioner and team, and takes the grades."""

from qabot.adapter import OpenForm
from qabot.messaging.card import Row, plain
from tests.support.world import World


async def test_the_first_card_says_with_whom_in_which_team_and_takes_the_grades(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    card = world.cards("cyrus")[-1]
    (row,) = [each for each in card.blocks if isinstance(each, Row)]
    assert plain(row.text).startswith(f"{audit.reference}, case 7199999, Stratford, with Sofia Brandt")
    assert [each.action for each in row.buttons] == ["submit-grades", "know-case"]
    reply = await world.press_token("cyrus", "submit-grades", row.buttons[0].token)
    assert isinstance(reply, OpenForm)
    assert audit.reference in reply.form.title
