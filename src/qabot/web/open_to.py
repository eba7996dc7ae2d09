"""What whoever looks after the programme may know of its lists: as on Today, nothing about work of their own, whose
grade they would learn, nor what waits for their second look, which they are to judge for themselves.
"""

from sqlalchemy import ColumnElement, and_, not_, or_, true
from sqlmodel import Session, col

from qabot.models import Deadline, Notice
from qabot.web.site import Site
from qabot.workflows.access.kept import is_shown, kept_from


def deadlines_of(site: Site, session: Session, reader_id: int) -> ColumnElement[bool]:
    """The deadlines that this reader may know of; what they owe themselves they know."""
    if site.parts.units is None:
        return true()
    unit = site.parts.units.unit(session)
    theirs = and_(is_shown(unit, reader_id, own=True), col(Deadline.owner_id) == reader_id)
    return or_(is_shown(unit, reader_id, own=False), theirs)


def notices_of(site: Site, session: Session, reader_id: int) -> ColumnElement[bool]:
    """The notices that this reader may know of; what was sent to them they know."""
    if site.parts.units is None:
        return true()
    unit = site.parts.units.unit(session)
    return or_(not_(kept_from(unit, Notice, reader_id)), col(Notice.recipient_id) == reader_id)
