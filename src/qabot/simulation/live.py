"""The demo: an invented council, a clock that is moved, and colleagues who do their part while time passes."""

import tempfile
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from pathlib import Path

from qabot.demo.council import CouncilData, invented_council
from qabot.framework import Framework
from qabot.framework.calendar import at_local, local_day
from qabot.imports import apply_cases, apply_people, plan_cases, plan_people, read_cases, read_people
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.timeline import Timeline
from qabot.simulation.colleagues import Colleagues
from qabot.simulation.pace import Pace
from qabot.simulation.run import Service
from qabot.simulation.scenario import Happening
from qabot.simulation.story import story
from qabot.simulation.telling import tell
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import cycles

DEMO_START = date(2026, 9, 14)
"""Two and a half weeks before a quarter, so that what prepares it is seen too."""
AWAY_FROM = timedelta(days=30)
"""From the first day to the day around which people are on leave."""
PREPARED = timedelta(days=17)
"""How long before the first work is given a demo begins."""
LONGEST = timedelta(days=2 * 365)
"""How long the story goes on."""
MORNING = time(8, 0)


class StoryTimeline:
    """The timeline of the demo: as it passes, the invented colleagues do what they owe and what the story says."""

    def __init__(self, timeline: Timeline, happenings: list[Happening], colleagues: Colleagues | None = None) -> None:
        self.timeline = timeline
        self.happenings = happenings
        self.colleagues = colleagues

    async def next_moment(self) -> datetime | None:
        """When something next happens, by itself or by a colleague (UTC)."""
        moments = (await self.timeline.next_moment(), self._next_of_story())
        return min((each for each in moments if each is not None), default=None)

    def _next_of_story(self) -> datetime | None:
        """When a colleague next does something (UTC)."""
        moment = self.happenings[0].at if self.happenings else None
        done = self.colleagues.next_moment() if self.colleagues else None
        return min((each for each in (moment, done) if each is not None), default=None)

    async def advance(self, to: datetime, playing: Collection[int] = ()) -> None:
        """Move to `to` through every due moment and every happening on the way.

        Nothing happens by itself for whoever is `playing`: what these people do is for whoever tries the demo.
        """
        await self.timeline.engine.cycle()
        while True:
            moment = await self._next_look(to)
            if moment is None:
                break
            await self.timeline.let_pass(max(moment, self.timeline.clock.now()))
            while self.happenings and self.happenings[0].at <= moment:
                await tell(self.timeline.engine.desk, self.happenings.pop(0), playing)
                await self.timeline.engine.cycle()
            if self.colleagues is not None:
                await self.colleagues.act(moment, playing)
                await self.timeline.engine.cycle()
        await self.timeline.advance(to)

    async def submit_low(self) -> bool:
        """Have a piece of work come in with the lowest grades now, and tell who is to hear of it; False if none can."""
        done = self.colleagues is not None and await self.colleagues.submit_low()
        if done:
            await self.timeline.engine.cycle()
        return done

    async def _next_look(self, to: datetime) -> datetime | None:
        """The next moment of the story until `to`; without one the day's end, at which what was opened is looked at."""
        if self.colleagues is not None:
            await self.colleagues.look()
        moments = [self._next_of_story()]
        if self.colleagues is not None:
            moments.append(cycles.next_run(local_day(self.timeline.clock.now())))
        return min((each for each in moments if each is not None and each <= to), default=None)


def fill(unit: Unit, council: CouncilData) -> None:
    """Fill an empty database with an invented council."""
    with tempfile.TemporaryDirectory() as folder:
        staff, cases = council.as_files(Path(folder))
        apply_people(unit.session, plan_people(unit.session, read_people(staff), unit.framework, unit.now))
        unit.session.flush()
        apply_cases(unit.session, plan_cases(unit.session, read_cases(cases), unit.framework))
    people_changed(unit.session)


def beginning(day: date) -> DemoClock:
    """The demo's clock, at eight in the morning of its first day."""
    return DemoClock(at_local(day, MORNING))


def first_day(framework: Framework) -> date:
    """The day on which a demo of this file begins: a while before work is given, so that what prepares it is seen."""
    starts = [each.every.next_start(DEMO_START) for each in framework.activities.values()]
    soonest = min((each for each in starts if each is not None), default=DEMO_START)
    return max(DEMO_START, soonest - PREPARED)


async def begin(service: Service, clock: DemoClock, people: int = 60) -> StoryTimeline:
    """Fill the database, and let the demo's time pass. No colleague acknowledges an alert: whoever tries it does."""
    framework, first = service.framework, local_day(clock.now())
    council = invented_council(framework, people, today=first + AWAY_FROM)
    await service.desk.run(lambda unit: fill(unit, council))
    calendar = framework.calendar()
    colleagues = Colleagues(service.desk, Pace("most", calendar, alerts=False), once=True)
    happenings = story(council, first, first + LONGEST, framework)
    return StoryTimeline(Timeline(service.engine, clock), happenings, colleagues)
