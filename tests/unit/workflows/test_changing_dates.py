"""The date of a meeting can be changed, kept or called off, and its chair hears of each."""

from qabot.adapter import Command, OpenForm
from qabot.messaging.card import plain_card
from qabot.models import Audit, Deadline
from qabot.workflows.access.presses import OLD_BUTTON
from tests.support.world import World


async def dated(world: World) -> Audit:
    """Mina has given the date of the meeting, which Hanif chairs."""
    audit = await world.graded()
    await world.acknowledge("mina", audit)
    values = {"meeting-date": "2026-11-27", "chair": str(world.ids["hanif"])}
    await world.send_form("mina", "answer", world.deadline("pim-date", audit).token, **values)
    await world.forward("1 minute")
    return audit


async def change(world: World, audit: Audit, person: str, **values: str) -> str:
    values = {"meeting-date": "2026-11-27", "chair": str(world.ids["hanif"]), **values}
    return str(await world.send_form(person, "change-date", audit.reference, **values))


def told(world: World, person: str) -> list[str]:
    return [plain_card(each) for each in world.cards(person) if each.message == "date-news"]


def meeting(world: World, audit: Audit) -> Deadline:
    return [each for each in world.all(Deadline) if each.kind == "pim-date" and world.is_about(each, audit)][-1]


async def test_the_chair_hears_of_the_date_of_its_change_and_when_it_is_off(world: World) -> None:
    audit = await dated(world)
    (first,) = told(world, "hanif")
    assert "It is on 27 November 2026. You are named as the one who chairs it." in first
    assert told(world, "mina") == [], "whoever gave it knows"
    form = await world.press_token("mina", "change-date", audit.reference)
    assert isinstance(form, OpenForm)
    assert form.form.values == {"meeting-date": "2026-11-27", "chair": str(world.ids["hanif"])}
    said = await change(world, audit, "mina", **{"what-became": "moved", "meeting-date": "2026-12-01"})
    assert "It is on 1 December 2026 now" in said
    await world.tick()
    assert "It is on 1 December 2026 now." in told(world, "hanif")[-1]
    assert meeting(world, audit).closed_why == "Meeting on 1 December 2026"
    said = await change(world, audit, "quinn", **{"what-became": "off"})
    assert "A new date is asked for" in said
    await world.tick()
    assert "It is not held on 1 December 2026" in told(world, "hanif")[-1]
    assert "It is not held on 1 December 2026" in told(world, "mina")[-1]
    again = meeting(world, audit)
    assert (again.state, again.closed_why) == ("open", "")
    values = {"meeting-date": "2026-12-03", "chair": str(world.ids["dara"])}
    reply = await world.send_form("mina", "answer", again.token, **values)
    assert not isinstance(reply, OpenForm)
    assert [(each.action, each.token) for each in reply.buttons] == [("change-date", audit.reference)]
    await world.tick()
    assert "It is on 3 December 2026" in told(world, "dara")[-1]
    assert len(world.events("date-changed")) == 2


async def test_another_chair_and_the_one_before_hear_of_it(world: World) -> None:
    audit = await dated(world)
    await change(world, audit, "mina", **{"what-became": "moved", "chair": str(world.ids["dara"])})
    await world.tick()
    assert "You are named" in told(world, "dara")[-1]
    assert "You are named" not in told(world, "hanif")[-1]


async def test_it_was_held_once_its_day_has_come(world: World) -> None:
    audit = await dated(world)
    assert "that is still to come" in await change(world, audit, "mina", **{"what-became": "held"})
    await world.advance("2026-11-27 17:00")
    assert "It was held" in await change(world, audit, "mina", **{"what-became": "held"})
    assert "noted already" in await change(world, audit, "quinn", **{"what-became": "held"})
    assert meeting(world, audit).closed_why == "Meeting on 27 November 2026; held"


async def test_what_cannot_be_is_said_beside_it_and_others_may_not(world: World) -> None:
    audit = await dated(world)
    assert "This is how it stands already" in await change(world, audit, "mina", **{"what-became": "moved"})
    weekend = {"what-became": "moved", "meeting-date": "2026-12-05"}
    assert "is not a working day" in await change(world, audit, "mina", **weekend)
    for person in ("sofia", "cyrus", "dara"):
        assert OLD_BUTTON in await change(world, audit, person, **{"what-became": "off"})
        word = await world.nodes[0].desk.command(Command(world.who(person), "change-date", audit.reference))
        assert "There is no date about QA-1001 that you can change" in str(word)
    assert world.events("date-changed") == []
    assert isinstance(
        await world.nodes[0].desk.command(Command(world.who("mina"), "change-date", audit.reference)), OpenForm
    )


async def test_whoever_chairs_it_no_longer_reads_so_and_takes_it_out_of_their_calendar(world: World) -> None:
    audit = await dated(world)
    await change(world, audit, "mina", **{"what-became": "moved", "chair": str(world.ids["dara"])})
    await world.tick()
    assert "Dara Okafor chairs it now, and no longer you." in told(world, "hanif")[-1]
    assert "take it out of your calendar" in told(world, "hanif")[-1]
    assert "note it in your calendar" in told(world, "dara")[-1]


async def test_news_that_waits_is_overtaken_by_newer_news(world: World) -> None:
    """Two messages came at once, the older of which said "You are named as the one who chairs it"."""
    audit = await world.graded()
    await world.advance("2026-11-23 18:00")
    values = {"meeting-date": "2026-11-27", "chair": str(world.ids["hanif"])}
    await world.send_form("mina", "answer", world.deadline("pim-date", audit).token, **values)
    await change(world, audit, "mina", **{"what-became": "moved", "chair": str(world.ids["dara"])})
    await change(
        world, audit, "mina", **{"what-became": "moved", "chair": str(world.ids["dara"]), "meeting-date": "2026-12-01"}
    )
    await world.forward("1 working day")
    assert told(world, "hanif") == [], "he never heard of it, and has no part in it"
    (news,) = told(world, "dara")
    assert "It is on 1 December 2026 now. You are named as the one who chairs it." in news


async def test_what_is_over_or_off_is_not_to_be_noted_in_a_calendar(world: World) -> None:
    audit = await dated(world)
    await change(world, audit, "quinn", **{"what-became": "off"})
    await world.tick()
    assert "Please take it out of your calendar." in told(world, "hanif")[-1]
    assert "You are named" not in told(world, "hanif")[-1]
    values = {"meeting-date": "2026-11-27", "chair": str(world.ids["hanif"])}
    await world.send_form("mina", "answer", meeting(world, audit).token, **values)
    await world.advance("2026-11-27 17:00")
    await change(world, audit, "mina", **{"what-became": "held"})
    await world.forward("1 working day")
    assert "calendar" not in told(world, "hanif")[-1]
