"""Sealing anew, with the secret key of now, what older keys have sealed: then those can go."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from qabot.models import RoundState, SurveyRound, SurveySheet
from qabot.models.columns import table
from qabot.rights import log
from qabot.workflows.core.sealing import Sealer
from qabot.workflows.core.sheets import Sheet

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


def unreadable(session: Session, sealer: Sealer, *, running: bool = False) -> int:
    """How many sheets none of the keys opens; `running`: of surveys that are not counted yet. Nothing is changed."""
    count, after = 0, ""
    query = select(_sheets.c.key, _sheets.c.sealed).order_by(_sheets.c.key).limit(AT_ONCE)
    if running:
        rounds = select(col(SurveyRound.id)).where(col(SurveyRound.state) == RoundState.open)
        query = query.where(_sheets.c.round_id.in_(rounds))
    while True:
        rows = session.connection().execute(query.where(_sheets.c.key > after)).all()
        count += sum(sealer.open(sealed, key) is None for key, sealed in rows)
        if len(rows) < AT_ONCE:
            return count
        after = rows[-1].key


def give_up(session: Session, sealer: Sealer, now: datetime) -> int:
    """Make each sheet that no key opens an empty one, so that its survey goes on; how many those were.

    What was answered on them is lost. A line of the event log for each survey says of how many, at `now` (UTC).
    """
    query = select(_sheets.c.key, _sheets.c.sealed, _sheets.c.round_id).order_by(_sheets.c.key)
    lost = [each for each in session.connection().execute(query).all() if sealer.open(each.sealed, each.key) is None]
    for each in lost:
        same = update(_sheets).where(_sheets.c.key == each.key, _sheets.c.sealed == each.sealed)
        session.connection().execute(same.values(sealed=Sheet({}).sealed(each.key, sealer)))
    why = "sealed with a secret key that is lost, and given up"
    for number, count in sorted(Counter(each.round_id for each in lost).items()):
        log.record("survey-unreadable", session, now, subject=("survey", number), why=why, sheets=count)
    return len(lost)
