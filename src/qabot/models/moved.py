"""A database that was taken elsewhere says so, and is used no more: two of them would each send everything."""

from datetime import datetime
from typing import Any

import orjson
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


def moved_to(session: Session) -> str:
    """Where this database was taken, in words; "" if it was not."""
    known = session.get(Meta, MOVED)
    return _said(known.value) if known is not None else ""


def _said(value: str) -> str:
    moved = orjson.loads(value)
    return f"This database was moved to {moved['to']} on {moved['at'][:10]}, and is used no more."


def refuse_the_old_place(store: Store) -> None:
    """Raise `SetupError` if this database was taken elsewhere. Only a file can have been.

    It is read without a transaction of ours, which would wait for whoever writes.
    """
    if not store.sqlite:
        return
    with store.engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        there = driver.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        known = driver.execute("SELECT value FROM meta WHERE key = ?", (MOVED,)).fetchone() if there else None
    if known is not None:
        raise SetupError(
            f"{_said(known[0])} Set QABOT_DATABASE_URL to that address. (To use the file again all the same: qabot db "
            "move --undo)"
        )
