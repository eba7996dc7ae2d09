"""What is open about a subject, read once: a press asks for the same several times.

It is known for as long as its transaction lasts, and until a deadline about the subject opens, closes or changes. A
savepoint that is undone has known something else, so each begins anew.
"""

from typing import cast

from sqlmodel import Session

from qabot.models import Deadline, DeadlineState
from qabot.workflows.core.statements import OPEN_ABOUT

KNOWN = "open-deadlines"
"""Under this name a session remembers it."""
Subject = tuple[str, int]


def open_about(session: Session, subject: Subject) -> list[Deadline]:
    """The open deadlines of a subject."""
    known = _known(session)
    if subject not in known:
        known[subject] = list(session.exec(OPEN_ABOUT, params={"about": subject[0], "number": subject[1]}))
    return [each for each in known[subject] if each.state == DeadlineState.open]


def forget(session: Session, deadline: Deadline) -> None:
    """A deadline has opened, closed or changed."""
    _known(session).pop((deadline.subject_type, deadline.subject_id), None)


def forget_all(session: Session) -> None:
    """Others may have done something meanwhile."""
    session.info.pop(KNOWN, None)


def _known(session: Session) -> dict[Subject, list[Deadline]]:
    at = session.get_nested_transaction() or session.get_transaction()
    if at is None or session.info.get(KNOWN, (None,))[0] is not at:
        session.info[KNOWN] = (at, {})
    return cast(dict[Subject, list[Deadline]], session.info[KNOWN][1])
