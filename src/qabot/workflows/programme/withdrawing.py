"""Taking a piece of work out of the programme: nothing is owed about it any more."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update
from sqlmodel import and_, col, or_, select

from qabot.errors import BadRequest
from qabot.framework.duties import Duty
from qabot.models import (
    Action,
    ActionState,
    Alert,
    Audit,
    AuditState,
    Deadline,
    DeadlineState,
    Ending,
    Notice,
    NoticeState,
)
from qabot.models.notice import WAITING
from qabot.planning.recipients import recipients
from qabot.workflows.access.records import rows_about
from qabot.workflows.core import in_turn, lists, moments, not_theirs, topic
from qabot.workflows.core.questions import asked
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import new_work

NOT_YOURS = "no-longer-yours"
"""What whoever had a piece of work is sent once it is not theirs any more."""


def withdraw(unit: Unit, audit: Audit, why: str, *, by: int | None) -> bool:
    """Take an audit out of the programme: nothing is owed about it any more. False if it was withdrawn before.

    Raises `BadRequest` while an alert about it waits: no alert ends without somebody having seen it (promise 4).
    """
    in_turn.take(unit.session, ("audit", audit.id))
    if _alert_waits(unit, audit):
        raise BadRequest(
            f"The alert about {audit.reference} has not been acknowledged yet, so it stays. Please see that "
            "somebody acknowledges it first, or withdraw the alert if it was raised by mistake."
        )
    before = audit.state
    statement = (
        update(Audit)
        .where(col(Audit.id) == audit.id, col(Audit.state) != AuditState.withdrawn)
        .values(state=AuditState.withdrawn)
        .execution_options(synchronize_session=False)
    )
    if not unit.changed(statement):
        return False
    unit.session.refresh(audit)
    subject = ("audit", audit.id)
    unit.event("audit-withdrawn", actor=by, subject=subject, rule=_rule(unit, audit), why=why)
    ended = _end_all(unit, audit, by)
    moments.happen(unit, audit.activity, "withdrawn", topic.About.work(audit), by=by)
    if before == AuditState.allocated and audit.auditor_id != by:
        tell(unit, audit, audit.auditor_id, "withdrawn", why=why)
    for made in new_work.waiting(unit, ended):
        withdraw(unit, made, f"{audit.reference} was withdrawn. {why}", by=by)
    _ask_again(unit, audit)
    return True


def _rule(unit: Unit, audit: Audit) -> str:
    """The rule of its activity, if the framework still has that."""
    activity = unit.framework.activity(audit.activity)
    return activity.rule if activity else ""


def _alert_waits(unit: Unit, audit: Audit) -> bool:
    query = (
        select(Alert.id)
        .where(Alert.audit_id == audit.id, col(Alert.acknowledged_at).is_(None))
        .where(col(Alert.withdrawn_at).is_(None))
    )
    return unit.session.exec(query).first() is not None


def _end_all(unit: Unit, audit: Audit, by: int | None) -> list[int]:
    """Close what is open about an audit, whose ids these are, and do not send what only tells of it."""
    about = rows_about(unit.session, audit)
    query = select(Deadline).where(about(Deadline), Deadline.state == DeadlineState.open)
    ended = unit.session.exec(query).all()
    for deadline in ended:
        unit.close(deadline, "Withdrawn", by=by, withdrawn=True)
    unit.session.execute(
        update(Action)
        .where(col(Action.audit_id) == audit.id, col(Action.state) == ActionState.open)
        .values(state=ActionState.withdrawn)
        .execution_options(synchronize_session=False)
    )
    unit.supersede("the audit was withdrawn", about(Notice))
    return [each.id for each in ended]


def tell(unit: Unit, audit: Audit, person_id: int, reason: str, **params: str) -> None:
    """Tell whoever had an audit that it is not theirs any more: once each time, and not for what they do themselves.

    Whoever was only about to hear that it is theirs, or has heard already that it is not, hears nothing.
    """
    if unit.directory.person(person_id) is None or not _takes_it_for_theirs(unit, audit, person_id):
        return
    unit.notify(
        NOT_YOURS,
        person_id,
        rule=_rule(unit, audit),
        subject=("audit", audit.id),
        key=f"not-yours:{audit.id}:{person_id}:{unit.now.isoformat()}",
        reason=f"The audit was {reason}",
        params=params,
    )


def _takes_it_for_theirs(unit: Unit, audit: Audit, person_id: int) -> bool:
    about = rows_about(unit.session, audit)
    deadlines = unit.session.exec(select(Deadline.id).where(about(Deadline))).all()
    of_it = or_(about(Notice), lists.listed(deadlines))
    return not_theirs.take_it_for_theirs(unit, person_id, of_it, col(Notice.message) == NOT_YOURS)


def goes_on(unit: Unit, audit: Audit, to: int) -> bool:
    """Somebody has an audit now, as in `not_theirs.go_on`."""
    of_it = col(Notice.subject_type) == "audit", col(Notice.subject_id) == audit.id
    gone = and_(*of_it, col(Notice.message) == NOT_YOURS)
    return not_theirs.go_on(unit, gone, to, {"to": unit.directory.name(to)})


def waiting_about(unit: Unit, audit: Audit) -> list[tuple[int, str]]:
    """The notices about a piece of work that are not sent yet, each with its reason: withdrawing stops them."""
    about = rows_about(unit.session, audit)
    query = select(Notice.id, Notice.reason).where(about(Notice), col(Notice.state).in_(WAITING))
    return list(unit.session.exec(query))


def bring_back(unit: Unit, audit: Audit, at: datetime, notices: Mapping[str, str]) -> None:
    """Undo a withdrawal of `at` (UTC) of work that nobody had done: it is owed as before.

    `notices` are those that it stopped (their ids, with their reasons); they wait again as they did.
    """
    audit.state = AuditState.allocated
    unit.session.add(audit)
    unit.session.flush()
    about = rows_about(unit.session, audit)
    deadlines = unit.session.exec(select(Deadline).where(about(Deadline))).all()
    for deadline in deadlines:
        if deadline.opened_at == at and deadline.state == DeadlineState.open:
            unit.close(deadline, "No longer needed", withdrawn=True)
        elif deadline.closed_at == at and deadline.state == DeadlineState.withdrawn:
            deadline.state, deadline.closed_at, deadline.closed_by_id = DeadlineState.open, None, None
            deadline.closed_why, deadline.ended = "", Ending.usual
            unit.poke([deadline])
    for number, reason in notices.items():
        notice = unit.session.get_one(Notice, int(number))
        if notice.state == NoticeState.superseded and notice.closed_at == at:
            # What somebody holds back stays so; what a pilot keeps it keeps again by itself.
            notice.closed_at, notice.reason = None, reason
            notice.state = NoticeState.planned if notice.held_by_id is None else NoticeState.held
            unit.session.add(notice)
    unit.session.flush()
    made_for = [audit.made_for_id] if audit.made_for_id is not None else []
    unit.redraw_deadlines([*(each.id for each in deadlines), *made_for])


def _ask_again(unit: Unit, made: Audit) -> None:
    """New work was withdrawn: the duty that made it waits for somebody to be named once more, if it still waits."""
    deadline = _waiting(unit, made)
    duty = asked(unit, deadline)[0] if deadline is not None else None
    if deadline is None or duty is None:
        return
    unit.redraw_deadlines([deadline.id])
    parties = topic.parties_to(unit, deadline)
    for each in recipients(_owing(duty), parties, unit.directory, unit.framework, unit.today):
        unit.notify(
            "duty",
            each.person_id,
            rule=duty.rule,
            subject=(deadline.subject_type, deadline.subject_id),
            deadline=deadline.id,
            role=each.role,
            key=f"asked-again:{made.id}:{each.person_id}",
            reason=f"{made.reference} was withdrawn",
            params={"withdrawn": made.reference},
        )


def _owing(duty: Duty) -> tuple[str, ...]:
    return ("owner",) if duty.owes_each else ("owes",)


def _waiting(unit: Unit, made: Audit) -> Deadline | None:
    """The open deadline of the duty that made this work; None of other work, and where it has ended meanwhile."""
    deadline = unit.session.get(Deadline, made.made_for_id) if made.made_for_id is not None else None
    return deadline if deadline is not None and deadline.state == DeadlineState.open else None
