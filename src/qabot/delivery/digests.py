"""Digests: what waits for a person goes in one message each working day, and a unique key holds it to one."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from qabot.delivery import queries
from qabot.delivery.fates import finish
from qabot.models import Notice, NoticeState
from qabot.models.columns import insert_new, new_token, run
from qabot.models.notice import DIGEST
from qabot.models.reasons import Reason
from qabot.planning.directory import next_digest
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import past_dates


def gather(unit: Unit) -> None:
    """Give every waiting notice of the due and news lanes to its person's digest of today, or to the next one's day.

    1. A digest that could not be sent on its day lets go of what it carries.
    2. Whose digest of today was superseded empty has it revived; whose has gone waits for the next working day's.
    3. Who has none gets one. Each then carries all that waits for its person, and what is past its date.
    """
    _let_go(unit)
    people = {row[0] for row in run(unit.session, queries.WHO_WAITS, {"now": unit.now})}
    if not people:
        return
    keys = {f"{DIGEST}:{person}:{unit.today.isoformat()}": person for person in people}
    known = _digests(unit, keys)
    empty = [number for number, state in known.values() if state == NoticeState.superseded]
    if empty:
        unit.session.execute(queries.REVIVE, {"ids": empty, "now": unit.now})
    usable = (NoticeState.planned, NoticeState.superseded)
    _hold(unit, {person for person, (_, state) in known.items() if state not in usable})
    _make(unit, {person: key for key, person in keys.items() if person not in known})
    today = {person: number for person, (number, state) in _digests(unit, keys).items() if state in usable}
    past_dates.add(unit, set(today))
    _attach(unit, today)


def _let_go(unit: Unit) -> None:
    """A digest that could not be sent on its own day gives what it carries to today's: one message each day."""
    late = run(unit.session, queries.LATE_DIGESTS, {"now": unit.now, "day": unit.today.isoformat()})
    if not late:
        return
    ids, why = [number for number, *_ in late], "its day is over; today's digest carries it all"
    unit.session.execute(queries.DOUBT, {"ids": [number for number, _, possible_repeat in late if possible_repeat]})
    unit.session.execute(queries.LET_GO, {"ids": ids})
    finish(unit, ids, NoticeState.superseded, reason=why)
    for number, person, _ in late:
        unit.event("superseded", notice=number, subject=("person", person), why=why)


def _digests(unit: Unit, keys: dict[str, int]) -> dict[int, tuple[int, str]]:
    """Today's digests by person: id and state."""
    return {
        person: (number, state) for number, person, state in run(unit.session, queries.DIGESTS, {"keys": list(keys)})
    }


def _make(unit: Unit, keys: dict[int, str]) -> None:
    day = unit.today.isoformat()
    rows = [
        {
            "key": key,
            "token": new_token(),
            "rule": "",
            "message": DIGEST,
            "lane": "due",
            "recipient_id": person,
            "subject_type": "person",
            "subject_id": person,
            "created_at": unit.now,
            "not_before": unit.now,
            "step": "",
            "slot": day,
            "role": "",
            "params": {},
            "reason": "one message each working day",
            "state": NoticeState.planned.value,
            "attempt": 0,
            "alone": False,
            "possible_repeat": False,
            "refused_by": "",
            "wanted": 0,
            "drawn": 0,
        }
        for person, key in keys.items()
    ]
    # Another process may be making the same ones at this moment; then its rows are found, and used, instead.
    insert_new(unit.session, Notice, rows)


def _attach(unit: Unit, carriers: dict[int, int]) -> None:
    rows = [{"b_person": person, "b_carrier": number, "now": unit.now} for person, number in carriers.items()]
    if rows:
        unit.session.connection().execute(queries.ATTACH, rows)


def _hold(unit: Unit, people: set[int]) -> None:
    """Today's digest has gone: the rest waits for the next working day's."""
    rows: list[dict[str, Any]] = []
    for person, ids in _waiting(unit, people).items():
        staff = unit.directory.people[person]
        at = next_digest(staff, unit.today + timedelta(days=1), unit.now, unit.situation.calendar)
        rows += [{"b_id": number, "b_at": at} for number in ids]
        unit.event(
            "held",
            subject=("person", person),
            why="today's digest has gone",
            notices=ids,
            until=at.isoformat(),
            reason=Reason.digest_gone.value,
        )
    if rows:
        unit.session.connection().execute(queries.POSTPONE, rows)


def _waiting(unit: Unit, people: set[int]) -> dict[int, list[int]]:
    notices: dict[int, list[int]] = defaultdict(list)
    values = {"people": list(people), "now": unit.now}
    for number, person in run(unit.session, queries.TO_CARRY, values) if people else ():
        notices[person].append(number)
    return notices
