"""Lines of the event log about data itself: taken, erased, held, gone with time."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from qabot.models import Event


def record(
    what: str,
    session: Session,
    now: datetime,
    *,
    subject: tuple[str, int | None] = ("", None),
    by: int | None = None,
    why: str = "",
    **detail: Any,
) -> Event:
    """Write one line. `by`: who did it on a page; None where a command, or the service itself, did."""
    kind, number = subject
    line = Event(at=now, what=what, actor_id=by, subject_type=kind, subject_id=number, why=why, detail=detail)
    session.add(line)
    return line
