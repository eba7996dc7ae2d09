"""The same form from two tabs counts once, and whoever sends it a second time reads what counts."""

from qabot.models import Answer, Audit, HelpRequest, Moderation
from tests.support.world import World


async def test_the_date_of_a_meeting(world: World) -> None:
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    token = world.deadline("pim-date", audit).token
    one = {"meeting-date": "2026-11-27", "chair": str(world.ids["hanif"])}
    await world.send_form("mina", "answer", token, **one)
    said = str(await world.send_form("mina", "answer", token, **{**one, "meeting-date": "2026-11-30"}))
    assert "Meeting on 27 November 2026 by Mina Sharpe, on 23 November 2026" in said
    assert "Nothing was changed" in said
    assert len([each for each in world.all(Answer) if each.question == "meeting-date"]) == 1


async def test_actions_that_are_done(world: World) -> None:
    audit = await world.graded("green")
    await world.advance("2026-12-15 12:00")
    token = world.card_about("ade", audit, "actions").token
    await world.press_token("ade", "answer", token)
    said = str(await world.press_token("ade", "answer", token))
    assert "Confirmed as completed by Ade Lawal" in said


async def test_help_and_a_new_date(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await world.press("cyrus", "more-time", audit)
    assert "asked for this already" in str(await world.press("cyrus", "more-time", audit))
    assert len(world.all(HelpRequest)) == 1
    token = world.deadline("audit", audit).token
    await world.send_form("cyrus", "not-yet", token, new_date="2026-12-18")
    assert "noted for this already" in str(await world.send_form("cyrus", "not-yet", token, new_date="2026-12-18"))
    assert len(world.events("answered-not-yet")) == 1


async def test_grades_and_a_second_look(world: World) -> None:
    audit = await world.graded("red")
    await world.moderate("hanif", audit, "amber")
    token = world.all(Moderation)[0]
    sent = world.deadline("red-review", audit, state="met").token
    said = str(await world.send_form("hanif", "moderate", sent, grade="green", spoken="yes"))
    assert "already recorded by you, and it counts" in said
    assert "What you sent now does not" in said
    assert world.all(Moderation)[0].grade == token.grade
    again = str(await world.send_form("cyrus", "submit-grades", world.deadline("audit", audit, state="met").token))
    assert "OpenForm" not in again or "errors" in again
    assert len(world.all(Audit)) == 1


async def test_an_absence_and_a_nomination(world: World) -> None:
    days = {"from_on": "2026-12-07", "to_on": "2026-12-11"}
    await world.send_form("cyrus", "away", "", **days)
    assert "Known already" in str(await world.send_form("cyrus", "away", "", **days))
    nomination = {
        "nominee": str(world.ids["sofia"]),
        "seen_on": "2026-11-20",
        "what": "Listened well",
        "difference": "A plan that works",
        "seen_in": "Observation",
        "no_child": "yes",
    }
    first = str(await world.send_form("cyrus", "nominate", "", **nomination))
    second = str(await world.send_form("cyrus", "nominate", "", **nomination))
    assert "already" not in first
    assert "already, so nothing was added" in second, (first, second)
