"""The title of a card counts what is left and says no longer what is over, once something was done since it came."""

from qabot.messaging.card import plain_card
from tests.support.world import World


async def test_a_reminder_counts_what_is_left(world: World) -> None:
    audits = [await world.audit("cyrus") for _ in range(3)]
    await world.advance("2026-12-29 12:00")
    title = "Practice Learning Reviews still to come in"
    (index,) = [number for number, each in enumerate(world.cards("cyrus")) if title in each.title]
    assert world.cards("cyrus")[index].title == f"3 {title}"
    await world.submit(audits[0])
    await world.tick()
    assert world.cards("cyrus")[index].title == f"2 {title}"
    await world.submit(audits[1])
    await world.submit(audits[2])
    await world.tick()
    assert world.cards("cyrus")[index].title == "Nothing left to come in"


async def test_what_is_past_its_date_is_counted_anew(world: World) -> None:
    """In a digest it is the heading of a part."""
    one, _ = await world.audit("sofia"), await world.audit("sofia")
    await world.advance("2027-01-04 12:00")
    assert "2 things past their date" in plain_card(world.cards("sofia")[-1])
    await world.submit(one)
    await world.tick()
    assert "1 thing past its date" in plain_card(world.cards("sofia")[-1])


async def test_an_acknowledged_alert_is_not_still_waiting(world: World) -> None:
    audit = await world.graded()
    assert world.cards("hanif")[-1].title == "Alert: QA-1001 needs your support"
    await world.forward("4 working hours")
    assert world.cards("hanif")[-1].title == "Alert QA-1001 is still waiting"
    await world.acknowledge("mina", audit)
    await world.tick()
    assert [each.title for each in world.cards("hanif")] == ["Alert: QA-1001", "Alert QA-1001, which we sent again"]
