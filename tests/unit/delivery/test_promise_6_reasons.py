"""Promise 6: every notice that was held, merged, suppressed or failed says why, and so does the log."""

import orjson
from sqlmodel import col

from qabot.models import Event, Notice
from tests.support.faulty import Fault
from tests.support.world import World


async def stormy(world: World) -> None:
    """A fortnight in which everything that can hold a notice back does."""
    audit, other = await world.audit("cyrus"), await world.audit("dinah")
    world.fail(Fault.busy, Fault.refused, Fault.lost_after, Fault.locked_out, Fault.lost_before, Fault.broken)
    await world.submit(audit, "red")
    await world.forward("2 working days")
    await world.away("marcus", "2026-11-24", "2026-12-02")
    await world.submit(other, "green")
    world.fail(*[Fault.lost_after] * 12, Fault.busy, Fault.refused)
    await world.jump("2026-12-04 14:00")
    await world.acknowledge("dara", audit)
    await world.forward("2 working days")


async def test_every_final_state_has_a_reason_and_a_moment(world: World) -> None:
    await stormy(world)
    final = [each for each in world.all(Notice) if each.state not in {"planned", "claimed", "begun"}]
    assert {"sent", "superseded", "ambiguous"} <= {each.state for each in final}
    assert [each.key for each in final if not each.reason or each.closed_at is None] == []


async def test_what_was_not_sent_stands_in_the_log_and_says_why(world: World) -> None:
    await stormy(world)
    kinds = ("held", "superseded", "answer-lost", "refused", "failed")
    events = world.all(Event, col(Event.what).in_(kinds))
    assert {"held", "superseded", "answer-lost", "refused"} <= {each.what for each in events}
    assert [each.what for each in events if not each.why] == []
    logged = {each.notice_id for each in events} | {
        (each.deadline_id, each.rule) for each in events if each.notice_id is None
    }
    unsent = [each for each in world.all(Notice) if each.state in {"superseded", "failed", "ambiguous"}]
    assert [
        each.key for each in unsent if not {each.id, (each.deadline_id, each.rule)} & logged and not each.carrier_id
    ] == []


async def test_what_a_digest_merged_names_the_digest_that_carried_it(world: World) -> None:
    await world.audit("cyrus")
    await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    carriers = {each.carrier_id for each in world.notices("cyrus", state="sent")}
    assert len(carriers) == 1
    assert len([copy for copy in world.chat.copies.values() if copy.person_id == world.ids["cyrus"]]) == 1


async def test_somebody_whom_no_platform_reaches_is_recorded_as_failed(world: World) -> None:
    outlets = world.nodes[0].engine.outlets
    outlets.adapters, outlets.order = {"chat": world.chat}, ["chat"]
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.fail(Fault.refused, Fault.refused)
    await world.tick()
    assert {(each.state, each.reason) for each in world.notices(message="red-alert")} == {
        ("failed", "no platform could reach this person (tried: chat)")
    }
    assert len(world.events("failed")) == 2


async def test_a_card_that_cannot_be_drawn_fails_by_itself_and_stops_nobody(world: World) -> None:
    await world.audit("cyrus")
    subject, person = ("person", world.ids["cyrus"]), world.ids["cyrus"]
    await world.run(
        lambda unit: unit.notify("gone-file", person, rule="OURS-NEW-1", subject=subject, key="gone:1", reason="a test")
    )
    await world.advance("2026-11-25 17:00")
    assert world.messages("cyrus") == ["review-allocated"]
    (broken,) = world.notices("cyrus", message="gone-file")
    assert (broken.state, broken.reason) == ("failed", "its card could not be drawn")


async def test_every_line_of_the_log_can_be_exported(world: World) -> None:
    await stormy(world)
    lines = [orjson.dumps(each.model_dump()) for each in world.all(Event)]
    assert len(lines) > 30
    assert b"7199999" not in b"".join(lines)
