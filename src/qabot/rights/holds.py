"""Legal holds: placed, ended, asked about."""

from datetime import datetime

from sqlmodel import Session, col, select

from qabot.errors import BadRequest
from qabot.messaging.identifiers import check_text
from qabot.models import Audit, LegalHold
from qabot.rights import log

LONGEST = 300


def open_holds(session: Session) -> list[LegalHold]:
    """Every hold that lasts, the oldest first."""
    return list(session.exec(select(LegalHold).where(col(LegalHold.ended_at).is_(None)).order_by(col(LegalHold.id))))


def held(session: Session, kind: str) -> set[int]:
    """The ids of the people ("person"), or audits ("audit"), that are held."""
    return {each.subject_id for each in open_holds(session) if each.subject_type == kind}


def place(session: Session, subject: tuple[str, int], why: str, now: datetime, *, by: int | None = None) -> LegalHold:
    """Hold a person or an audit. Raises `BadRequest` without a reason, or where it is held already."""
    reason = " ".join(why.split())
    if not reason or len(reason) > LONGEST:
        raise BadRequest(f"Say why it is held, in at most {LONGEST} letters, and without anybody's name.")
    check_text(reason)
    if subject[1] in held(session, subject[0]):
        raise BadRequest("This is held already.")
    made = LegalHold(subject_type=subject[0], subject_id=subject[1], why=reason, placed_at=now, placed_by_id=by)
    session.add(made)
    session.flush()
    log.record("hold-placed", session, now, subject=subject, by=by, why=reason, hold=made.id)
    return made


def end(session: Session, number: int, now: datetime, *, by: int | None = None) -> LegalHold:
    """End a hold by its number. Raises `BadRequest` if there is none that lasts."""
    hold = session.get(LegalHold, number)
    if hold is None or hold.ended_at is not None:
        raise BadRequest(f"There is no hold {number} that lasts. See them with: qabot hold list")
    hold.ended_at, hold.ended_by_id = now, by
    session.add(hold)
    about = hold.subject_type, hold.subject_id
    log.record("hold-ended", session, now, subject=about, by=by, why=hold.why, hold=hold.id)
    return hold


def audit_of(session: Session, reference: str) -> Audit:
    """The audit of this reference. Raises `BadRequest`."""
    audit = session.exec(select(Audit).where(Audit.reference == reference.strip().upper())).first()
    if audit is None:
        raise BadRequest(f"There is no audit {reference!r}.")
    return audit
