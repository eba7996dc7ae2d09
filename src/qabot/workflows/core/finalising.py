"""An audit becomes final: with its submission, or as the last duty that holds it closes."""

from sqlmodel import col, or_, select

from qabot.models import Audit, AuditState, Deadline, DeadlineState, Moderation
from qabot.workflows.core import calling, in_turn, moments, topic
from qabot.workflows.core.rows import ROW, ids_about
from qabot.workflows.core.unit import Unit


def make_final(unit: Unit, audit: Audit, *, by: int | None) -> bool:
    """Make a submitted audit final, unless a duty holds it: False. What follows from that is the framework's."""
    in_turn.take(unit.session, ("audit", audit.id))
    if audit.state != AuditState.submitted or is_held(unit, audit):
        return False
    audit.state, audit.finalised_at = AuditState.finalised, unit.now
    unit.session.add(audit)
    unit.event("audit-final", actor=by, subject=("audit", audit.id))
    calling.plan(unit.session, calling.FINAL, ("audit", audit.id), unit.now)
    moments.happen(unit, audit.activity, "final", topic.About.work(audit), by=by)
    return True


def reopen(unit: Unit, audit: Audit, *, by: int | None) -> bool:
    """What was final, and is held by something now, waits again; False if nothing holds it.

    When it was final is kept: whoever may not know the grade goes on seeing that, or its going would tell them.
    """
    if audit.state != AuditState.finalised or not is_held(unit, audit):
        return False
    audit.state = AuditState.submitted
    unit.session.add(audit)
    unit.event("audit-reopened", actor=by, subject=("audit", audit.id))
    moments.happen(unit, audit.activity, "reopened", topic.About.work(audit), by=by)
    return True


def is_held(unit: Unit, audit: Audit) -> bool:
    """Whether something is still open about it that it waits for: until then the practitioner hears nothing of it."""
    looks = select(Moderation.id).where(Moderation.audit_id == audit.id)
    about = or_(
        (col(Deadline.subject_type) == "audit") & (col(Deadline.subject_id) == audit.id),
        (col(Deadline.subject_type) == "moderation") & col(Deadline.subject_id).in_(looks),
        (col(Deadline.subject_type) == ROW) & col(Deadline.subject_id).in_(ids_about("audit", audit.id)),
    )
    query = select(Deadline.id).where(col(Deadline.holds), Deadline.state == DeadlineState.open, about)
    return unit.session.exec(query).first() is not None
