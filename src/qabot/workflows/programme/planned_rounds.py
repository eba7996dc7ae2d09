"""Rounds that were planned by one file, and never begin by another: what was asked for them ends."""

from datetime import date

from sqlmodel import Session, col, select

from qabot.framework.schema import Framework
from qabot.models import Cycle, Deadline, DeadlineState
from qabot.workflows.core.unit import Unit

ASKED_FOR = (
    select(Cycle)
    .where(
        col(Cycle.opened_at).is_(None),
        col(Cycle.id).in_(
            select(Deadline.subject_id).where(Deadline.state == DeadlineState.open, Deadline.subject_type == "cycle")
        ),
    )
    .order_by(col(Cycle.starts_on), col(Cycle.id))
)
"""The rounds whose work is not given yet, and for which something is asked."""


def begins(framework: Framework, activity: str, first_day: date) -> bool:
    """Whether a round of an activity that was planned for a day begins on it by what the file says now.

    It does not where the activity has gone, or has another name, is switched off, has another rhythm, or comes only
    on request or by each person's own clock.
    """
    known = framework.activities.get(activity)
    if known is None or known.rule in framework.without:
        return False
    period = known.every.period(first_day)
    return period is not None and period.starts == first_day


def never_begin(session: Session, framework: Framework) -> list[Cycle]:
    """The rounds for which something is asked, and which do not begin by a file."""
    asked_for = session.exec(ASKED_FOR).all()
    return [each for each in asked_for if not begins(framework, each.activity, each.starts_on)]


def end(unit: Unit) -> None:
    """What was asked for rounds that never begin is asked no more."""
    for cycle in never_begin(unit.session, unit.framework):
        for deadline in unit.open_deadlines(("cycle", cycle.id)):
            unit.close(deadline, f"No longer planned: {cycle.name}", withdrawn=True)
