"""Work comes round as the file's rhythm says: on its days, once, and each activity for itself."""

from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col

from qabot.framework import Framework, load, require
from qabot.framework.calendar import local_day
from qabot.models import Audit, Cycle, Draw, Event
from tests.support.world import ACTIVITY, World

SECOND = """
activities:
  dip-sample:
    rule: ABC-DDL-1
    title: dip sample
    plural: dip samples
    every: {every}
    do: [{{rule: ABC-DDL-1, per: practice-lead, count: 2}}]
    cases: {{rule: ABC-DDL-1, never: [involved, oversight]}}
    ask: [manager-overall]
    grade: manager-overall
"""
Begin = Callable[[str, str], Coroutine[Any, Any, World]]
FIRST = "activities: {{practice-learning-review: {{every: {every}, ladder: usual}}}}\nladders: {{review-due: null}}\n"


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Starts a council with these lines at a moment."""
    return lambda text, at: World.start(tmp_path, at, framework=framework_with(tmp_path, text))


def framework_with(folder: Path, text: str) -> Framework:
    """Newham's file with these lines."""
    path = folder / "council.yaml"
    rules = "rules: {ABC-DDL-1: {text: A rule of another council., source: invented}}\n"
    path.write_text(f"extends: newham\n{rules}{text}", "utf-8")
    return require(load(path, [Path("frameworks")]))


def opened(world: World, activity: str = ACTIVITY) -> list[date]:
    """The first days of the cycles whose work was given."""
    given = {each.cycle_id for each in world.all(Audit)}
    return [each.starts_on for each in world.all(Cycle, col(Cycle.activity) == activity) if each.id in given]


async def test_every_six_weeks_from_a_day(begin: Begin) -> None:
    world = await begin(FIRST.format(every="6 weeks from 2026-04-06"), "2026-03-02 08:00")
    for first in (date(2026, 4, 6), date(2026, 5, 18), date(2026, 6, 29)):
        await world.jump(f"{first - timedelta(days=3)} 12:00")
        assert first not in opened(world)
        await world.advance(f"{first + timedelta(days=2)} 12:00")
    await world.jump("2026-08-07 12:00")
    await world.advance("2026-08-09 12:00")
    assert opened(world) == [date(2026, 4, 6), date(2026, 5, 18), date(2026, 6, 29)]
    assert {each.due_on for each in world.all(Audit)} == {date(2026, 5, 17), date(2026, 6, 28), date(2026, 8, 9)}
    names = [each.name for each in world.all(Cycle)]
    assert names[:2] == ["6 weeks from 6 April 2026", "6 weeks from 18 May 2026"]
    assert len(set(names)) == len(names) == 4, "the one from 10 August is planned"
    world.close()


async def test_before_the_first_day_nothing_is_given_and_what_prepares_it_comes_in_time(begin: Begin) -> None:
    world = await begin(FIRST.format(every="month from 2026-10-12"), "2026-09-15 08:00")
    await world.advance("2026-09-29 12:00")
    assert world.all(Audit) == []
    assert world.messages("della") == ["data-request"], "the data is asked for two weeks before"
    await world.jump("2026-10-11 12:00")
    assert world.all(Audit) == []
    await world.advance("2026-10-12 12:00")
    assert opened(world) == [date(2026, 10, 12)]
    world.close()


async def test_short_cycles_are_planned_as_long_before_as_long_ones(begin: Begin) -> None:
    world = await begin(FIRST.format(every="week from 2026-10-05"), "2026-10-05 08:00")
    assert [each.starts_on.isoformat() for each in world.all(Cycle)] == [
        "2026-10-05",
        "2026-10-12",
        "2026-10-19",
        "2026-10-26",
        "2026-11-02",
    ]
    await world.advance("2026-10-13 12:00")
    assert opened(world) == [date(2026, 10, 5), date(2026, 10, 12)]
    world.close()


async def test_nothing_comes_by_itself_on_request(begin: Begin) -> None:
    text = SECOND.format(every="on request").replace("[{rule: ABC-DDL-1, per: practice-lead, count: 2}]", "[]")
    world = await begin(text, "2026-03-30 08:00")
    await world.advance("2026-04-20 12:00")
    assert world.all(Cycle, col(Cycle.activity) == "dip-sample") == []
    assert {each.activity for each in world.all(Audit)} == {ACTIVITY}
    world.close()


async def test_a_second_activity_takes_nothing_from_the_first(tmp_path: Path) -> None:
    """The same people draw the same cases for the one, whatever another one has drawn from them before."""

    async def drawn(name: str, text: str) -> tuple[list[Any], list[Any]]:
        folder = tmp_path / name
        folder.mkdir()
        world = await World.start(folder, "2026-09-01 08:00", framework=framework_with(folder, text))
        await world.jump("2026-09-27 12:00")
        await world.advance("2026-10-01 12:00")
        [draw] = world.all(Draw, col(Draw.purpose).startswith(f"allocation:{ACTIVITY}:2026-10-01"))
        audits = [(each.auditor_id, each.case_reference) for each in world.all(Audit) if each.activity == ACTIVITY]
        others = [each.case_reference for each in world.all(Audit) if each.activity != ACTIVITY]
        world.close()
        return [draw.pool, draw.result, sorted(audits, key=str)], others

    alone, nothing = await drawn("alone", "")
    beside, others = await drawn("beside", SECOND.format(every="3 weeks from 2026-09-07"))
    assert beside == alone
    assert nothing == []
    assert len(others) == 16, "four leads do two each, twice"
    assert None not in others


async def test_a_cycle_that_is_under_way_is_not_made_again(tmp_path: Path) -> None:
    """A database holds its cycles by their first day: this one was written by a version that knew no `every`."""
    world = await World.start(tmp_path, "2026-09-29 08:00")
    await world.advance("2026-10-01 12:00")
    [before] = world.all(Cycle, col(Cycle.opened_at).is_not(None), col(Cycle.starts_on) == date(2026, 10, 1))
    assert (before.activity, before.name, before.due_on) == (ACTIVITY, "October to December 2026", date(2026, 12, 31))
    audits = len(world.all(Audit))
    world.restart()
    await world.advance("2026-10-20 12:00")
    assert len(world.all(Audit)) == audits
    assert len(world.all(Cycle, col(Cycle.starts_on) == date(2026, 10, 1))) == 1
    world.close()


async def test_a_changed_rhythm_opens_nothing_for_the_past(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-09-29 08:00")
    await world.advance("2026-10-01 12:00")
    await world.jump("2026-11-10 12:00")
    before = opened(world)
    world.framework = framework_with(tmp_path, FIRST.format(every="month"))
    world.restart()
    await world.advance("2026-11-12 12:00")
    await world.jump("2026-11-30 12:00")
    assert opened(world) == before, "November began while the quarter was running"
    left = world.all(Event, col(Event.what) == "cycle-under-way")
    assert local_day(left[-1].at) == date(2026, 11, 11)
    assert left[-1].why == "began before the file had this rhythm"
    await world.advance("2026-12-01 12:00")
    assert opened(world) == [*before, date(2026, 12, 1)]
    world.close()


async def test_a_cycle_that_was_planned_in_time_is_given_though_the_service_was_down(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-09-29 08:00")
    await world.advance("2026-10-01 12:00")
    await world.jump("2026-11-10 12:00")
    world.framework = framework_with(tmp_path, FIRST.format(every="month"))
    world.restart()
    await world.advance("2026-11-12 12:00")
    await world.jump("2026-11-30 12:00")
    await world.jump("2026-12-03 12:00")
    assert date(2026, 12, 1) in opened(world)
    world.close()


async def test_a_planned_cycle_ends_when_the_file_says_now(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-12-07 08:00")
    await world.advance("2026-12-10 12:00")
    [planned] = world.all(Cycle, col(Cycle.starts_on) == date(2027, 1, 1))
    assert planned.due_on == date(2027, 3, 31)
    world.framework = framework_with(tmp_path, FIRST.format(every="month"))
    world.restart()
    await world.advance("2026-12-12 12:00")
    await world.jump("2026-12-31 12:00")
    await world.advance("2027-01-04 12:00")
    [cycle] = world.all(Cycle, col(Cycle.starts_on) == date(2027, 1, 1))
    assert (cycle.name, cycle.due_on) == ("January 2027", date(2027, 1, 31))
    assert {each.due_on for each in world.all(Audit) if each.cycle_id == cycle.id} == {date(2027, 1, 31)}
    world.close()
