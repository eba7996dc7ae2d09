"""Digests: what waits for a person goes in one message each working day, and a unique key holds it to one."""

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import insert, update
from sqlmodel import col, select

from qabot.models import Notice, NoticeState
from qabot.models.columns import new_token, table
from qabot.planning.directory import next_digest
from qabot.workflows.draw import DIGEST
from qabot.workflows.unit import Unit

MOST = 2000


def gather(unit: Unit) -> None:
    """Give every waiting notice of the due and news lanes to its person's digest of today, or to the next one's day."""
    waiting = _waiting(unit)
    if not waiting:
        return
    keys = {person: f"{DIGEST}:{person}:{unit.today.isoformat()}" for person in waiting}
    query = select(Notice.id, Notice.key, Notice.state).where(col(Notice.key).in_(list(keys.values())))
    known = {key: (number, state) for number, key, state in unit.session.exec(query)}
    _revive(unit, [number or 0 for number, state in known.values() if state == NoticeState.superseded])
    usable = (NoticeState.planned, NoticeState.superseded)
    late = [person for person, key in keys.items() if key in known and known[key][1] not in usable]
    new = [person for person, key in keys.items() if key not in known]
    _hold(unit, {person: waiting[person] for person in late})
    _make(unit, {person: keys[person] for person in new})
    _attach(unit, {keys[person]: waiting[person] for person in waiting if person not in late})


def _waiting(unit: Unit) -> dict[int, list[int]]:
    query = (
        select(Notice.id, Notice.recipient_id)
        .where(
            Notice.state == NoticeState.planned,
            col(Notice.not_before) <= unit.now,
            col(Notice.carrier_id).is_(None),
            Notice.lane != "alert",
            col(Notice.alone).is_(False),
            Notice.message != DIGEST,
        )
        .order_by(col(Notice.not_before))
        .limit(MOST)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for number, person in unit.session.exec(query):
        found[person].append(number or 0)
    return dict(found)


def _revive(unit: Unit, carriers: list[int]) -> None:
    """A digest that in the end carried nothing was never sent: today's is still to come."""
    if carriers:
        notices = table(Notice)
        unit.session.execute(
            update(notices)
            .where(notices.c.id.in_(carriers))
            .values(state=NoticeState.planned, closed_at=None, not_before=unit.now)
        )


def _make(unit: Unit, keys: dict[int, str]) -> None:
    rows = [
        {
            "key": key, "token": new_token(), "rule": "", "message": DIGEST, "lane": "due", "recipient_id": person,
            "subject_type": "person", "subject_id": person, "created_at": unit.now, "not_before": unit.now,
            "step": "", "slot": "", "role": "", "params": {}, "reason": "one message each working day",
            "state": NoticeState.planned.value, "attempt": 0, "alone": False, "possible_repeat": False,
            "refused_by": "", "wanted": 0, "drawn": 0,
        }
        for person, key in keys.items()
    ]  # fmt: skip
    if rows:
        unit.session.execute(insert(table(Notice)), rows)


def _attach(unit: Unit, carried: dict[str, list[int]]) -> None:
    notices = table(Notice)
    query = select(Notice.id, Notice.key).where(col(Notice.key).in_(list(carried)))
    for number, key in unit.session.exec(query).all():
        unit.session.execute(update(notices).where(notices.c.id.in_(carried[key])).values(carrier_id=number))


def _hold(unit: Unit, waiting: dict[int, list[int]]) -> None:
    """Today's digest has gone: the rest waits for the next working day's."""
    notices = table(Notice)
    for person, ids in waiting.items():
        staff = unit.directory.people[person]
        at = next_digest(staff, unit.today + timedelta(days=1), unit.now, unit.situation.calendar)
        unit.session.execute(update(notices).where(notices.c.id.in_(ids)).values(not_before=at))
        unit.event("held", subject=("person", person), why="today's digest has gone", notices=ids, until=at.isoformat())
