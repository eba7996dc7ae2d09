"""A database that was taken elsewhere says so, and is used no more: two of them would each send everything."""

from datetime import datetime

import orjson
from sqlalchemy import inspect
from sqlmodel import Session

from qabot.errors import SetupError
from qabot.models.store import Meta, Store

MOVED = "moved-to"
"""The key of `Meta` under which the old place says where the database is now, and since when (UTC)."""


def mark_moved(session: Session, to: str, now: datetime) -> None:
    """Say in the old place that the database is at `to` now (without a password)."""
    session.merge(Meta(key=MOVED, value=orjson.dumps({"to": to, "at": now.isoformat()}).decode()))


def unmark_moved(session: Session) -> bool:
    """Use the old place again; False if it was never left."""
    known = session.get(Meta, MOVED)
    if known is not None:
        session.delete(known)
    return known is not None


def refuse_the_old_place(store: Store) -> None:
    """Raise `SetupError` if this database was taken elsewhere. Only a file can have been."""
    if not store.sqlite or not inspect(store.engine).has_table(Meta.__tablename__):
        return
    with store.transaction() as session:
        known = session.get(Meta, MOVED)
    if known is not None:
        moved = orjson.loads(known.value)
        raise SetupError(
            f"This database was moved to {moved['to']} on {moved['at'][:10]}, and is used no more. Set "
            "QABOT_DATABASE_URL to that address. (To use the file again all the same: qabot db move --undo)"
        )
