"""Offers that nobody took up: after the day that their duty names they are withdrawn, and wait for nobody any more."""

from sqlmodel import select

from qabot.framework.calendar import local_day
from qabot.framework.kept import which
from qabot.models import Deadline, DeadlineState
from qabot.workflows.core.as_opened import those
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day


def run(unit: Unit) -> None:
    """Withdraw what has lapsed by today."""
    lapsing = which(unit.framework, lambda duty: duty.lapses is not None)
    # Ordered here: for an order by number SQLite would look through all that ever was, not what is open.
    query = select(Deadline).where(Deadline.state == DeadlineState.open, those(lapsing))
    offers = unit.session.exec(query).all() if lapsing.kinds or lapsing.also else ()
    for deadline in sorted(offers, key=lambda each: each.id):
        duty = unit.framework.duty_of(deadline.kind, deadline.ladder_id)
        last = duty.lapses if duty is not None else None
        day = last.day({"opened": local_day(deadline.opened_at)}, unit.situation.calendar) if last is not None else None
        if day is not None and day < unit.today:
            unit.close(deadline, f"Not taken up by {say_day(day)}", withdrawn=True)
