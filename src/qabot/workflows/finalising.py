"""An audit becomes final: from then on its actions are followed up."""

from typing import Any

from sqlmodel import col, select

from qabot.framework.calendar import local_day
from qabot.models import Audit, AuditState, Deadline, DeadlineState, Moderation
from qabot.planning.recipients import Parties, owner_of, recipients
from qabot.workflows.unit import Unit

REVIEW = "red-review"
"""The kind of deadline that keeps an audit from becoming final."""


def make_final(unit: Unit, audit: Audit, *, by: int | None) -> bool:
    """Make a submitted audit final: it goes to the social worker and the Practice Lead (NEW-ESC-1.0).

    From now on its actions are followed up, unless it was moderated (reading D6a). The message shows no grade. An audit
    that waits for its Head of Service review is not made final: False.
    """
    if audit.state != AuditState.submitted or waits_for_review(unit, audit):
        return False
    audit.state, audit.finalised_at = AuditState.finalised, unit.now
    unit.session.add(audit)
    subject = ("audit", audit.id or 0)
    unit.event("audit-final", actor=by, subject=subject)
    leads = next(iter(unit.framework.doing("leads-team")), "")
    owner = owner_of(leads, Parties(audit.team_id), unit.directory, unit.framework, unit.today)
    if (
        not audit.has_actions
        or unit.open_deadline("actions", subject, anchors_of(audit), owner_id=owner, audit=audit) is None
    ):
        _tell(unit, audit)
    return True


def waits_for_review(unit: Unit, audit: Audit) -> bool:
    """Whether a Head of Service has still to look at it: until then the practitioner hears nothing from qabot."""
    reviews = select(Moderation.id).where(Moderation.audit_id == audit.id)
    query = select(Deadline.id).where(
        Deadline.kind == REVIEW, Deadline.state == DeadlineState.open, col(Deadline.subject_id).in_(reviews)
    )
    return unit.session.exec(query).first() is not None


def _tell(unit: Unit, audit: Audit) -> None:
    """Say what the actions' ladder says on the day of finalising, where there is nothing to follow up."""
    parties = Parties(audit.team_id, None, audit.auditor_id, audit.practitioner_id)
    for step in unit.framework.ladder_of("actions").steps:
        if step.at is None or step.at.anchors != ("finalised",) or step.at.count:
            continue
        for each in recipients(step.to, parties, unit.directory, unit.framework, unit.today):
            unit.notify(
                step.send, each.person_id, rule=step.rule, subject=("audit", audit.id or 0), role=each.role,
                key=f"final:{audit.id}:{step.name}:{each.person_id}", reason=f"{step.rule}: the audit is final",
            )  # fmt: skip


def anchors_of(audit: Audit) -> dict[str, Any]:
    """The days from which this audit's offsets count."""
    moments = {
        "submitted": audit.submitted_at,
        "finalised": audit.finalised_at,
        "moderated": audit.moderated_at,
    }
    return {name: local_day(moment) for name, moment in moments.items() if moment is not None}
