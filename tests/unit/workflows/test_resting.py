"""Who rests on a day of a cycle is given nothing in it, and the log says so; what is open stays as it is."""

from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from qabot.framework import Framework, load, require
from qabot.framework.calendar import local_day
from qabot.models import Audit, Cycle, RoleHolding
from qabot.workflows.core.situation import people_changed
from tests.support.world import ACTIVITY, World

REST = """
extends: newham
rules: {{ABC-SEL-4: {{text: Some rest., source: invented}}}}
calendar:
  practice-week: {{rule: ABC-SEL-4, days: [2026-11-09 to 2026-11-13]}}
  inspection: {{rule: ABC-SEL-4, days: [{inspection}]}}
activities:
  practice-learning-review: {{every: month, ladder: usual, rest: {rest}}}
ladders: {{review-due: null}}
"""
Begin = Callable[..., Coroutine[Any, Any, World]]


def framework_with(folder: Path, rest: str, inspection: str = "2027-01-11") -> Framework:
    path = folder / "council.yaml"
    path.write_text(REST.format(rest=rest, inspection=inspection), "utf-8")
    return require(load(path, [Path("frameworks")]))


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Starts a council in which these rest."""

    async def started(rest: str, at: str = "2026-10-01 08:00", **more: str) -> World:
        return await World.start(tmp_path, at, framework=framework_with(tmp_path, rest, **more))

    return started


def auditors(world: World, starts: str) -> set[str]:
    """Who was given work in the cycle that began on a day."""
    [cycle] = [
        each for each in world.all(Cycle, col(Cycle.activity) == ACTIVITY) if each.starts_on.isoformat() == starts
    ]
    return {world.name(each.auditor_id) for each in world.all(Audit, col(Audit.cycle_id) == cycle.id)}


EVERYBODY = {"ade", "bea", "cyrus", "dinah", "mina", "marcus", "rowan"}


@pytest.mark.parametrize(
    ("rest", "left"),
    [
        ("{practice-lead: practice-week}", {"mina", "marcus", "rowan"}),
        ("{practice-lead: [inspection, practice-week]}", {"mina", "marcus", "rowan"}),
        ("{Stratford: practice-week}", EVERYBODY - {"ade"}),
        ("{Stratford: practice-week, service-manager: practice-week}", EVERYBODY - {"ade", "mina", "marcus"}),
        ("{everybody: practice-week}", set()),
        ("{practice-lead: inspection}", EVERYBODY),
    ],
)
async def test_who_rests_on_a_day_of_the_cycle_is_given_none(begin: Begin, rest: str, left: set[str]) -> None:
    world = await begin(rest)
    for eve, first in (("2026-10-31", "2026-11-01"), ("2026-11-30", "2026-12-01")):
        await world.jump(f"{eve} 12:00")
        await world.advance(f"{first} 12:00")
    assert auditors(world, "2026-10-01") == EVERYBODY, "a cycle without a day of the rest is as ever"
    assert auditors(world, "2026-11-01") == left
    assert auditors(world, "2026-12-01") == EVERYBODY, "and so is the next one"
    world.close()


async def test_what_did_not_happen_because_of_a_rest_is_in_the_log(begin: Begin) -> None:
    world = await begin("{practice-lead: practice-week}")
    await world.jump("2026-10-31 12:00")
    await world.advance("2026-11-03 12:00")
    await world.jump("2026-11-30 12:00")
    await world.advance("2026-12-01 12:00")
    [event] = world.events("work-rests")
    assert event.rule == "ABC-SEL-4"
    assert event.why == "practice-week: 4 rest on a day of this cycle and are given nothing in it"
    assert {world.name(each) for each in event.detail["people"]} == {"ade", "bea", "cyrus", "dinah"}
    world.close()


async def test_whoever_holds_the_role_no_longer_on_those_days_does_not_rest(begin: Begin) -> None:
    world = await begin("{practice-lead: practice-week}")
    with world.nodes[0].store.transaction() as session:
        for held in session.exec(select(RoleHolding).where(RoleHolding.person_id == world.ids["ade"])):
            held.to_on = date(2026, 11, 6)
        people_changed(session)
    await world.jump("2026-10-31 12:00")
    await world.advance("2026-11-02 12:00")
    assert "ade" in auditors(world, "2026-11-01")
    world.close()


async def test_what_is_open_stays_due_and_is_reminded_of_while_somebody_rests(begin: Begin) -> None:
    world = await begin("{practice-lead: inspection}", inspection="2026-11-02 to 2026-11-04")
    await world.jump("2026-10-30 12:00")
    await world.advance("2026-11-05 12:00")
    assert "ade" not in auditors(world, "2026-11-01")
    late = [local_day(each.sent_at).isoformat() for each in world.notices("ade", message="duty-late") if each.sent_at]
    assert late == ["2026-11-02"] * 3, "what was due on 31 October is late all the same"
    world.close()


async def test_a_calendar_that_runs_out_is_in_the_log_once(begin: Begin) -> None:
    world = await begin("{practice-lead: practice-week}")
    await world.advance("2026-10-20 12:00")
    [ending] = world.events("calendar-ending")
    assert ending.why.startswith("practice-week: the last day of this period is 13 November 2026, so nobody rests from")
    assert world.events("calendar-ended") == []
    await world.advance("2026-11-20 12:00")
    [ended] = world.events("calendar-ended")
    assert ended.why.startswith("practice-week: the last day of this period was 13 November 2026")
    assert len(world.events("calendar-ending")) == 1
    world.close()


async def test_a_team_that_there_is_not_is_in_the_log(begin: Begin) -> None:
    world = await begin("{Strafford: practice-week}")
    await world.advance("2026-10-03 12:00")
    [event] = world.events("rest-unknown")
    assert event.why == "Practice Learning Review: Strafford is to rest, and is neither a role nor a team"
    world.close()
