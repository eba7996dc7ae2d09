"""A deadline's ladder as a line of steps, from the database."""

from collections.abc import Sequence

from sqlmodel import Session

from qabot.models import Deadline, DeadlineState
from qabot.planning.outlook import StepView, outlook
from qabot.scheduler.clock import Clock
from qabot.scheduler.tick import Ticker
from qabot.workflows.desk import Desk


class LiveOutlook:
    """Asks planning, with the ladder with which the deadline was opened."""

    def __init__(self, desk: Desk, ticker: Ticker, clock: Clock) -> None:
        self.desk = desk
        self.ticker = ticker
        self.clock = clock

    async def __call__(self, deadline_id: int) -> Sequence[StepView]:
        """The steps in order of time."""
        return await self.desk.store.run(lambda session: self._steps(session, deadline_id))

    def _steps(self, session: Session, deadline_id: int) -> Sequence[StepView]:
        row = session.get_one(Deadline, deadline_id)
        situation = self.desk.unit(session).situation
        closed = row.state != DeadlineState.open
        now = row.closed_at if closed and row.closed_at else self.clock.now()
        return outlook(self.ticker.open_deadline(session, row), situation, now, closed=closed)
