"""New work that a duty makes: for whom the answer names, about the same case, with the duty's date.

It belongs to no cycle, so it fills no quota. Until it is submitted its duty stays open, and says whom it was handed to.
"""

from datetime import date, timedelta

from sqlmodel import col, select

from qabot.errors import BadRequest
from qabot.framework.activities import Activity
from qabot.framework.duties import Duty
from qabot.models import Audit, AuditState, Deadline, Event
from qabot.planning.windows import of_cycle
from qabot.workflows.core import topic
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.allocation import new_reference, open_work, tell_given, why_not

WITHOUT_CYCLE = timedelta(weeks=4)
"""For how long new work is given where neither its duty's day is known nor a cycle says when it ends."""


def activity_of(unit: Unit, name: str) -> Activity:
    """The activity of new work. Raises `BadRequest` if the framework no longer has it."""
    activity = unit.framework.activities.get(name)
    if activity is None:
        raise BadRequest(f"The framework no longer has the activity {name!r}. Please tell {unit.framework.quality}.")
    return activity


def fault(unit: Unit, deadline: Deadline, duty: Duty, person_id: int, by: int | None) -> str:
    """Why new work cannot go to this person; "" if it can. Nobody gives themselves what their role does not do."""
    audit, person = topic.about_deadline(unit, deadline).audit, unit.directory.person(person_id)
    if audit is None or duty.makes is None or person is None:
        return ""
    activity = activity_of(unit, duty.makes)
    if person.id == audit.practitioner_id:
        return f"This is about the work of {person.name}. Choose somebody else."
    if _has_given_back(unit, deadline, person.id):
        return f"{person.name} knows this case. Choose somebody else."
    if why := why_not(unit, audit, person.id, activity):
        return f"{person.name} {why} this case. Choose somebody else."
    if person.id == by and not _does(unit, activity, person.id):
        titles = [unit.framework.roles[role].title for quota in activity.do for role in quota.doing]
        return f"{activity.plural.capitalize()} are done by each {' or '.join(titles)}. Choose somebody else."
    return ""


def _has_given_back(unit: Unit, deadline: Deadline, person_id: int) -> bool:
    """Whether somebody had the new work of a duty before and knew its case, which may be on no list of cases."""
    theirs = select(Audit.id).where(Audit.made_for_id == deadline.id, Audit.auditor_id == person_id)
    query = select(Event.id).where(
        Event.what == "case-given-back", Event.subject_type == "audit", col(Event.subject_id).in_(theirs)
    )
    return unit.session.exec(query).first() is not None


def _does(unit: Unit, activity: Activity, person_id: int) -> bool:
    """Whether somebody holds a role today that does this activity; where no role does, anybody may."""
    roles = (role for quota in activity.do for role in quota.doing)
    held = (each for role in roles for each in unit.directory.roles.get(role, ()))
    return not activity.do or any(each.person_id == person_id and each.holds_on(unit.today) for each in held)


def piece(unit: Unit, deadline_id: int, *, lock: bool = False) -> Audit | None:
    """The new work to which a duty was handed on, done or not; None if there is none, or it was withdrawn.

    With `lock` nobody else hands the same duty on before the transaction ends.
    """
    if lock:
        unit.session.exec(select(Deadline.id).where(Deadline.id == deadline_id).with_for_update()).one()
    query = select(Audit).where(Audit.made_for_id == deadline_id, Audit.state != AuditState.withdrawn)
    return unit.session.exec(query.order_by(col(Audit.id).desc())).first()


def waiting(unit: Unit, deadlines: list[int]) -> list[Audit]:
    """The new work that these duties made and that is not submitted yet."""
    query = select(Audit).where(col(Audit.made_for_id).in_(deadlines), Audit.state == AuditState.allocated)
    return list(unit.session.exec(query.order_by(col(Audit.id))).all()) if deadlines else []


def make(unit: Unit, deadline: Deadline, duty: Duty, to: int, *, by: int | None) -> Audit:
    """Make new work for a person because of a duty, and tell them."""
    before = topic.about_deadline(unit, deadline).audit
    if before is None or duty.makes is None:
        why = "This is about no piece of work, so no new one can be made of it."
        raise BadRequest(f"{why} Please tell {unit.framework.quality}.")
    activity = activity_of(unit, duty.makes)
    audit = Audit(
        reference=new_reference(unit),
        activity=duty.makes,
        auditor_id=to,
        about=before.about,
        what=before.what,
        case_reference=before.case_reference,
        team_id=before.team_id,
        practitioner_id=before.practitioner_id,
        due_on=_due(unit, deadline, activity),
        allocated_at=unit.now,
        made_for_id=deadline.id,
    )
    unit.session.add(audit)
    unit.session.flush()
    subject = ("audit", audit.id)
    unit.event(
        "work-made",
        actor=by,
        subject=subject,
        deadline=deadline.id,
        rule=duty.rule,
        why=f"{duty.title}, {before.reference}: handed to {unit.directory.name(to)}",
    )
    number = open_work(unit, audit, activity, unit.today)
    tell_given(
        unit,
        audit,
        number,
        "work-made",
        rule=duty.rule,
        key=f"made:{audit.id}",
        reason=f"{duty.rule}: {duty.title}",
        params={"by": unit.directory.name(by) if by else "", "before": before.reference},
    )
    unit.close_beside(deadline)
    unit.redraw_deadlines([deadline.id])
    return audit


def _due(unit: Unit, deadline: Deadline, activity: Activity) -> date:
    """The duty's day, or the cycle's if that is not known yet, or without one in four weeks.

    At the soonest the next working day, so that it is never first told of after it is due.
    """
    period, calendar = activity.every.period(unit.today), unit.situation.calendar
    ends = of_cycle(activity, period.starts, period.ends, calendar).due if period else unit.today + WITHOUT_CYCLE
    return max(deadline.due_on or ends, calendar.add_days(unit.today, 1))
