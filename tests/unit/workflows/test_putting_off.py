"""A reminder that is put off comes once more on the day that was chosen; a repeated form does not use that up."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from qabot.framework.calendar import LONDON
from qabot.models import Audit
from qabot.workflows.verbs import home
from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path, "2026-10-05 10:00")
    yield made
    made.close()


def days(world: World, person: str, message: str = "review-reminder") -> list[str]:
    found = [each.sent_at for each in world.notices(person, message=message) if each.sent_at]
    return [f"{each.astimezone(LONDON):%Y-%m-%d %H:%M}" for each in found]


async def not_yet(world: World, audit: Audit, day: str) -> None:
    await world.send_form("cyrus", "not-yet", world.deadline("audit", audit).token, new_date=day)


async def test_every_choice_is_a_daily_message_that_comes_when_it_says(world: World) -> None:
    audit = await world.audit("cyrus")
    deadline = world.deadline("audit", audit)
    choices = await world.run(
        lambda unit: home.snooze_choices(unit, unit.directory.people[world.ids["cyrus"]], deadline)
    )
    assert {name: f"{at.astimezone(LONDON):%Y-%m-%d %H:%M}" for name, at in choices.items()} == {
        "next working day": "2026-10-06 09:30",
        "in a week": "2026-10-12 09:30",
    }


async def test_the_same_form_twice_puts_off_once(world: World) -> None:
    audit = await world.audit("cyrus")
    token = world.deadline("audit", audit).token
    replies = [await world.send_form("cyrus", "snooze", token, until="in a week") for _ in range(3)]
    assert len({str(each) for each in replies}) == 1
    assert world.deadline("audit", audit).snoozes == 1
    assert [each.subject_type for each in world.events("snoozed")] == ["audit"]


async def test_the_same_new_date_twice_puts_off_once(world: World) -> None:
    audit = await world.audit("cyrus")
    await not_yet(world, audit, "2026-10-20")
    await not_yet(world, audit, "2026-10-20")
    assert world.deadline("audit", audit).snoozes == 1


async def test_what_is_said_only_once_is_not_lost_by_putting_off(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.send_form("cyrus", "snooze", world.deadline("audit", audit).token, until="in a week")
    await world.advance("2026-10-06 17:00")
    assert days(world, "cyrus", "review-allocated") == ["2026-10-06 09:30"]


async def test_nothing_is_repeated_that_was_first_said_after_the_chosen_day(world: World) -> None:
    audit = await world.audit("cyrus")
    await not_yet(world, audit, "2026-10-09")
    await world.advance("2026-10-18 12:00")
    assert days(world, "cyrus") == ["2026-10-15 09:30"]
    await world.run(lambda unit: unit.poke_all())
    await world.advance("2026-10-23 12:00")
    assert days(world, "cyrus") == ["2026-10-15 09:30"]


async def test_a_reminder_that_was_said_is_said_once_more_on_the_chosen_day(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-10-15 12:00")
    await not_yet(world, audit, "2026-10-21")
    await world.advance("2026-10-30 12:00")
    assert days(world, "cyrus") == ["2026-10-15 09:30", "2026-10-21 09:30"]
    assert world.deadline("audit", audit).expected_on == date(2026, 10, 21)


async def test_what_one_put_off_comes_to_the_deputy_while_one_is_away(world: World) -> None:
    audit = await world.audit("cyrus")
    await world.advance("2026-10-15 12:00")
    await not_yet(world, audit, "2026-10-21")
    await world.away("cyrus", "2026-10-20", "2026-10-30", "dinah")
    await world.advance("2026-11-03 12:00")
    assert days(world, "dinah") == ["2026-10-21 09:30"]
    assert days(world, "cyrus") == ["2026-10-15 09:30"]


async def test_what_waited_for_ones_return_comes_when_one_is_back_early(world: World) -> None:
    await world.away("cyrus", "2026-10-06", "2026-10-30")
    await world.run(
        lambda unit: unit.notify(
            "help",
            world.ids["cyrus"],
            rule="OURS-NEW-1",
            subject=("person", world.ids["cyrus"]),
            key="a",
            reason="a test",
            lane="due",
        )
    )
    await world.advance("2026-10-12 12:00")
    assert world.messages("cyrus") == []
    await world.back("cyrus")
    await world.advance("2026-10-13 12:00")
    assert days(world, "cyrus", "help") == ["2026-10-13 09:30"]
