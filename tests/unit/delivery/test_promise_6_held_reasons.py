"""Promise 6: a notice that had to wait keeps the reason for which it was made; the log says why it waited."""

from sqlmodel import col

from qabot.models import Event
from tests.support.faulty import Fault
from tests.support.world import World


async def test_an_alert_that_waited_is_logged_as_sent_for_its_own_reason(world: World) -> None:
    await world.submit(await world.audit("cyrus"), "red")
    world.fail(Fault.busy, Fault.refused)
    await world.tick()
    await world.forward("10 minutes")
    (notice,) = world.notices("mina", message="red-alert")
    assert notice.reason.startswith("NEW-ALT-1:")
    (sent,) = world.all(Event, col(Event.notice_id) == notice.id, col(Event.what) == "sent")
    assert sent.why == notice.reason
    waited = world.all(Event, col(Event.notice_id) == notice.id, col(Event.what).in_(("held", "refused")))
    assert waited
    assert all(each.why for each in waited)


async def test_what_waited_out_a_leave_is_logged_as_sent_for_its_own_reason(world: World) -> None:
    await world.audit("cyrus")
    (notice,) = world.notices("cyrus", message="review-allocated")
    await world.away("cyrus", "2026-11-23", "2026-12-02")
    await world.advance("2026-12-04 12:00")
    (event,) = world.all(Event, col(Event.notice_id) == notice.id, col(Event.what) == "sent")
    assert event.why == notice.reason == "A case was drawn at random for this cycle"
