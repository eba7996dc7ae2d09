"""A closure day or a bank holiday comes or goes, or hours change: what is open is planned by the days as they are."""

import json
from pathlib import Path

import pytest

from qabot.framework import load, require
from qabot.imports import plan_people, read_people
from qabot.imports.applying import apply_staff
from qabot.models import Deadline, Meta
from qabot.scheduler.new_days import KEY
from qabot.workflows.core.unit import Unit
from tests.support.councils import RULES, Start
from tests.support.world import World, local

STEP = "rule: ABC-DDL-1, to: [owes], send: duty-late"
LATER = f"""
duties:
  look: {{rule: ABC-DDL-1, title: Look at it, when: [practice-learning-review.submitted], owes: [service-manager],
         due: submitted + 20 working days, ladder: later}}
ladders:
  later: {{title: Later, steps: [{{{STEP}, called: first, at: opened + 2 working days}}]}}
"""
ALERT = "rule: ABC-DDL-1, to: [owes], send: duty-alert, lane: alert"
DAILY = f"""
duties:
  look: {{rule: ABC-DDL-1, title: Look at it, when: [practice-learning-review.submitted], owes: [service-manager],
         due: none, ask: [acknowledged], ladder: daily}}
ladders:
  daily: {{title: Daily, steps: [{{{ALERT}, called: at-once, at: opened}},
    {{{ALERT}, called: first, at: opened + 1 working day, repeat: last + 1 working day}}]}}
"""


def closed(*days: int, more: str = "") -> str:
    """The council is closed on these days of November."""
    return f"\ncouncil: {{closure_days: [{', '.join(f'2026-11-{each}' for each in days)}]{more}}}\n"


def change(world: World, folder: Path, text: str) -> None:
    """The council's file says this from now on, and qabot starts anew."""
    path = folder / "changed.yaml"
    path.write_text(f"{RULES}{text}", "utf-8")
    world.framework = require(load(path, [Path("frameworks")]))
    world.restart()


def days_of(world: World) -> list[str]:
    """On which days Mina was told of what she is to look at."""
    sent = [each for each in world.notices("mina", state="sent") if each.step == "first"]
    return [each.sent_at.date().isoformat() for each in sent if each.sent_at is not None]


async def test_what_counted_over_a_closure_day_that_is_gone_comes_sooner(start: Start, tmp_path: Path) -> None:
    world = await start(LATER + closed(25, 26))
    await world.graded("green", actions=False)
    await world.advance("2026-11-24 12:00")
    change(world, tmp_path, LATER)
    await world.advance("2026-12-04 12:00")
    assert days_of(world) == ["2026-11-26"], "it was wanted on Wednesday at ten, and is in the next daily message"
    [event] = world.events("days-changed")
    assert event.detail["days"] == ["2026-11-25", "2026-11-26"]
    world.close()


async def test_what_was_planned_and_waits_for_a_day_that_is_closed_now_is_planned_anew(
    start: Start, tmp_path: Path
) -> None:
    world = await start(LATER)
    await world.graded("green", actions=False)
    await world.advance("2026-11-25 15:00")
    assert world.messages("mina", state="planned").count("duty-late") == 1
    change(world, tmp_path, LATER + closed(25, 26))
    await world.advance("2026-12-04 12:00")
    assert days_of(world) == ["2026-11-30"]
    [given_way] = world.notices("mina", message="duty-late", state="superseded")
    assert given_way.reason == "the council's working days or hours have changed"
    assert not world.events("due-moved")
    world.close()


async def test_what_was_sent_is_not_sent_again(start: Start, tmp_path: Path) -> None:
    world = await start(LATER)
    await world.graded("green", actions=False)
    await world.advance("2026-11-26 12:00")
    change(world, tmp_path, LATER + closed(25))
    await world.advance("2026-12-04 12:00")
    assert days_of(world) == ["2026-11-26"]
    world.close()


async def test_a_digest_that_waited_for_the_end_of_a_closure_comes_before_it(start: Start, tmp_path: Path) -> None:
    usual = LATER.replace("opened + 2 working days", "opened")
    world = await start(usual + closed(24, 25, 26))
    await world.graded("green", actions=False)
    change(world, tmp_path, usual)
    await world.advance("2026-11-27 12:00")
    assert days_of(world) == ["2026-11-24"]
    world.close()


async def test_an_alert_that_is_held_goes_as_soon_as_the_file_sends_alerts_at_once(
    start: Start, tmp_path: Path
) -> None:
    hold = closed(more=", alerts_outside_hours: hold")
    world = await start(hold)
    world.clock.set(local("2026-11-24 19:00"))
    await world.graded("red")
    assert world.messages("mina") == []
    change(world, tmp_path, "")
    await world.tick()
    assert world.messages("mina") == ["red-alert"]
    world.close()


@pytest.mark.parametrize(
    ("before", "now", "days"),
    [
        (closed(), closed(25), ["2026-11-24", "2026-11-25", "2026-11-26"]),
        (closed(24), closed(), ["2026-11-25", "2026-11-26", "2026-11-27"]),
        (closed(26), closed(), ["2026-11-24", "2026-11-25", "2026-11-26"]),
    ],
    ids=["a day on which it was said is closed", "one on which it was not is open", "one to come is open"],
)
async def test_what_repeats_goes_on_from_when_it_was_last_said(
    start: Start, tmp_path: Path, before: str, now: str, days: list[str]
) -> None:
    world = await start(DAILY + before)
    await world.graded("green", actions=False)
    await world.advance("2026-11-25 12:00")
    change(world, tmp_path, DAILY + now)
    await world.advance(f"{days[-1]} 12:00")
    assert days_of(world) == days
    world.close()


async def test_a_newer_table_of_bank_holidays_is_one_too(start: Start) -> None:
    """The last start knew two bank holidays that are none by this one's table."""
    world = await start(LATER)
    with world.nodes[0].store.transaction() as session:
        row = session.get_one(Meta, KEY)
        kept = json.loads(row.value)
        row.value = json.dumps({**kept, "holidays": sorted([*kept["holidays"], "2026-11-25", "2026-11-26"])})
        session.add(row)
    world.restart()
    await world.tick()
    [event] = world.events("days-changed")
    assert event.detail["days"] == ["2026-11-25", "2026-11-26"]
    world.restart()
    await world.tick()
    assert len(world.events("days-changed")) == 1
    world.close()


async def test_one_that_cannot_be_planned_holds_up_no_other(start: Start, tmp_path: Path) -> None:
    world = await start(LATER + closed(25, 26))
    broken = await world.graded("green", actions=False)
    await world.graded("green", "dinah", actions=False)
    with world.nodes[0].store.transaction() as session:
        row = session.get_one(Deadline, world.deadline("look", broken).id)
        row.anchors = {"opened": "yesterday"}
        session.add(row)
    change(world, tmp_path, LATER)
    await world.advance("2026-11-27 12:00")
    assert days_of(world) == ["2026-11-26"]
    world.close()


async def import_hours(world: World, folder: Path, hours: str, days: str) -> None:
    """The file of people says when Mina works."""
    file = folder / "people.csv"
    mina = world.person("mina")
    file.write_text(f"name,email,hours,work_days\n{mina.name},{mina.email},{hours},{days}\n", "utf-8")

    def take(unit: Unit) -> None:
        apply_staff(unit, plan_people(unit.session, read_people(file), unit.framework, unit.now))

    await world.run(take)


async def test_what_waits_for_somebodys_next_day_follows_their_days(start: Start, tmp_path: Path) -> None:
    world = await start(LATER.replace("opened + 2 working days", "opened"))
    await import_hours(world, tmp_path, "09:00-16:30", "15")
    await world.graded("green", actions=False)
    await import_hours(world, tmp_path, "09:00-16:30", "135")
    await world.advance("2026-11-30 12:00")
    assert days_of(world) == ["2026-11-25"]
    world.close()


async def test_what_waits_for_the_daily_message_follows_its_time(start: Start) -> None:
    world = await start(LATER.replace("opened + 2 working days", "opened"))
    await world.graded("green", actions=False)
    token = world.deadline("look", (await world.graded("green", "dinah", actions=False))).token
    await world.send_form("mina", "settings", token, digest_at="14:00", news="on")
    await world.advance("2026-11-23 13:30")
    assert days_of(world) == []
    await world.advance("2026-11-23 14:30")
    assert days_of(world) == ["2026-11-23", "2026-11-23"], "it was to come tomorrow at half past nine"
    world.close()
