"""Of the day of a meeting nobody hears once it is past, and everybody in time, also if it is tomorrow."""

from datetime import date

from sqlmodel import col

from qabot.messaging.card import plain_card
from qabot.models import Notice, Occasion
from tests.support.councils import Start
from tests.support.world import World

BOARD = """
gatherings:
  board:
    rule: ABC-DDL-1
    title: Practice Board
    every: month on 3rd Tuesday
    starts: "09:00"
    ends: "11:00"
    chair: director-of-operations
    to: [head-of-service]
"""
OF_ITS_DAY = ("gathering-invitation", "gathering-moved", "gathering-cancelled")


async def planned(start: Start, at: str, **changes: str) -> World:
    """The Board is on Tuesday 15 December at 9; Harriet and Hanif are invited. `changes`: who works on which days."""
    world = await start(BOARD)
    for person, days in changes.items():
        world.change(person, work_days=days)
    await world.advance(at)
    return world


def about(world: World, person: str) -> list[Notice]:
    return [each for each in world.notices(person) if each.message in OF_ITS_DAY]


def when(world: World, person: str) -> list[tuple[str, str]]:
    """What somebody was sent of its day, and when."""
    sent = [each for each in about(world, person) if each.sent_at is not None]
    return [(each.message.removeprefix("gathering-"), f"{each.sent_at:%d %H:%M}") for each in sent]


async def move(world: World, day: str) -> None:
    (board,) = world.all(Occasion, col(Occasion.key) == "2026-12-15")
    await world.send_form("dara", "move-gathering", board.token, day=day)


async def cancel(world: World) -> None:
    (board,) = world.all(Occasion, col(Occasion.key) == "2026-12-15")
    await world.send_form("dara", "cancel-gathering", board.token, why="few", sure=True)


async def test_what_is_cancelled_on_the_day_before_is_said_before_it_begins(start: Start) -> None:
    """The daily message comes at half past nine: they had come to the room at nine."""
    world = await planned(start, "2026-12-14 15:00")
    await cancel(world)
    await world.advance("2026-12-15 12:00")
    assert when(world, "hanif")[-1] == ("cancelled", "14 15:00")


async def test_in_the_evening_before_it_does_not_wait_for_their_hours(start: Start) -> None:
    world = await planned(start, "2026-12-14 18:00", harriet="1345")
    await cancel(world)
    await world.advance("2026-12-16 12:00")
    assert when(world, "hanif")[-1] == ("cancelled", "14 18:00")
    assert "cancelled" not in dict(when(world, "harriet")), "she does not work on that day, and it is past then"
    (last,) = [each for each in about(world, "harriet") if each.message == "gathering-cancelled"]
    assert (last.state, last.reason) == ("superseded", "15 December 2026 is past")


async def test_one_that_is_soon_enough_goes_with_the_daily_message(start: Start) -> None:
    world = await planned(start, "2026-12-10 15:00")
    await cancel(world)
    await world.advance("2026-12-12 12:00")
    assert when(world, "hanif")[-1] == ("cancelled", "11 09:30")


async def test_one_that_moves_to_tomorrow_or_away_from_it_is_said_today(start: Start) -> None:
    world = await planned(start, "2026-12-09 15:00")
    await move(world, "2026-12-10")
    await world.tick()
    assert when(world, "hanif")[-1] == ("moved", "09 15:00")
    await move(world, "2026-12-18")
    await world.tick()
    assert when(world, "hanif")[-1] == ("moved", "09 15:00")
    assert len(when(world, "hanif")) == 3


async def test_whoever_is_away_until_it_is_past_hears_nothing_of_it(start: Start) -> None:
    world = await planned(start, "2026-12-09 15:00")
    await world.away("hanif", "2026-12-09", "2026-12-20")
    await move(world, "2026-12-16")
    await world.advance("2026-12-17 09:00")
    assert when(world, "harriet")[-1][0] == "moved"
    await world.advance("2026-12-21 12:00")
    assert [each for each, _ in when(world, "hanif")] == ["invitation"]


async def test_whoever_expects_it_on_its_old_day_hears_that_it_was_before(start: Start) -> None:
    world = await planned(start, "2026-12-09 15:00")
    await world.away("hanif", "2026-12-09", "2026-12-14")
    await move(world, "2026-12-11")
    await world.advance("2026-12-15 12:00")
    assert when(world, "hanif")[-1] == ("moved", "15 09:00"), "as his hours begin, not half an hour into it"
    text = plain_card(world.cards("hanif")[-1])
    assert (
        "was planned for Tuesday 15 December 2026. It was moved to Friday 11 December 2026, and that is past." in text
    )
    assert "is on" not in text


async def test_whoever_is_away_from_tomorrow_on_hears_before_they_go(start: Start) -> None:
    world = await planned(start, "2026-12-09 15:00")
    await world.away("hanif", "2026-12-10", "2026-12-14")
    await move(world, "2026-12-11")
    await world.tick()
    assert when(world, "hanif")[-1] == ("moved", "09 15:00")


async def test_an_invitation_does_not_come_after_it(start: Start) -> None:
    """Harriet works on Wednesdays alone, and the Board is moved to this Tuesday before she reads of it."""
    world = await planned(start, "2026-11-23 10:00", harriet="3")
    assert when(world, "harriet") == []
    await move(world, "2026-11-24")
    await world.advance("2026-11-26 12:00")
    assert when(world, "harriet") == []
    assert world.all(Occasion)[0].day == date(2026, 11, 24)
