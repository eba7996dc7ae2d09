"""Sealing anew, with the secret key of now, what older keys have sealed: then those can go."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlmodel import Session

from qabot.models import SurveySheet
from qabot.models.columns import table
from qabot.workflows.core.sealing import Sealer

_sheets = table(SurveySheet)
AT_ONCE = 500


@dataclass
class Resealed:
    """How many sheets were sealed with the first key before, are now, and can be opened by no key that is known."""

    before: int = 0
    now: int = 0
    lost: int = 0


def reseal(session: Session, sealer: Sealer, after: str = "") -> tuple[Resealed, str]:
    """Some sheets, those with keys after this one; also the last key, "" once there are no more.

    Whoever answers meanwhile is in no way: a sheet that has changed since it was read stays as it is, and is new.
    """
    connection, result = session.connection(), Resealed()
    query = select(_sheets.c.key, _sheets.c.sealed).where(_sheets.c.key > after).order_by(_sheets.c.key).limit(AT_ONCE)
    rows = connection.execute(query).all()
    for key, sealed in rows:
        if sealer.is_new(sealed, key):
            result.before += 1
        elif (held := sealer.open(sealed, key)) is None:
            result.lost += 1
        else:
            same = update(_sheets).where(_sheets.c.key == key, _sheets.c.sealed == sealed)
            result.now += connection.execute(same.values(sealed=sealer.seal(held, key))).rowcount
    return result, rows[-1].key if len(rows) == AT_ONCE else ""


def unreadable(session: Session, sealer: Sealer) -> int:
    """How many sheets none of the keys opens. Nothing is changed."""
    count, after = 0, ""
    while True:
        query = select(_sheets.c.key, _sheets.c.sealed).where(_sheets.c.key > after).order_by(_sheets.c.key)
        rows = session.connection().execute(query.limit(AT_ONCE)).all()
        count += sum(sealer.open(sealed, key) is None for key, sealed in rows)
        if len(rows) < AT_ONCE:
            return count
        after = rows[-1].key
