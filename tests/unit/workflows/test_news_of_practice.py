"""The card of the month: what was shared since the last one, as far as each reader may read it, or no card."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.messaging.check import texts
from qabot.models import Deadline, Notice
from qabot.workflows.cards import draw
from qabot.workflows.verbs import nominations
from tests.support.shared_practice import CARD, sharing
from tests.support.world import World

EVERYBODY = {"ade", "bea", "cyrus", "dinah", "mina", "marcus", "hanif", "harriet"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A council that tells its managers each month; on Monday 7 December 2026 nothing is shared yet."""
    made = await World.start(tmp_path, framework=sharing(tmp_path))
    await made.jump("2026-12-07 10:00")
    yield made
    made.close()


async def nominate(world: World, nominee: str, what: str = "Explained the plan in plain words") -> None:
    def work(unit: object) -> None:
        told = {
            "seen_on": world.clock.now().date(),
            "what": what,
            "difference": "They knew what comes next",
            "seen_in": "Meeting",
            "tags": [],
        }
        nominations.nominate(unit, world.ids[nominee], told, by=world.ids["quinn"])  # type: ignore[arg-type]

    await world.run(work)


async def share(world: World, nominee: str, level: str, say: str = "yes") -> None:
    """Whoever it is about decides, and what is to be looked over is."""
    token = next(each.token for each in world.notices(nominee) if each.message == "nomination-received")
    await world.send_form(nominee, "sharing", token, share=level)
    for check in world.all(Deadline, col(Deadline.kind) == "look", col(Deadline.state) == "open"):
        await world.send_form("quinn", "answer", check.token, sound=say)


async def month(world: World, day: str) -> None:
    """The first Tuesday of a month comes, and the daily messages of it go."""
    await world.jump(f"{day} 06:00")
    await world.jump(f"{day} 12:00")
    await world.tick()


def told(world: World, **values: str) -> list[Notice]:
    return [each for person in world.ids for each in world.notices(person, **values) if each.message == CARD]


def readers(world: World, **values: str) -> set[str]:
    return {world.name(each.recipient_id) for each in told(world, **values)}


def wanted(world: World) -> dict[int, int]:
    """How often each message that holds such a card was wanted anew."""
    sent = {each.carrier_id or each.id for each in told(world, state="sent")}
    return {each.id: each.wanted for each in world.all(Notice, col(Notice.id).in_(sent))}


async def card(world: World, person: str) -> str:
    """The words of the newest that somebody was sent, as they are now."""
    notice = [each for each in told(world) if each.recipient_id == world.ids[person]][-1]
    drawn = await world.run(lambda unit: draw.cards(unit, [unit.session.get_one(Notice, notice.id)])[0])
    return " ".join(texts(drawn))


async def test_each_reader_has_what_they_may_read_once_a_month_and_nothing_if_there_is_nothing(world: World) -> None:
    await month(world, "2027-01-05")
    assert told(world) == [], "nothing was shared"
    await nominate(world, "sofia")
    await share(world, "sofia", "service")
    await month(world, "2027-02-02")
    assert readers(world, state="sent") == {"ade", "bea", "mina", "hanif"}
    assert {each.lane for each in told(world)} == {"news"}
    await month(world, "2027-03-02")
    assert len(told(world)) == 4, "what a card has told is not told again"
    assert "is shared no longer" not in await card(world, "ade")


async def test_what_is_taken_back_goes_from_the_cards_and_an_empty_one_is_not_sent(world: World) -> None:
    world.change("cyrus", news=False)
    await nominate(world, "sofia")
    await nominate(world, "wanda", "Listened to the family first")
    await share(world, "sofia", "everyone")
    await share(world, "wanda", "everyone")
    await month(world, "2027-01-05")
    assert readers(world, state="sent") == EVERYBODY - {"cyrus"}, "whoever has switched news off has none"
    said = await card(world, "bea")
    assert "Sofia Brandt, Safeguarding. Explained the plan" in said
    assert "Wanda Osei, Children in Care. Listened" in said
    before = wanted(world)
    await share(world, "sofia", "service")
    assert "Sofia" in await card(world, "bea"), "in the same service"
    assert "Sofia" not in await card(world, "dinah"), "in another one"
    assert all(count > before[number] for number, count in wanted(world).items()), "each copy is drawn anew"
    await share(world, "sofia", "private")
    await share(world, "wanda", "withdrawn")
    assert "is shared no longer" in await card(world, "dinah")


async def test_a_look_that_says_no_takes_it_back_and_nobody_hears_of_what_is_gone_before_it_goes(world: World) -> None:
    await nominate(world, "sofia")
    await share(world, "sofia", "service")
    await world.jump("2027-01-05 06:00")
    waiting = told(world)
    assert {each.state for each in waiting} == {"planned"}
    await share(world, "sofia", "everyone", say="no")
    assert {each.state for each in told(world)} == {"superseded"}
    await month(world, "2027-01-05")
    assert readers(world, state="sent") == set()
