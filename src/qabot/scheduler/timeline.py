"""Moving time in the demo, the simulation and the tests: through every due moment, in order, as it would have been."""

from datetime import datetime

from sqlmodel import Session

from qabot.delivery import outbox
from qabot.framework.calendar import local_day
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.engine import Engine
from qabot.scheduler.tick import next_deadline
from qabot.workflows.programme import cycles


class Timeline:
    """Moves a clock that stands still."""

    def __init__(self, engine: Engine, clock: DemoClock) -> None:
        self.engine = engine
        self.clock = clock

    async def next_moment(self) -> datetime | None:
        """When something next happens by itself (UTC)."""
        desk, now = self.engine.desk, self.clock.now()

        def work(session: Session) -> list[datetime | None]:
            unit = desk.unit(session)
            return [next_deadline(session), outbox.next_moment(unit), cycles.next_hour(session, now)]

        moments = [each for each in await desk.store.run(work) if each is not None]
        moments.append(cycles.next_run(local_day(now)))
        return min((each for each in moments if each > now), default=None)

    async def advance(self, to: datetime) -> None:
        """Move to `to` (with its zone), planning and sending at every due moment on the way."""
        await self.engine.cycle()
        await self._through(to)
        if to > self.clock.now():
            self.clock.set(to)
            await self.engine.cycle()

    async def let_pass(self, to: datetime) -> None:
        """The same where nobody has done anything since time last passed, and nobody looks at how it stands then.

        That is most of a long period; a round costs as much where nothing is due.
        """
        await self._through(to)
        if to > self.clock.now():
            self.clock.set(to)

    async def _through(self, to: datetime) -> None:
        while (following := await self.next_moment()) is not None and following <= to:
            self.clock.set(following)
            await self.engine.cycle()
