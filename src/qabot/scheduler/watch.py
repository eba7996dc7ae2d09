"""Watching the machine's clock: a jump is noticed, said, and not believed before it has lasted."""

from datetime import datetime, timedelta

import structlog
from sqlmodel import col, select

from qabot.models import Event, Meta
from qabot.models.columns import insert_new
from qabot.scheduler.clock import Change, Clock, Jump, SteadyClock
from qabot.scheduler.rewind import rewind
from qabot.scheduler.tick import Ticker
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_moment
from qabot.workflows.desk import Desk

log = structlog.get_logger()
SEEN = "clock-seen"
EVERY = timedelta(minutes=1)
"""How often the time is written down, for a later start to compare itself with."""


class ClockWatch:
    """Looks at a steady clock with each round. Any other clock is its own master."""

    def __init__(self, desk: Desk, clock: Clock, ticker: Ticker) -> None:
        self.desk = desk
        self.clock = clock if isinstance(clock, SteadyClock) else None
        self.ticker = ticker
        self._unsaid: list[Change] = []
        self._written: datetime | None = None
        self._begun = False

    @property
    def jump(self) -> Jump | None:
        """What the machine's clock says and is not believed."""
        return self.clock.jump if self.clock is not None else None

    async def look(self) -> timedelta:
        """One look, as a round begins: by how much the believed time has moved. What was not written down waits."""
        if self.clock is None:
            return timedelta()
        if not self._begun:
            await self._begin(self.clock)
        change = self.clock.look()
        if change is not None:
            self._unsaid.append(change)
            _log(change)
        if self._unsaid or self._written is None or abs(self.clock.now() - self._written) >= EVERY:
            self._written = await self.desk.store.run(lambda session: self._write(self.desk.unit(session)))
            self._unsaid = []
        return change.jump.by if change is not None and change.kind == "believed" else timedelta()

    async def _begin(self, clock: SteadyClock) -> None:
        """Compare the machine's clock with the newest time that this database knows."""
        seen = await self.desk.store.run(lambda session: _seen(self.desk.unit(session)))
        if seen is not None:
            clock.begin_no_earlier(seen)
        self._begun = True

    def _write(self, unit: Unit) -> datetime:
        for change in self._unsaid:
            _say(unit, change)
            if change.kind == "believed" and change.jump.by < timedelta():
                rewind(unit, self.ticker)
        insert_new(unit.session, Meta, [{"key": SEEN, "value": ""}])
        row = unit.session.get_one(Meta, SEEN)
        row.value = unit.now.isoformat()
        unit.session.add(row)
        return unit.now


def _seen(unit: Unit) -> datetime | None:
    row = unit.session.get(Meta, SEEN)
    if row is not None and row.value:
        return datetime.fromisoformat(row.value)
    return unit.session.exec(select(Event.at).order_by(col(Event.id).desc()).limit(1)).first()


def _log(change: Change) -> None:
    """At once: the database may be what is away."""
    said = {
        "jumped": "the machine's clock has jumped; the time before it is carried on until the jump has lasted",
        "believed": "the machine's clock has stayed where it jumped to, and is believed",
        "returned": "the machine's clock is back where it was expected",
    }
    write = log.error if change.kind == "jumped" else log.warning
    write(said[change.kind], action=f"clock-{change.kind}", by=str(change.jump.by))


def _say(unit: Unit, change: Change) -> None:
    by, machine = _distance(change.jump.by), say_moment(change.jump.since + change.jump.by)
    if change.kind == "jumped":
        unit.event("clock-jumped", why=f"The machine's clock went {by} to {machine}", machine=machine)
    elif change.kind == "believed":
        unit.event("clock-believed", why=f"The machine's clock has stayed {by} of the time before", by=by)
    else:
        unit.event("clock-returned", why="The machine's clock is back where it was expected", by=by)


def _distance(by: timedelta) -> str:
    """ "7 days ahead", "1 hour back"."""
    seconds = abs(by.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size or size == 1:
            number = round(seconds / size)
            return f"{number} {unit}{'' if number == 1 else 's'} {'ahead' if by > timedelta() else 'back'}"
    raise AssertionError


def said_of(jump: Jump) -> str:
    """The jump for people."""
    return (
        f"The machine's clock jumped: it is {_distance(jump.by)}. qabot goes on with the time before it until the "
        "jump has lasted. Please look at the machine's clock."
    )
