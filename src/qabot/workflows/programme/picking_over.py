"""A round is over whose cases somebody picks, and not all were: it ends, and only the next one is asked about.

1. Nobody is asked for its cases any more.
2. Work that waits for one is withdrawn: nobody could do it, and it is not carried over.
3. Whoever picks, and quality assurance, are told once what was missing.

So it is of work that a changed file has no more.
"""

from collections import Counter

from sqlmodel import col, select

from qabot.framework.activities import Activity
from qabot.framework.kept import which
from qabot.framework.picking import PICKING
from qabot.models import Audit, AuditState, Cycle, Deadline, DeadlineState
from qabot.planning.recipients import Parties, recipients
from qabot.workflows.core.as_opened import those
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import picking, shortfalls
from qabot.workflows.programme.picking_needs import waits_for_case, work_of
from qabot.workflows.programme.withdrawing import withdraw

MESSAGE = "picking-over"
NOBODY = "No longer needed: the framework asks nobody to pick these cases any more"
WHY = "Its round is over, and no case was picked for it."


def run(unit: Unit, name: str, activity: Activity) -> None:
    """End the rounds of an activity that are over; one whose work somebody was given more time for goes on."""
    for cycle in _past(unit, name):
        waiting = [each for each in work_of(unit, cycle) if waits_for_case(each)]
        if all(each.due_on < unit.today for each in waiting):
            _end(unit, activity, cycle, waiting)


def run_before(unit: Unit) -> None:
    """What is asked of the cases of work that the file has no more, or for which nobody picks any now.

    Cases for work that was given before are picked until its round is over; for others nobody needs any.
    """
    asks = which(unit.framework, lambda duty: duty.picks)
    if not asks:
        return
    query = select(Deadline).where(Deadline.state == DeadlineState.open, those(asks)).order_by(col(Deadline.id))
    for deadline in unit.session.exec(query).all():
        name = deadline.kind.removesuffix(PICKING)
        activity = unit.framework.opened.activities.get(name)
        if unit.framework.picked_for(deadline.kind):
            continue
        if activity is not None and activity.picked_by and _was_given(unit, deadline):
            run(unit, name, activity)
        else:
            unit.close(deadline, NOBODY, withdrawn=True)


def _was_given(unit: Unit, deadline: Deadline) -> bool:
    return unit.session.get_one(Cycle, deadline.subject_id).opened_at is not None


def _past(unit: Unit, name: str) -> list[Cycle]:
    """The rounds whose last day has passed, and for which cases are asked still or work waits for one."""
    asks = select(Deadline.subject_id).where(
        Deadline.state == DeadlineState.open, Deadline.subject_type == "cycle", Deadline.kind == picking.kind_of(name)
    )
    waits = select(Audit.cycle_id).where(
        Audit.state == AuditState.allocated, Audit.activity == name, col(Audit.case_reference).is_(None)
    )
    past = select(Cycle).where(Cycle.activity == name, Cycle.due_on < unit.today).order_by(col(Cycle.starts_on))
    return list(unit.session.exec(past.where(col(Cycle.id).in_(asks) | col(Cycle.id).in_(waits))).all())


def _end(unit: Unit, activity: Activity, cycle: Cycle, waiting: list[Audit]) -> None:
    missing = len(waiting) or max(cycle.cases_wanted - cycle.cases_picked, 0)
    why = f"{missing} of its cases were not picked"
    for deadline in picking.asked(unit, cycle):
        unit.close(deadline, f"The round is over: {why}", withdrawn=True)
    for audit in waiting:
        withdraw(unit, audit, WHY, by=None)
    unit.event("picking-ended", subject=("cycle", cycle.id), rule=activity.drawing.rule, why=why)
    params = {
        "missing": str(missing),
        "by": picking.title_of(unit, activity),
        "short": shortfalls.each(unit, Counter(each.auditor_id for each in waiting)),
    }
    to = (activity.picked_by, "quality")
    for each in recipients(to, Parties(), unit.directory, unit.framework, unit.today):
        unit.notify(
            MESSAGE,
            each.person_id,
            rule=activity.drawing.rule,
            subject=("cycle", cycle.id),
            role=each.role,
            key=f"{MESSAGE}:{cycle.id}:{each.person_id}",
            reason=f"{activity.drawing.rule}: the round is over",
            params=params,
        )
