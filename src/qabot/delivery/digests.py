"""Digests: what waits for a person goes in one message each working day, and a unique key holds it to one."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, update
from sqlmodel import col, select

from qabot.models import Notice, NoticeState
from qabot.models.columns import insert_new, new_token, table
from qabot.planning.directory import next_digest
from qabot.workflows.loading import DIGEST
from qabot.workflows.unit import Unit


def gather(unit: Unit) -> None:
    """Give every waiting notice of the due and news lanes to its person's digest of today, or to the next one's day."""
    _let_go(unit)
    query = select(Notice.recipient_id).where(col(Notice.lane).in_(("due", "news")), *_waits(unit)).distinct()
    people = set(unit.session.exec(query))
    if not people:
        return
    keys = {f"{DIGEST}:{person}:{unit.today.isoformat()}": person for person in people}
    known = _digests(unit, keys)
    _revive(unit, [number for number, state in known.values() if state == NoticeState.superseded])
    usable = (NoticeState.planned, NoticeState.superseded)
    _hold(unit, {person for person, (_, state) in known.items() if state not in usable})
    _make(unit, {person: key for key, person in keys.items() if person not in known})
    _attach(unit, {person: number for person, (number, state) in _digests(unit, keys).items() if state in usable})


def _let_go(unit: Unit) -> None:
    """A digest that could not be sent on its own day gives what it carries to today's: one message each day."""
    query = select(Notice.id, Notice.recipient_id, Notice.possible_repeat).where(
        col(Notice.lane).in_(("due", "news")),
        col(Notice.not_before) <= unit.now,
        col(Notice.state) == NoticeState.planned,
        col(Notice.carrier_id).is_(None),
        col(Notice.message) == DIGEST,
        ~col(Notice.key).endswith(f":{unit.today.isoformat()}"),
    )
    late = list(unit.session.exec(query))
    if not late:
        return
    notices, ids, why = table(Notice), [number for number, *_ in late], "its day is over; today's digest carries it all"
    # What may have arrived with it says so wherever it goes.
    in_doubt = [number for number, _, possible_repeat in late if possible_repeat]
    unit.session.execute(update(notices).where(notices.c.carrier_id.in_(in_doubt)).values(possible_repeat=True))
    unit.session.execute(update(notices).where(notices.c.carrier_id.in_(ids)).values(carrier_id=None))
    unit.session.execute(
        update(notices)
        .where(notices.c.id.in_(ids))
        .values(state=NoticeState.superseded, closed_at=unit.now, reason=why)
    )
    for number, person, _ in late:
        unit.event("superseded", notice=number, subject=("person", person), why=why)


def _waits(unit: Unit) -> tuple[ColumnElement[bool], ...]:
    """What a digest is to carry: all that is due, however much it is, so that nothing of it comes too late for it."""
    return (
        col(Notice.lane) != "alert",
        col(Notice.not_before) <= unit.now,
        col(Notice.state) == NoticeState.planned,
        col(Notice.carrier_id).is_(None),
        col(Notice.alone).is_(False),
        col(Notice.message) != DIGEST,
    )


def _digests(unit: Unit, keys: dict[str, int]) -> dict[int, tuple[int, str]]:
    """Today's digests by person: id and state. Held until the end, so that no other worker sends one meanwhile."""
    query = (
        select(Notice.id, Notice.recipient_id, Notice.state)
        .where(col(Notice.key).in_(list(keys)))
        .order_by(col(Notice.id))
        .with_for_update()
    )
    return {person: (number or 0, state) for number, person, state in unit.session.exec(query)}


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
    # Another process may be making the same ones at this moment; then its rows are found, and used, instead.
    insert_new(unit.session, Notice, rows)


def _attach(unit: Unit, carriers: dict[int, int]) -> None:
    notices = table(Notice)
    rows = [{"b_person": person, "b_carrier": number} for person, number in carriers.items()]
    if rows:
        unit.session.connection().execute(
            update(notices)
            .where(notices.c.recipient_id == bindparam("b_person"), *_waits(unit))
            .values(carrier_id=bindparam("b_carrier")),
            rows,
        )


def _hold(unit: Unit, people: set[int]) -> None:
    """Today's digest has gone: the rest waits for the next working day's."""
    notices = table(Notice)
    rows: list[dict[str, Any]] = []
    for person, ids in _waiting(unit, people).items():
        staff = unit.directory.people[person]
        at = next_digest(staff, unit.today + timedelta(days=1), unit.now, unit.situation.calendar)
        rows += [{"b_id": number, "b_at": at} for number in ids]
        unit.event("held", subject=("person", person), why="today's digest has gone", notices=ids, until=at.isoformat())
    if rows:
        unit.session.connection().execute(
            update(notices).where(notices.c.id == bindparam("b_id")).values(not_before=bindparam("b_at")), rows
        )


def _waiting(unit: Unit, people: set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    if not people:
        return found
    query = select(Notice.id, Notice.recipient_id).where(*_waits(unit), col(Notice.recipient_id).in_(list(people)))
    for number, person in unit.session.exec(query):
        found[person].append(number or 0)
    return found
