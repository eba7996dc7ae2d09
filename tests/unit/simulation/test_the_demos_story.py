"""The demo's story: what invented colleagues do, for whom they do nothing, and what is said of a step left out."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from qabot.demo.council import invented_council
from qabot.framework import load, require
from qabot.models import Deadline
from qabot.scheduler.timeline import Timeline
from qabot.simulation import scenario as told
from qabot.simulation.live import StoryTimeline
from qabot.simulation.story import story as invented
from tests.support.world import World, local

NOON, LATER = local("2026-11-24 12:00"), local("2026-11-24 13:00")
GRADES = {"practitioner-overall": "green", "manager-overall": "green"}


def story(world: World, *does: told.Does) -> StoryTimeline:
    return StoryTimeline(
        Timeline(world.nodes[0].engine, world.clock),
        [told.Happening(NOON, type(each).__name__, each, 0) for each in does],
    )


def submit(person: str, nth: int = 1) -> told.Submit:
    return told.Submit(audit=told.AuditChoice(auditor=f"{person}@council.example", nth=nth), answers=GRADES)


async def test_colleagues_do_their_part_while_time_passes(world: World) -> None:
    audit = await world.audit("cyrus")
    await story(world, submit("cyrus")).advance(LATER)
    assert world.deadline("audit", audit, state="met").closed_by_id == world.ids["cyrus"]


async def test_nobody_acts_for_whoever_is_played(world: World) -> None:
    audit = await world.audit("cyrus")
    timeline = story(world, submit("cyrus"))
    with capture_logs() as said:
        await timeline.advance(LATER, {world.ids["cyrus"], world.ids["mina"]})
    assert world.deadline("audit", audit).state == "open"
    assert [each for each in said if each.get("action") == "story-skipped"] == []
    assert timeline.happenings == [], "the moment has passed, also for whoever is somebody else afterwards"


async def test_others_go_on_beside_whoever_is_played(world: World) -> None:
    audit = await world.audit("cyrus")
    await story(world, submit("cyrus")).advance(LATER, {world.ids["mina"]})
    assert world.deadline("audit", audit, state="met").closed_by_id == world.ids["cyrus"]


async def test_the_data_is_not_said_to_be_sent_by_whoever_is_played(world: World) -> None:
    await world.advance("2026-12-28 12:00")
    (asked,) = world.all(Deadline, Deadline.kind == "data-request")
    assert asked.owner_id is not None
    for playing, state in (({asked.owner_id}, "open"), (set[int](), "met")):
        timeline = story(world, told.DataSent())
        await timeline.advance(world.clock.now(), playing)
        assert [each.state for each in world.all(Deadline, Deadline.kind == "data-request")] == [state]


async def test_a_step_that_no_longer_fits_is_one_plain_line(world: World) -> None:
    await world.audit("cyrus")
    with capture_logs() as said:
        await story(world, submit("cyrus", nth=2)).advance(LATER)
    (line,) = [each for each in said if each.get("action") == "story-skipped"]
    assert line["event"] == (
        "Left out of the demo's story: Submit: there is no audit number 2 of cyrus@council.example on 2026-11-24"
    )
    assert set(line) == {"event", "action", "log_level"}


@pytest.mark.parametrize("council", ["northumberland", "northamptonshire"])
def test_nobody_is_asked_for_work_who_has_left(council: str) -> None:
    """Neither to do it, nor as whom it is about: it was left out as it came, with a line of the log each time."""
    framework = require(load(Path(f"frameworks/{council}.yaml"), [Path("frameworks")]))
    first = date(2026, 4, 1)
    for people in (40, 110):
        happenings = invented(invented_council(framework, people), first, first + timedelta(days=365), framework)
        leaving = next(each for each in happenings if isinstance(each.does, told.ImportPerson))
        assert isinstance(leaving.does, told.ImportPerson)
        (leaver,) = (row.email for row in leaving.does.rows.rows)
        later = [each.does for each in happenings if each.at >= leaving.at and isinstance(each.does, told.AskFor)]
        assert later
        assert [each for each in later if leaver in (each.by, each.to, each.person)] == []
