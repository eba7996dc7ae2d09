"""An audit becomes final: from then on its actions are followed up."""

from datetime import datetime
from typing import Any

from qabot.framework.calendar import local_day
from qabot.models import Audit, AuditState
from qabot.workflows.unit import Unit


def make_final(unit: Unit, audit: Audit, *, by: int | None, at: datetime | None = None) -> bool:
    """Make a submitted audit final: it goes to the social worker and the Practice Lead (NEW-ESC-1.0).

    From this day (`at`, UTC, if it was before now) its actions are followed up, unless it was moderated (reading
    D6a). The message shows no grade.
    """
    if audit.state != AuditState.submitted:
        return False
    audit.state, audit.finalised_at = AuditState.finalised, at or unit.now
    unit.session.add(audit)
    subject = ("audit", audit.id or 0)
    unit.event("audit-final", actor=by, subject=subject, rule="NEW-ESC-1.0")
    if audit.has_actions:
        place = unit.framework.roles.get("practice-lead")
        leads = unit.directory.holders(
            "practice-lead", unit.today, team_id=audit.team_id, of=place.of if place else None
        )
        unit.open_deadline(
            "actions", subject, anchors_of(audit), owner_id=leads[0] if leads else None, audit=audit
        )  # fmt: skip
    return True


def anchors_of(audit: Audit) -> dict[str, Any]:
    """The days from which this audit's offsets count."""
    moments = {
        "submitted": audit.submitted_at,
        "finalised": audit.finalised_at,
        "moderated": audit.moderated_at,
    }
    return {name: local_day(moment) for name, moment in moments.items() if moment is not None}
