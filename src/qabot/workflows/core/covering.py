"""Standing in for somebody who is away: what becomes of the words about it once the absence is no more."""

from sqlalchemy import ColumnElement, String, cast, update
from sqlmodel import Session, col

from qabot.models import Notice


def cover_over(session: Session, which: ColumnElement[bool]) -> None:
    """Of these absences nothing is said any more. To be called before their rows go.

    `which` is the condition that a notice is about one of them. Its key is free again: SQLite gives the number of the
    newest row to the next one once that row is gone, and whoever stands in then is told anew.
    """
    ended = col(Notice.key) + ":ended:" + cast(col(Notice.id), String)
    session.execute(update(Notice).where(which).values(key=ended, absence_id=None))
