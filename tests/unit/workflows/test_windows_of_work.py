"""Work of a cycle is given and due when the file says: within the cycle, in a window of the year, at an hour."""

from collections.abc import Callable, Coroutine
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col

from qabot.framework import Framework, load, require
from qabot.framework.calendar import LONDON, local_day
from qabot.models import Audit, Cycle, Deadline
from qabot.workflows.core.words import say_due
from tests.support.world import ACTIVITY, World

Begin = Callable[..., Coroutine[Any, Any, World]]
YEAR = "every: year, opens: 31 May, due: 30 September at 12:00"


def framework_with(folder: Path, keys: str) -> Framework:
    path = folder / "council.yaml"
    text = f"extends: newham\nladders: {{review-due: null}}\nactivities: {{{ACTIVITY}: {{ladder: usual, {keys}}}}}\n"
    path.write_text(text, "utf-8")
    return require(load(path, [Path("frameworks")]))


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Starts a council whose reviews are given and due so."""

    async def started(keys: str, at: str) -> World:
        return await World.start(tmp_path, at, framework=framework_with(tmp_path, keys))

    return started


def given(world: World) -> set[date]:
    return {local_day(each.allocated_at) for each in world.all(Audit)}


def due(world: World) -> set[str]:
    return {say_due(each) for each in world.all(Audit)}


async def test_a_window_of_the_year(begin: Begin) -> None:
    world = await begin(YEAR, "2026-04-01 08:00")
    await world.advance("2026-05-29 12:00")
    assert world.all(Audit) == []
    await world.advance("2026-06-02 12:00")
    assert given(world) == {date(2026, 6, 1)}, "31 May is a Sunday, so it is given on the Monday"
    assert due(world) == {"30 September 2026 at midday"}
    [cycle] = world.all(Cycle, col(Cycle.opened_at).is_not(None))
    assert (cycle.starts_on, cycle.due_on) == (date(2026, 4, 1), date(2027, 3, 31))
    world.close()


async def test_whoever_begins_before_a_window_opens_is_given_its_work(begin: Begin) -> None:
    """The cycle was under way, but nothing of it: what opens later is not left to an import."""
    world = await begin(YEAR, "2026-05-04 08:00")
    assert world.events("cycle-under-way") == []
    await world.advance("2026-06-02 12:00")
    assert given(world) == {date(2026, 6, 1)}
    world.close()


async def test_whoever_begins_within_a_window_is_left_to_what_is_imported(begin: Begin) -> None:
    world = await begin(YEAR, "2026-07-01 08:00")
    await world.advance("2026-07-03 12:00")
    assert world.all(Audit) == []
    [event] = world.events("cycle-under-way")
    assert event.why == "began before qabot did"
    world.close()


async def test_a_window_within_each_cycle(begin: Begin) -> None:
    world = await begin("every: month, opens: cycle-start + 1 week, due: cycle-end - 5 days", "2026-09-01 07:00")
    await world.advance("2026-10-09 12:00")
    assert given(world) == {date(2026, 9, 8), date(2026, 10, 8)}
    assert due(world) == {"25 September 2026", "26 October 2026"}
    deadlines = {each.due_on for each in world.all(Deadline) if each.kind == "audit"}
    assert deadlines == {date(2026, 9, 25), date(2026, 10, 26)}
    world.close()


async def test_it_is_reminded_of_by_its_own_due_date(begin: Begin) -> None:
    world = await begin("every: month, opens: cycle-start + 1 week, due: cycle-end - 5 days", "2026-09-01 07:00")
    await world.advance("2026-09-29 12:00")
    days = sorted({f"{each.sent_at.astimezone(LONDON):%m-%d}" for each in world.notices("ade") if each.sent_at})
    assert days == ["09-08", "09-24", "09-28"], "given, reminded a working day before, and a working day after"
    world.close()


async def test_an_outage_over_the_opening_gives_it_late_and_due_on_no_past_day(begin: Begin) -> None:
    world = await begin("every: month, opens: cycle-start + 1 week, due: cycle-end - 15 days", "2026-10-01 07:00")
    world.clock.set(datetime.fromisoformat("2026-10-20 10:00").replace(tzinfo=LONDON))
    await world.tick()
    assert given(world) == {date(2026, 10, 20)}
    assert due(world) == {"21 October 2026"}, "told of before it is due"
    world.close()
