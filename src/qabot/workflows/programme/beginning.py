"""When work begins for whoever does it: once it is given, and, if it is about a case, once it has one."""

from sqlmodel import select

from qabot.models import Audit, Moment
from qabot.workflows.core import moments, topic
from qabot.workflows.core.unit import Unit

GIVEN = "given"


def begin(unit: Unit, audit: Audit) -> None:
    """What follows from work being given opens, once. Work about a case that waits for one has not begun."""
    if audit.about == "case" and audit.case_reference is None:
        return
    query = select(Moment.id).where(
        Moment.subject_type == "audit",
        Moment.subject_id == audit.id,
        Moment.name == f"{audit.activity}.{GIVEN}",
    )
    if unit.session.exec(query).first() is None:
        moments.happen(unit, audit.activity, GIVEN, topic.About.work(audit))
