"""The demo: an invented council, a clock that is moved, and colleagues who do their part while time passes."""

import tempfile
from collections.abc import Collection
from datetime import date, datetime, time
from pathlib import Path

import structlog
from sqlmodel import select

from qabot.demo.council import invented_council
from qabot.errors import QabotError
from qabot.framework import Framework
from qabot.framework.calendar import at_local
from qabot.imports import apply_cases, apply_people, plan_cases, plan_people, read_cases, read_people
from qabot.models import Person
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.timeline import Timeline
from qabot.simulation.happenings import Player, waiting_for_cycles
from qabot.simulation.scenario import DataSent, Does, Happening, Submit
from qabot.simulation.story import story
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.unit import Unit

log = structlog.get_logger()
DEMO_START = date(2026, 9, 14)
"""Two and a half weeks before a quarter, so that its preparation is seen too."""
QUARTER = date(2026, 10, 1)
SOMEBODY_AWAY = date(2026, 10, 14)
MORNING = time(8, 0)


class StoryTimeline:
    """The timeline of the demo: as it passes, the invented colleagues do what the story says."""

    def __init__(self, timeline: Timeline, happenings: list[Happening]) -> None:
        self.timeline = timeline
        self.happenings = happenings

    async def next_moment(self) -> datetime | None:
        """When something next happens, by itself or by a colleague (UTC)."""
        following = await self.timeline.next_moment()
        moment = self.happenings[0].at if self.happenings else None
        return min((each for each in (following, moment) if each is not None), default=None)

    async def advance(self, to: datetime, playing: Collection[int] = ()) -> None:
        """Move to `to` through every due moment and every happening on the way.

        Nothing happens by itself for whoever is `playing`: what these people do is for whoever tries the demo.
        """
        while self.happenings and self.happenings[0].at <= to:
            happening = self.happenings.pop(0)
            await self.timeline.advance(max(happening.at, self.timeline.clock.now()))
            await self._happen(happening, playing)
        await self.timeline.advance(to)

    async def _happen(self, happening: Happening, playing: Collection[int]) -> None:
        def play(unit: Unit) -> None:
            if not _whose(unit, happening.does) & set(playing):
                Player(unit, "the demo's story", happening).play()

        try:
            await self.timeline.engine.desk.run(play)
        except QabotError as skipped:
            # Whoever tries the demo may have done it first, or given the case back: the story goes on.
            log.info(f"Left out of {skipped}", action="story-skipped")
        await self.timeline.engine.cycle()


def _whose(unit: Unit, does: Does) -> set[int | None]:
    """The people for whom the story does this."""
    match does:
        case Submit(audit=choice):
            return {*unit.session.exec(select(Person.id).where(Person.email == choice.auditor))}
        case DataSent():
            return {each.owner_id for each in waiting_for_cycles(unit)}
    return set()


def fill(unit: Unit, today: date, people: int = 60) -> None:
    """Fill an empty database with the invented council."""
    council = invented_council(unit.framework, people, today=today)
    with tempfile.TemporaryDirectory() as folder:
        staff, cases = council.as_files(Path(folder))
        apply_people(unit.session, plan_people(unit.session, read_people(staff), unit.framework, unit.now))
        unit.session.flush()
        apply_cases(unit.session, plan_cases(unit.session, read_cases(cases), unit.framework))
    people_changed(unit.session)


def beginning(day: date) -> DemoClock:
    """The demo's clock, at eight in the morning of its first day."""
    return DemoClock(at_local(day, MORNING))


def the_story(framework: Framework) -> list[Happening]:
    """The story of the demo's quarter."""
    return story(invented_council(framework, today=SOMEBODY_AWAY), QUARTER)
