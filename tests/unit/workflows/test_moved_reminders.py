"""A reminder that was planned early, because somebody is away on its day, follows the date when that moves."""

from datetime import date

from sqlmodel import col

from qabot.models import Deadline, Occasion
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import easing
from tests.support.councils import Start
from tests.support.world import World

SHARED = """
gatherings:
  board:
    rule: ABC-DDL-1
    title: Practice Board
    every: month on 3rd Tuesday
    chair: director-of-operations
    brings:
      papers:
        rule: ABC-DDL-2
        title: Papers for the Board
        owes: [service-manager]
        due: day - 8 working days
        put-off: {times: 1}
"""


async def both_owe(start: Start) -> World:
    """Papers are due on Thursday 3 December from Mina, who works on Mondays and Fridays, or Marcus.

    The reminder of Wednesday the 2nd is planned on Monday the 30th, for Mina. She is told then, and Marcus' waits.
    """
    world = await start(SHARED)
    world.change("mina", work_days="15")
    await world.run(lambda unit: unit.poke_all())
    await world.advance("2026-11-30 17:00")
    assert (days_of_reminders(world, "mina"), days_of_reminders(world, "marcus")) == (["2026-11-30"], [])
    return world


def days_of_reminders(world: World, person: str) -> list[str]:
    """On which days somebody was reminded."""
    before = [each for each in world.notices(person, state="sent") if each.step == "before"]
    return [each.sent_at.date().isoformat() for each in before if each.sent_at is not None]


async def move(world: World, day: str) -> None:
    (board,) = world.all(Occasion)
    await world.send_form("dara", "move-gathering", board.token, day=day)


async def test_a_gathering_that_moves_later_takes_the_reminder_along(start: Start) -> None:
    world = await both_owe(start)
    await move(world, "2026-12-17")
    await world.advance("2026-12-07 12:00")
    assert days_of_reminders(world, "marcus") == ["2026-12-04"], "the working day before the new date, and no other"


async def test_one_that_moves_earlier_brings_it_forward(start: Start) -> None:
    world = await both_owe(start)
    await move(world, "2026-12-11")
    await world.advance("2026-12-04 17:00")
    (papers,) = world.all(Deadline, col(Deadline.kind) == "papers")
    assert papers.due_on == date(2026, 12, 1)
    assert days_of_reminders(world, "marcus") == ["2026-12-01"], "it came on the 2nd, the day after"


async def test_more_time_takes_it_along_and_says_it_again_to_whoever_was_told(start: Start) -> None:
    world = await both_owe(start)
    (papers,) = world.all(Deadline, col(Deadline.kind) == "papers")

    def extend(unit: Unit) -> None:
        quinn = unit.directory.people[world.ids["quinn"]]
        easing.extend(unit, unit.session.get_one(Deadline, papers.id), date(2026, 12, 11), "workload", by=quinn)

    await world.run(extend)
    await world.advance("2026-12-14 12:00")
    assert days_of_reminders(world, "marcus") == ["2026-12-10"]
    assert days_of_reminders(world, "mina") == ["2026-11-30", "2026-12-07"]


async def test_whoever_was_told_already_is_told_of_the_move_alone(start: Start) -> None:
    world = await both_owe(start)
    await move(world, "2026-12-17")
    await world.advance("2026-12-07 12:00")
    assert days_of_reminders(world, "mina") == ["2026-11-30"]
    assert world.messages("mina").count("gathering-moved") == 1
