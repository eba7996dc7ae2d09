"""Nobody's script or stuck key sends hundreds of messages, and nothing that somebody wrote is lost by it."""

from datetime import UTC, datetime, timedelta

import pytest

from qabot.adapter import Command, OpenForm, Press, Say, Submission
from qabot.errors import BadRequest
from qabot.workflows.core.rates import Rates
from tests.support.world import World

NOMINATION = {"seen_on": "2026-11-23", "what": "She listened", "difference": "It helped", "seen_in": "Meeting"}


class Hand:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def test_a_window_moves_with_the_services_clock() -> None:
    hand = Hand()
    rates = Rates(hand.now, nominations="2 per hour")
    rates.take("nomination", 1)
    hand.at += timedelta(minutes=30)
    rates.take("nomination", 1)
    with pytest.raises(BadRequest, match="2 in an hour"):
        rates.take("nomination", 1)
    rates.take("nomination", 2)
    hand.at += timedelta(minutes=30)
    rates.take("nomination", 1)
    with pytest.raises(BadRequest, match="Nothing is lost"):
        rates.take("nomination", 1)


def test_a_clock_that_is_put_back_shuts_nobody_out() -> None:
    hand = Hand()
    rates = Rates(hand.now, links="1 per hour")
    rates.take("link", 1)
    hand.at -= timedelta(days=7)
    rates.take("link", 1)


async def test_fifty_nominations_in_a_moment_are_twenty_and_the_rest_keep_what_was_written(world: World) -> None:
    desk, who = world.nodes[0].desk, world.who("cyrus")
    values = {**NOMINATION, "nominee": str(world.ids["sofia"]), "no_child": "yes"}
    replies = [
        await desk.submit(Submission(who, "nominate", "", values | {"what": f"She listened, {number}"}))
        for number in range(50)
    ]
    refused = [each for each in replies if isinstance(each, OpenForm)]
    assert len(refused) == 30
    assert "Please go on a little later" in refused[-1].form.errors[""]
    assert refused[-1].form.values["what"] == "She listened, 49"
    assert len({each.subject_id for each in world.notices() if each.subject_type == "nomination"}) == 20
    world.clock.set(world.clock.now() + timedelta(hours=1))
    last = await desk.submit(Submission(who, "nominate", "", values))
    assert not isinstance(last, OpenForm)


async def test_presses_and_words_have_an_end_too(world: World) -> None:
    desk, who = world.nodes[0].desk, world.who("cyrus")
    desk.rates = Rates(world.clock.now, acts="3 per minute", links="1 per hour")
    replies = [await desk.press(Press(who, "nominate")) for _ in range(4)]
    assert isinstance(replies[2], OpenForm)
    assert isinstance(replies[3], Say)
    assert "3 in a minute" in replies[3].text
    assert "3 in a minute" in str(await desk.command(Command(who, "mine")))
