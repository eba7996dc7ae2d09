"""After an alert was seen: what comes next, and a meeting that can take place."""

import pytest

from qabot.adapter import OpenForm, ShowCard
from qabot.models import Audit
from tests.support.world import World


async def meeting(world: World, audit: Audit, day: str, chair: str) -> dict[str, str]:
    """What is wrong with a meeting's date and chair, by field."""
    token = world.deadline("pim-date", audit).token
    values = {"meeting-date": day, "chair": str(world.ids.get(chair, 9999))}
    reply = await world.send_form("mina", "answer", token, **values)
    return reply.form.errors if isinstance(reply, OpenForm) else {}


async def test_whoever_acknowledges_hears_what_comes_next_from_whom_and_by_when(world: World) -> None:
    audit = await world.graded()
    reply = await world.acknowledge("mina", audit)
    assert isinstance(reply, ShowCard)
    assert reply.say.endswith(
        "What comes next: Head of Service review (Hanif Bello, by 30 November 2026) and "
        "Date of the Practice Improvement Meeting (Mina Sharpe, by 30 November 2026)."
    )


async def test_what_is_done_already_comes_no_more(world: World) -> None:
    audit = await world.graded()
    assert await meeting(world, audit, "2026-12-01", "hanif") == {}
    await world.moderate("hanif", audit, "red")
    reply = await world.acknowledge("mina", audit)
    assert isinstance(reply, ShowCard)
    assert "What comes next" not in reply.say


@pytest.mark.parametrize(
    ("day", "chair", "field", "error"),
    [
        ("2026-12-05", "hanif", "meeting-date", "Saturday 5 December 2026 is not a working day. Give another date."),
        ("2026-12-25", "hanif", "meeting-date", "Friday 25 December 2026 is not a working day. Give another date."),
        ("2026-12-01", "sofia", "chair", "This is about the work of Sofia Brandt. Choose somebody else."),
        ("2026-12-01", "nobody", "chair", "Choose a person from the list."),
        ("2026-12-02", "marcus", "chair", "Marcus Reid is away on that day. Choose another person, or another date."),
    ],
)
async def test_a_meeting_that_cannot_be_is_said_beside_the_field(
    world: World, day: str, chair: str, field: str, error: str
) -> None:
    audit = await world.graded()
    await world.away("marcus", "2026-12-02", "2026-12-04")
    assert await meeting(world, audit, day, chair) == {field: error}
    assert world.deadline("pim-date", audit).state == "open"
    assert world.of_duties() == []


async def test_a_meeting_that_has_been_is_noted_whoever_is_away_now(world: World) -> None:
    audit = await world.graded()
    await world.forward("3 working days")
    await world.away("marcus", "2026-11-24", "2026-12-04")
    assert await meeting(world, audit, "2026-11-24", "marcus") == {}


async def test_a_meeting_follows_the_alert_and_the_error_says_from_which_day_on(world: World) -> None:
    audit = await world.graded()
    before = await meeting(world, audit, "2026-11-20", "hanif")
    assert before == {"meeting-date": "Give a date from 23 November 2026 on."}
    assert world.of_duties() == []
    assert await meeting(world, audit, "2026-11-23", "hanif") == {}


async def test_the_day_of_an_alert_is_the_one_in_england(world: World) -> None:
    await world.advance("2027-06-01 00:30")
    audit = await world.graded()
    assert await meeting(world, audit, "2027-05-31", "hanif") == {"meeting-date": "Give a date from 1 June 2027 on."}
    assert await meeting(world, audit, "2027-06-01", "hanif") == {}
