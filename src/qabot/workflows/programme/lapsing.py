"""Offers that nobody took up: after the day that their duty names they are withdrawn, and wait for nobody any more."""

from sqlmodel import col, select

from qabot.framework.calendar import local_day
from qabot.models import Deadline, DeadlineState
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day


def run(unit: Unit) -> None:
    """Withdraw what has lapsed by today."""
    duties = {name: duty.lapses for name, duty in unit.framework.duties.items() if duty.lapses is not None}
    # Ordered here: for an order by number SQLite would look through all that ever was, not what is open.
    query = select(Deadline).where(Deadline.state == DeadlineState.open, col(Deadline.kind).in_(duties))
    offers = unit.session.exec(query).all() if duties else ()
    for deadline in sorted(offers, key=lambda each: each.id):
        day = duties[deadline.kind].day({"opened": local_day(deadline.opened_at)}, unit.situation.calendar)
        if day is not None and day < unit.today:
            unit.close(deadline, f"Not taken up by {say_day(day)}", withdrawn=True)
