"""A press on a page: who is behind it is asked where it is done, and no card is drawn for nobody."""

import pytest
from sqlmodel import Session

from qabot.adapter import Press, Say, ShowCard
from qabot.errors import SignInNeeded
from qabot.models import Audit, DeadlineState, Receipt
from tests.support.world import World


def acknowledging(world: World, audit: Audit) -> Press:
    return Press(world.who("mina"), "acknowledge", world.card_about("mina", audit, "alert").token, bare=True)


async def test_a_press_of_which_no_card_is_shown_does_and_says_the_same(world: World) -> None:
    first, second = await world.graded(), await world.graded(auditor="dinah")
    await world.tick()
    card = await world.acknowledge("mina", first)
    bare = await world.nodes[0].desk.press(acknowledging(world, second))
    assert isinstance(card, ShowCard)
    assert isinstance(bare, Say)
    assert [each.label for each in bare.buttons] == [
        each.label.replace(first.reference, second.reference) for each in card.buttons
    ]
    for audit in (first, second):
        assert world.deadline("alert", audit, state=DeadlineState.met).closed_by_id == world.ids["mina"]
        copies = [each for each in world.notices(lane="alert") if world.is_about(each, audit)]
        assert copies
        assert all(each.wanted for each in copies), "every copy of its card is to be redrawn"


async def test_whoever_is_not_sure_of_them_any_more_does_nothing(world: World) -> None:
    def over(_: Session) -> None:
        raise SignInNeeded

    audit = await world.graded()
    await world.tick()
    with pytest.raises(SignInNeeded):
        await world.nodes[0].desk.press(acknowledging(world, audit), sure=over)
    assert world.deadline("alert", audit).state == DeadlineState.open
    assert world.all(Receipt) == []
