"""Playing a framework through: the service's own planning, workflows and delivery, in memory, on a clock that is moved.

The cycle that is under way at the start is played from its preparation on, in silence, so that a period in the middle
of a quarter shows what would be sent in it.
"""

import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol

from sqlmodel import select

from qabot.adapter import Adapter, Address, DirectoryEntry, Finding, Outcome, Rate, Sent
from qabot.demo.council import CouncilData, invented_council
from qabot.errors import BadFile
from qabot.framework import Framework
from qabot.framework.calendar import LONDON, at_local, local_day
from qabot.framework.pools import too_small
from qabot.imports import apply_cases, apply_people, plan_cases, plan_people, read_cases, read_people
from qabot.messaging.card import Card, Limits
from qabot.messaging.values import join_and
from qabot.models import Case, Notice, Store
from qabot.models.store import SPILLING
from qabot.planning.directory import Holding
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.engine import Engine
from qabot.scheduler.timeline import Timeline
from qabot.simulation.colleagues import Colleagues
from qabot.simulation.happenings import play
from qabot.simulation.lines import Line, lines
from qabot.simulation.pace import Answering, Pace
from qabot.simulation.scenario import Happening, Outage, Scenario, check_days, check_people
from qabot.simulation.story import story
from qabot.simulation.telling import tell
from qabot.workflows.core.unit import Unit
from qabot.workflows.desk import Desk

BEFORE_CYCLE = 35
"""How many days before the first cycle the silent part starts, so that its preparation happens too."""


class Service(Protocol):
    """What a simulation needs of the service that the wiring put together."""

    @property
    def store(self) -> Store:
        """The database, in memory."""

    @property
    def framework(self) -> Framework:
        """The rules."""

    @property
    def desk(self) -> Desk:
        """Where people press."""

    @property
    def engine(self) -> Engine:
        """Plans and sends."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works here in the period, or was told something. `titles` are those of their roles."""

    email: str
    titles: tuple[str, ...] = ()

    @property
    def roles(self) -> str:
        """The titles in a sentence; "" without any."""
        return join_and(self.titles)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what a simulation had: people in the order of the framework's roles, those without one last.

    `invented`: no file named them. `happenings` is how many a scenario told, or None without one.
    """

    members: tuple[Member, ...]
    cases: int
    invented: bool
    happenings: int | None


class Listener:
    """The adapter of a simulation: takes everything, reaches nobody."""

    name = "web"
    limits = Limits()
    rate = Rate()
    out_of_reach = None

    def __init__(self) -> None:
        self.taken = 0

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def send(self, address: Address, card: Card) -> Outcome:
        """Taken."""
        self.taken += 1
        return Sent(str(self.taken))

    async def update(self, address: Address, message_id: str, card: Card) -> Outcome:
        """Taken."""
        return Sent(message_id)

    async def home_changed(self, address: Address) -> None:
        """Nobody looks."""

    def check(self, card: Card) -> list[str]:
        """Everything fits."""
        return []

    def app(self) -> None:
        """No pages."""

    async def directory(self) -> Sequence[DirectoryEntry]:
        """Nobody."""
        return ()

    async def doctor(self) -> AsyncIterator[Finding]:
        """Nothing to check."""
        return
        yield


class Simulation:
    """One run. `build` (from the wiring) puts a service together around a store, a clock and an adapter."""

    def __init__(self, build: Callable[[Store, DemoClock, list[Adapter]], Service], start: date, end: date) -> None:
        """`start` and `end` are days in England, both included."""
        self.start, self.end = start, end
        self.clock = DemoClock(at_local(start, time(0, 0)))
        self.service = build(Store(SPILLING, inline=True), self.clock, [Listener()])
        self.timeline = Timeline(self.service.engine, self.clock)
        self.scenario: Scenario | None = None
        self.invented = True
        self.happenings: list[Happening] = []
        self.colleagues: Colleagues | None = None

    def load(
        self,
        people: Path | None,
        scenario: Scenario | None,
        invented: int = 60,
        answering: Answering = "none",
        cases: Path | None = None,
        seed: int = 1,
    ) -> None:
        """Fill the council: from the files, or with invented staff. `answering` is how people answer by themselves.

        `seed`: which of all invented councils of that size it is, and how their people answer.

        Raises `BadFile`, and `SetupError` where no council can be invented.
        """
        if scenario is not None:
            check_days(scenario, self.start)
        self.scenario = scenario
        self.clock.set(at_local(self._first_day(), time(0, 0)))
        framework, there = self.service.framework, scenario.people if scenario else None
        self.invented = people is None and there is None
        with tempfile.TemporaryDirectory() as folder, self.service.store.transaction() as session:
            council = invented_council(framework, invented, seed, today=self.start) if self.invented else None
            staff, work = council.as_files(Path(folder)) if council else (people, cases)
            rows = there or read_people(staff or Path())
            apply_people(session, plan_people(session, rows, framework, self.clock.now()))
            session.flush()
            known = scenario.cases if scenario and scenario.cases else read_cases(work) if work else None
            if known is not None:
                apply_cases(session, plan_cases(session, known, framework))
        if scenario is not None:
            self._check_people(scenario)
        if not self.invented:
            self._check_pools()
        self._let_answer(council, answering, seed)

    def _let_answer(self, council: CouncilData | None, answering: Answering, seed: int) -> None:
        """What happens: what the scenario says, and what people do by themselves."""
        self.happenings = list(self.scenario.happenings) if self.scenario else []
        if answering == "none":
            return
        calendar = self.service.framework.calendar()
        self.colleagues = Colleagues(self.service.desk, Pace(answering, calendar), seed=seed)
        if self.colleagues.pace.at_times_late and council is not None:
            self.happenings += story(council, local_day(self.clock.now()), self.end, self.service.framework)
            self.happenings.sort(key=lambda each: each.at)

    def _check_people(self, scenario: Scenario) -> None:
        with self.service.store.transaction() as session:
            directory = self.service.desk.unit(session).directory
            check_people(scenario, {each.email for each in directory.people.values()})

    def _check_pools(self) -> None:
        with self.service.store.transaction() as session:
            directory = self.service.desk.unit(session).directory
            held = {role: {each.person_id for each in holdings} for role, holdings in directory.roles.items()}
            if problems := too_small(self.service.framework, held):
                raise BadFile(problems)

    def _first_day(self) -> date:
        """The start, or the beginning of the preparation of the cycle under way then."""
        under_way = [each.every.period(self.start) for each in self.service.framework.activities.values()]
        starts = [self.start, *(period.starts for period in under_way if period)]
        first = min(starts) - timedelta(days=BEFORE_CYCLE)
        happenings = [each.at.astimezone(LONDON).date() for each in (self.scenario.happenings if self.scenario else ())]
        return min([first, *happenings])

    async def play(self, progress: Callable[[date], None] = lambda day: None) -> list[Line]:
        """Play to the end; every notice sent in the period, in order of time."""
        day = self.clock.now().astimezone(LONDON).date()
        await self.service.engine.cycle()
        while day <= self.end:
            evening = at_local(day + timedelta(days=1), time(0, 0)) - timedelta(seconds=1)
            while (moment := await self._next(evening)) is not None:
                await self._pass(moment)
            await self.timeline.let_pass(evening)
            progress(day)
            day += timedelta(days=1)
        with self.service.store.transaction() as session:
            until = at_local(self.end + timedelta(days=1), time(0, 0))
            return lines(self.service.desk.unit(session), at_local(self.start, time(0, 0)), until)

    async def _next(self, evening: datetime) -> datetime | None:
        """When somebody next does something, until the evening."""
        moments = [self.happenings[0].at] if self.happenings else []
        if self.colleagues is not None:
            await self.colleagues.look()
            moments += [moment] if (moment := self.colleagues.next_moment()) is not None else []
        return min((each for each in moments if each <= evening), default=None)

    async def _pass(self, moment: datetime) -> None:
        """What somebody does at a moment."""
        if self.happenings and self.happenings[0].at <= moment:
            await self._happen(self.happenings.pop(0))
        elif self.colleagues is not None:
            await self.timeline.let_pass(max(moment, self.clock.now()))
            await self.colleagues.act(moment)
            await self.service.engine.cycle()

    async def _happen(self, happening: Happening) -> None:
        await self.timeline.let_pass(happening.at)
        if isinstance(happening.does, Outage):
            self.clock.set(max(happening.does.until, self.clock.now()))
        elif happening.line:
            file = self.scenario.file if self.scenario else ""
            await self.service.desk.run(lambda unit: play(unit, file, happening))
        else:
            await tell(self.service.desk, happening)
        await self.service.engine.cycle()

    def cast(self) -> Cast:
        """Who works here in the period, and what else was played with."""
        with self.service.store.transaction() as session:
            unit = self.service.desk.unit(session)
            recipients = set(session.exec(select(Notice.recipient_id)))
            cases = len(session.exec(select(Case.id)).all())
            members = _members(unit, recipients, self.start, self.end)
        return Cast(members, cases, self.invented, len(self.scenario.happenings) if self.scenario else None)


def _members(unit: Unit, recipients: set[int], first: date, last: date) -> tuple[Member, ...]:
    """With the roles that each holds at any time from a day to a day."""
    titles, roles = unit.framework.titles(), unit.framework.roles
    of_person: dict[int, list[str]] = defaultdict(list)
    for role in roles:
        during = [each for each in unit.directory.roles.get(role, ()) if _overlaps(each, first, last)]
        for person_id in dict.fromkeys(each.person_id for each in during):
            of_person[person_id].append(role)
    order = {role: number for number, role in enumerate(roles)}
    there = [each for each in unit.directory.people.values() if each.active or each.id in recipients]
    there.sort(key=lambda each: ([order[role] for role in of_person[each.id]] or [len(order)], each.id))
    return tuple(Member(each.email, tuple(titles[role] for role in of_person[each.id])) for each in there)


def _overlaps(holding: Holding, first: date, last: date) -> bool:
    return (holding.from_on or first) <= last and (holding.to_on or last) >= first
