"""A form that was open while a colleague changed what it is about says so, and changes nothing that nobody has seen."""

from typing import Any

from qabot.adapter import OpenForm, Reply, Say
from qabot.models import Moderation, Occasion, OccasionState
from tests.support.councils import Start
from tests.support.world import World
from tests.unit.workflows.test_changing_dates import change, dated, meeting
from tests.unit.workflows.test_correcting_second_looks import correct, looked
from tests.unit.workflows.test_gatherings import BOARD, move

AFTER_IT_WAS_OPENED = "after you opened"


async def opened(world: World, person: str, form: str, token: str) -> str:
    """The token that a form carries which somebody has before them."""
    reply = await world.press_once(person, form, token)
    assert isinstance(reply, OpenForm)
    return reply.form.token


async def sent_twice(world: World, person: str, form: str, token: str, **values: Any) -> tuple[str, Reply]:
    """What is said first, on the form that comes back, and what once it is sent again as it came."""
    first = await world.send_once(person, form, token, **values)
    assert isinstance(first, OpenForm)
    assert first.form.values == values, "nothing that was written is lost"
    return first.form.intro, await world.send_once(person, form, first.form.token, **values)


async def test_a_second_looks_grade_that_was_corrected_meanwhile(world: World) -> None:
    audit = await world.graded("green", actions=False)
    await looked(world, audit, "hanif", "amber")
    token = await opened(world, "hanif", "correct-look", audit.reference)
    await correct(world, "quinn", audit, "green")
    said, then = await sent_twice(world, "hanif", "correct-look", token, grade="blue", why="slip")
    assert f"Quinn Marsh has corrected this {AFTER_IT_WAS_OPENED} it" in said
    assert "“GREEN (Good)” becomes “BLUE (Outstanding)”" in said
    assert isinstance(then, Say)
    assert [each.grade for each in world.all(Moderation) if each.done_at] == ["blue"]


async def test_a_date_that_was_changed_meanwhile(world: World) -> None:
    audit = await dated(world)
    token = await opened(world, "mina", "change-date", audit.reference)
    await change(world, audit, "quinn", **{"what-became": "moved", "meeting-date": "2026-12-01"})
    given = {"what-became": "moved", "meeting-date": "2026-12-02", "chair": str(world.ids["hanif"])}
    said, then = await sent_twice(world, "mina", "change-date", token, **given)
    assert AFTER_IT_WAS_OPENED in said
    assert "It says now: Meeting on 1 December 2026." in said
    assert isinstance(then, Say)
    assert meeting(world, audit).closed_why == "Meeting on 2 December 2026"


async def test_a_meeting_that_was_moved_meanwhile_is_neither_moved_nor_cancelled_unseen(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-11-25 12:00")
    [day] = world.all(Occasion)
    moving, cancelling = [await opened(world, "dara", f"{each}-gathering", day.token) for each in ("move", "cancel")]
    await move(world, "quinn", "2026-12-17")
    said, _ = await sent_twice(world, "dara", "move-gathering", moving, day="2026-12-18")
    assert f"It was moved {AFTER_IT_WAS_OPENED} this, to Thursday 17 December 2026" in said
    said, _ = await sent_twice(world, "dara", "cancel-gathering", cancelling, why="few", sure="yes")
    assert "to Friday 18 December 2026" in said
    assert world.all(Occasion)[0].state == OccasionState.cancelled


async def test_what_changes_nothing_is_no_matter_of_who_was_first(world: World) -> None:
    """The same correction from two tabs: the second one hears that it stands so already, as ever."""
    audit = await world.graded("green", actions=False)
    token = await opened(world, "cyrus", "correct", audit.reference)
    values = {**dict.fromkeys(world.answers(audit), "blue"), "actions": "no", "why": "slip"}
    for says in ("are corrected", "These are the grades as they stand"):
        assert says in str(await world.send_once("cyrus", "correct", token, **values))
