"""Promise 7: an alert passes quiet hours and merging; all else waits, at most one digest each working day."""

from collections import Counter
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from qabot.framework.calendar import LONDON, local_day
from qabot.models import Notice
from tests.support.world import MONDAY, World, local, newham


def sent_at(world: World, person: str, **values: object) -> list[str]:
    """When somebody was told, in London."""
    found = [each.sent_at for each in world.notices(person, **values) if each.sent_at is not None]
    return [f"{moment.astimezone(LONDON):%Y-%m-%d %H:%M}" for moment in found]


@pytest.mark.parametrize("at", ["2026-11-23 22:10", "2026-11-28 11:00", "2026-12-25 03:00"])
async def test_an_alert_goes_at_once_at_night_and_on_holidays(world: World, at: str) -> None:
    audit = await world.audit("cyrus", due="2026-12-31")
    await world.advance(at)
    await world.submit(audit, "red")
    await world.tick()
    assert sent_at(world, "mina", message="red-alert") == [at]


async def test_an_alert_is_never_part_of_a_digest(world: World) -> None:
    for _ in range(3):
        await world.submit(await world.audit("cyrus"), "red")
    await world.tick()
    cards = [each for each in world.chat.copies.values() if each.person_id == world.ids["mina"]]
    assert [each.first.message for each in cards] == ["red-alert"] * 3


@pytest.mark.parametrize(
    ("raised", "sent", "again", "climbs"),
    [
        ("2026-11-27 21:00", "2026-11-30 08:30", "2026-11-30 13:00", "2026-12-01 09:00"),
        ("2026-12-01 08:45", "2026-12-01 08:45", "2026-12-01 13:00", "2026-12-02 09:00"),
        ("2026-12-25 11:00", "2026-12-29 08:30", "2026-12-29 13:00", "2026-12-30 09:00"),
        ("2026-12-03 18:00", "2026-12-04 08:30", "2026-12-04 13:00", "2026-12-07 09:00"),
    ],
)
async def test_a_council_may_hold_alerts_until_half_past_eight(
    tmp_path_factory: pytest.TempPathFactory, raised: str, sent: str, again: str, climbs: str
) -> None:
    """The ladder counts from when the managers can read it; on a closure day (4 December) its clock does not stand."""
    council = newham().council.model_copy(update={"alerts_outside_hours": "hold", "closure_days": (date(2026, 12, 4),)})
    framework = newham().model_copy(update={"council": council})
    eve = local(raised) - timedelta(days=1)
    world = await World.start(tmp_path_factory.mktemp("held"), f"{eve:%Y-%m-%d %H:%M}", framework=framework)
    audit = await world.audit("cyrus")
    await world.advance(raised)
    await world.submit(audit, "red")
    await world.advance(climbs)
    assert sent_at(world, "mina", message="red-alert") == [sent]
    assert sent_at(world, "mina", message="red-alert-again")[:1] == [again]
    assert sent_at(world, "quinn", message="red-alert-escalated") == [climbs]
    world.close()


async def test_what_is_due_waits_for_the_digest_of_the_persons_next_working_day(world: World) -> None:
    world.change("cyrus", work_days="34")
    await world.audit("cyrus")
    await world.advance("2026-11-30 12:00")
    assert sent_at(world, "cyrus") == ["2026-11-25 09:30"]


async def test_what_is_due_in_somebodys_leave_waits_for_their_return_or_their_deputy(world: World) -> None:
    await world.away("cyrus", "2026-11-23", "2026-12-02")
    await world.audit("cyrus")
    await world.advance("2026-12-04 12:00")
    assert sent_at(world, "cyrus") == ["2026-12-03 09:30"]


async def test_a_quarter_brings_nobody_more_than_one_digest_a_day_and_none_out_of_hours(tmp_path: Path) -> None:
    """Its last month and the next one's first weeks: the reminders, the lists and what is past its date."""
    world = await World.start(tmp_path, "2026-12-07 10:00")
    for auditor in ("cyrus", "dinah", "bea", "ade"):
        for grade in ("red", "green", "amber"):
            audit = await world.audit(auditor, team="east" if auditor in {"bea", "ade"} else "stratford")
            if grade != "amber":
                await world.submit(audit, grade)
    await world.advance("2027-01-20 12:00")
    digests = [each for each in world.all(Notice) if each.message == "digest" and each.sent_at]
    days: Counter[tuple[int, date]] = Counter()
    for each in digests:
        assert each.sent_at is not None
        days[each.recipient_id, local_day(each.sent_at)] += 1
    assert len(digests) > 30
    assert max(days.values()) == 1
    calm = [each.sent_at.astimezone(LONDON) for each in world.all(Notice) if each.lane != "alert" and each.sent_at]
    assert all(newham().calendar().is_working(each.date()) for each in calm)
    assert {each.hour for each in calm} <= set(range(9, 17))
    world.close()


@pytest.mark.parametrize(
    ("before", "after"), [("2026-10-24 12:00", "2026-10-26 12:00"), ("2027-03-27 12:00", "2027-03-30 12:00")]
)
async def test_a_digest_comes_at_half_past_nine_on_either_side_of_a_clock_change(before: str, after: str) -> None:
    world = await World.start(at="2026-10-05 10:00")
    world.clock.set(local(before))
    subject, person = ("person", world.ids["della"]), world.ids["della"]
    await world.run(
        lambda unit: unit.notify("help", person, rule="OURS-NEW-1", subject=subject, key="note:1", reason="a test")
    )
    await world.advance(after)
    assert sent_at(world, "della", message="help") == [f"{after[:10]} 09:30"]
    world.close()


async def test_time_that_goes_back_brings_no_second_digest(world: World) -> None:
    await world.audit("cyrus")
    await world.advance("2026-11-24 09:45")
    await world.audit("cyrus")
    await world.jump("2026-11-24 09:00")
    await world.advance("2026-11-24 17:00")
    assert sent_at(world, "cyrus") == ["2026-11-24 09:30"]
    await world.advance("2026-11-25 17:00")
    assert sent_at(world, "cyrus") == ["2026-11-24 09:30", "2026-11-25 09:30"]


async def test_whoever_comes_back_gets_what_waited_with_their_own_daily_message(world: World) -> None:
    world.change("cyrus", digest_at=time(14, 0))
    await world.audit("cyrus")
    await world.away("cyrus", "2026-11-23", "2026-12-02")
    await world.advance("2026-12-04 12:00")
    assert sent_at(world, "cyrus") == ["2026-12-03 14:00"]


async def test_what_is_due_out_of_hours_waits_for_the_persons_own_daily_message(world: World) -> None:
    world.change("cyrus", digest_at=time(14, 0))
    await world.audit("cyrus")
    await world.jump("2026-11-23 22:00")
    await world.advance("2026-11-25 12:00")
    assert sent_at(world, "cyrus") == ["2026-11-24 14:00"]


@pytest.mark.parametrize(
    ("hours", "at"),
    [((8, 0, 9, 30), "2026-11-24 08:30"), ((8, 0, 8, 30), "2026-11-24 08:00"), ((13, 0, 17, 0), "2026-11-23 13:00")],
)
async def test_whoever_goes_home_before_the_digests_time_gets_it_while_they_are_there(
    world: World, hours: tuple[int, int, int, int], at: str
) -> None:
    world.change("cyrus", hours_from=time(*hours[:2]), hours_to=time(*hours[2:]))
    await world.audit("cyrus")
    await world.advance("2026-11-26 12:00")
    assert sent_at(world, "cyrus") == [at]


async def test_a_digest_whose_time_passed_while_the_service_was_down_still_carries_todays_reminder(
    world: World,
) -> None:
    """24 December is the day of the list. Down from the evening before until 9:40; and one message on that day."""
    await world.audit("cyrus")
    await world.advance("2026-12-23 18:00")
    await world.jump("2026-12-24 09:40")
    assert sent_at(world, "cyrus", message="outstanding-list") == ["2026-12-24 09:40"]
    assert sent_at(world, "marcus", message="outstanding-list") == ["2026-12-24 09:40"]
    await world.audit("cyrus")
    await world.advance("2026-12-31 12:00")
    sent = [each for each in world.all(Notice) if each.message == "digest" and each.sent_at]
    assert max(Counter((each.recipient_id, local_day(each.sent_at or local(MONDAY))) for each in sent).values()) == 1


async def test_what_is_new_after_todays_digest_waits_for_tomorrows(world: World) -> None:
    await world.advance("2026-11-24 11:00")
    await world.audit("cyrus")
    await world.advance("2026-11-26 12:00")
    assert sent_at(world, "cyrus") == ["2026-11-25 09:30"]


async def test_what_is_passed_on_late_goes_in_the_deputys_digest_of_the_day(world: World) -> None:
    """Planned for somebody who then is away; the service is down as the digests go."""
    await world.audit("cyrus")
    await world.advance("2026-12-24 09:00")
    world.change("marcus", deputy_id=world.ids["dinah"])
    await world.away("marcus", "2026-12-24", "2026-12-31")
    await world.jump("2026-12-24 09:40")
    assert sent_at(world, "dinah", message="outstanding-list") == ["2026-12-24 09:40"]
