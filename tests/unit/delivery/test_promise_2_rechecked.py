"""Promise 2: a notice is sent while its reason still holds; nothing is first sent after its deadline was closed."""

from pathlib import Path

import pytest

from qabot.delivery import outbox
from qabot.delivery import recheck as rechecking
from qabot.delivery.digests import gather
from qabot.models.rows import NoticeRow
from qabot.workflows.core.unit import Unit
from tests.support.faulty import Fault
from tests.support.world import World


async def reasons(world: World, person: str, message: str) -> list[tuple[str, str]]:
    return [(each.state, each.reason) for each in world.notices(person, message=message)]


async def test_what_was_met_while_it_waited_is_not_sent(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.tick()
    await world.submit(audit, "green")
    await world.forward("2 working days")
    assert await reasons(world, "cyrus", "review-allocated") == [("superseded", "no longer needed: Submitted")]
    assert "review-allocated" not in {copy.first.message for copy in world.chat.copies.values()}


async def test_an_alert_that_had_to_wait_is_not_sent_once_it_is_acknowledged(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.fail(Fault.busy)
    await world.tick()
    late = next(each for each in ("mina", "hanif") if not world.messages(each))
    other = "hanif" if late == "mina" else "mina"
    await world.acknowledge(other, audit)
    await world.forward("1 working hour")
    assert await reasons(world, late, "red-alert") == [("superseded", "no longer needed: Acknowledged")]


async def test_a_possible_repeat_is_not_sent_once_it_is_acknowledged(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.fail(Fault.lost_after, Fault.lost_after)
    await world.tick()
    await world.acknowledge("mina", audit)
    await world.forward("1 working hour")
    assert len([each for each in world.chat.copies.values() if each.first.message == "red-alert"]) == 2
    assert [state for state, _ in await reasons(world, "mina", "red-alert")] == ["superseded"]


async def test_what_waited_for_a_former_owner_goes_to_the_new_one(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-10-05 10:00")
    audit = await world.audit("cyrus")
    await world.advance("2026-10-15 08:00")
    (waiting,) = world.notices("cyrus", message="review-reminder")
    assert waiting.state == "planned"
    await world.reassign(audit, "dinah")
    await world.advance("2026-10-16 17:00")
    assert await reasons(world, "cyrus", "review-reminder") == [("superseded", "passed on: handed over to Dinah Cole")]
    assert sorted(world.messages("dinah")) == ["review-allocated", "review-reminder"]
    world.close()


async def test_what_somebody_put_off_while_it_waited_comes_once_on_the_day_they_chose(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-10-05 10:00")
    audit = await world.audit("cyrus")
    await world.advance("2026-10-15 08:00")
    await world.send_form("cyrus", "snooze", world.deadline("audit", audit).token, until="in a week")
    await world.advance("2026-10-16 17:00")
    assert await reasons(world, "cyrus", "review-reminder") == [
        ("superseded", "put off by the person until 22 October 2026 at 9:30am")
    ]
    await world.advance("2026-10-22 17:00")
    assert world.messages("cyrus").count("review-reminder") == 1
    world.close()


async def test_what_waited_for_somebody_who_is_away_goes_to_the_deputy(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.fail(Fault.busy, Fault.busy)
    await world.tick()
    await world.away("mina", "2026-11-23", "2026-11-27")
    await world.forward("5 minutes")
    assert world.messages("mina") == []
    assert world.messages("ade") == ["red-alert"]
    assert await reasons(world, "mina", "red-alert") == [
        ("superseded", "passed on: Mina Sharpe is away until 27 November 2026")
    ]


async def test_what_was_passed_on_comes_back_when_it_is_the_first_persons_again(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.fail(*[Fault.busy] * 2)
    await world.tick()
    await world.away("mina", "2026-11-23", "2026-11-27")
    world.clock.set(world.later("2 minutes"))
    world.fail(*[Fault.busy] * 4)
    await world.tick()
    await world.back("mina")
    await world.away("ade", "2026-11-23", "2026-11-27")
    await world.forward("10 minutes")
    assert world.messages("mina") == ["red-alert"]
    assert world.messages("ade") == []


async def test_what_waited_for_somebody_who_left_goes_to_whoever_has_the_role_now(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    world.fail(Fault.busy, Fault.busy)
    await world.tick()
    world.change("mina", active=False)
    await world.forward("5 minutes")
    assert world.messages("mina") == []
    assert await reasons(world, "mina", "red-alert") == [("superseded", "passed on: Mina Sharpe no longer works here")]
    assert world.messages("hanif")[0] == "red-alert"


async def test_news_that_was_switched_off_meanwhile_is_not_sent(world: World) -> None:
    subject = ("person", world.ids["cyrus"])
    await world.run(
        lambda unit: unit.notify(
            "help", world.ids["cyrus"], rule="OURS-NEW-1", subject=subject, key="news:1", reason="news", lane="news"
        )
    )
    world.change("cyrus", news=False)
    await world.forward("5 working days")
    assert await reasons(world, "cyrus", "help") == [("superseded", "news is switched off by this person")]


async def test_an_absence_without_an_end_holds_up_nobody_else(world: World) -> None:
    """Some lists say "31 December 9999"; a database may hold it from before the import refused it."""
    subject = ("person", world.ids["cyrus"])
    await world.run(
        lambda unit: unit.notify(
            "help", world.ids["cyrus"], rule="OURS-NEW-1", subject=subject, key="help:1", reason="help", alone=True
        )
    )
    await world.away("cyrus", "2026-11-23", "9999-12-31")
    await world.submit(await world.audit("dinah"), "red")
    await world.tick()
    assert {each.state for each in world.notices(message="red-alert")} == {"sent"}
    (waiting,) = world.notices("cyrus", message="help")
    assert waiting.state == "planned"


async def test_a_notice_that_cannot_be_checked_holds_up_no_other_and_an_alert_goes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = {world.ids["mina"], world.ids["cyrus"]}

    def breaks(unit: Unit, notice: NoticeRow, *_: object) -> None:
        if notice.recipient_id in poisoned:
            raise OverflowError("date value out of range")

    monkeypatch.setattr(rechecking, "CHECKS", (breaks, *rechecking.CHECKS))
    subject = ("person", world.ids["cyrus"])
    for person in ("cyrus", "dinah"):
        await world.run(
            lambda unit, person=person: unit.notify(  # type: ignore[misc]
                "help", world.ids[person], rule="R", subject=subject, key=f"help:{person}", reason="help", alone=True
            )
        )
    await world.submit(await world.audit("dinah"), "red")
    await world.tick()
    assert "red-alert" in world.messages("mina")
    assert "help" in world.messages("dinah")
    assert await reasons(world, "cyrus", "help") == [("planned", "help")]
    assert [each.why for each in world.events("held")] == ["it could not be checked (OverflowError)"]
    poisoned.clear()
    await world.forward("2 working hours")
    assert "help" in world.messages("cyrus")


async def test_digests_that_cannot_be_gathered_keep_no_alert_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(unit: Unit) -> None:
        gather(unit)
        unit.event("superseded", why="half of it")
        raise ValueError("an odd day")

    await world.audit("cyrus")
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "gather", breaks)
        await world.submit(await world.audit("dinah"), "red")
        await world.forward("2 working hours")
        assert "red-alert" in world.messages("mina")
        assert world.messages("cyrus") == []
        assert not [each for each in world.events("superseded") if each.why == "half of it"]
    await world.forward("1 working day")
    assert "review-allocated" in world.messages("cyrus")
