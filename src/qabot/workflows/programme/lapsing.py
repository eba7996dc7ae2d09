"""Offers that nobody took up: after the day that their duty names they are withdrawn, and wait for nobody any more."""

from sqlmodel import col, select

from qabot.framework.calendar import local_day
from qabot.models import Deadline, DeadlineState
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day


def run(unit: Unit) -> None:
    """Withdraw what has lapsed by today."""
    duties = {name: duty.lapses for name, duty in unit.framework.duties.items() if duty.lapses is not None}
    query = select(Deadline).where(Deadline.state == DeadlineState.open, col(Deadline.kind).in_(duties))
    for deadline in unit.session.exec(query.order_by(col(Deadline.id))).all() if duties else ():
        day = duties[deadline.kind].day({"opened": local_day(deadline.opened_at)}, unit.situation.calendar)
        if day is not None and day < unit.today:
            unit.close(deadline, f"Not taken up by {say_day(day)}", withdrawn=True)
