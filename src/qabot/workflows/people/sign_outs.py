"""Ending what somebody has open on the pages, on every device at once."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session

from qabot.models import Event, Person

THEMSELVES = "they signed out everywhere themselves"
BY_ADMINISTRATOR = "an administrator ended their sessions"
BY_COMMAND = "qabot sign-out"


def sign_out_everywhere(session: Session, person_id: int, now: datetime, *, by: int | None, why: str = "") -> None:
    """From `now` (UTC) on no session that is open counts, nor a link that was made before. `by`: who did it.

    Copies of cookies end too. It is written to the event log, with `why`, or else whether it was the person's own wish.
    """
    session.get_one(Person, person_id).signed_out_at = now
    why = why or (THEMSELVES if by == person_id else BY_ADMINISTRATOR)
    session.add(Event(at=now, what="sessions-ended", actor_id=by, subject_type="person", subject_id=person_id, why=why))


def sign_everybody_out(session: Session, now: datetime) -> None:
    """From `now` (UTC) on no session of anybody that is open counts, nor a link that was made before."""
    session.execute(update(Person).values(signed_out_at=now))
