"""One message of those to come: seen before it is sent, held back with a reason and released again, or sent now.

It is named by the key that its notice has or will have, and found among what `coming` says: there is one planner. An
alert is never held back (promise 4); whoever should not get one is taken out of it on its record.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlmodel import col, select

from qabot.errors import BadRequest, NotFound
from qabot.messaging.card import Card
from qabot.models import Deadline, Notice, NoticeState
from qabot.models.reasons import Reason
from qabot.planning.directory import Staff, next_hours, today_or_next
from qabot.scheduler.coming import Coming, coming
from qabot.workflows.access.kept import is_shown
from qabot.workflows.cards import draw
from qabot.workflows.cards.loading import load_all
from qabot.workflows.core import copies, lists
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_moment

DAYS = 15
"""So many days ahead a message is looked for."""
REASONS = {
    "talk": "Somebody talks with them first",
    "wrong": "It would say something that is not right",
    "much": "They have much to do at this time",
    "agreed": "Something else that was agreed",
}
"""Why a message is held back: to choose from, because the log holds nothing that a person wrote."""
WAS = "reason_before"
"""Of a held notice's `params`: why it would be sent."""
GONE = "This message is no longer to come: it has gone, or its reason has."


def find(unit: Unit, reader_id: int, key: str, person_id: int) -> Coming:
    """One message to come. Raises `NotFound` of what is none, or is kept from this reader."""
    until = unit.now + timedelta(days=DAYS)
    messages = [each for each in coming(unit, reader_id, until) if each.note.key == key and each.person_id == person_id]
    if not messages:
        raise NotFound(GONE)
    return messages[0]


def preview(unit: Unit, one: Coming) -> Card:
    """The message as its person would see it, by itself, if nothing happens until it goes.

    It is drawn for that moment: what it says of the next step is what comes after it, and not itself.
    """
    then = replace(unit, now=max(unit.now, one.at))
    return draw.Drawing(then, load_all(then, [one.note]), whole=True).words(one.note)


def hold(unit: Unit, one: Coming, why: str, *, by: Staff) -> None:
    """Hold it back until it is released. Raises `BadRequest` of an alert, or without a reason."""
    if one.lane == "alert":
        raise BadRequest("An alert is never held back. If it was raised by mistake, withdraw it from its record.")
    if why not in REASONS:
        raise BadRequest("Choose a reason from the list.")
    row = _row(unit, one)
    row.params = {**row.params, WAS: row.reason}
    row.state, row.carrier_id, row.held_by_id = NoticeState.held, None, by.id
    row.reason = f"held back: {REASONS[why]} ({by.name})"
    unit.event("held", why=row.reason, **_about(unit, row, by), reason=Reason.by_hand.value)


def release(unit: Unit, token: str, *, by: Staff) -> None:
    """What was held back goes with the person's next daily message. Raises `BadRequest` if it is not held."""
    row = unit.session.exec(select(Notice).where(Notice.token == token).with_for_update()).first()
    if row is None or row.state != NoticeState.held or row.held_by_id is None:
        raise BadRequest("This message is not held back any more.")
    staff = unit.directory.people[row.recipient_id]
    row.reason = str(row.params.get(WAS, ""))
    row.params = {name: value for name, value in row.params.items() if name != WAS}
    row.state, row.held_by_id = NoticeState.planned, None
    row.not_before = max(row.not_before, _next(unit, staff, row))
    unit.event("released", **_about(unit, row, by))


def say_now(unit: Unit, one: Coming, *, by: Staff) -> str:
    """Send it by itself in the person's next working hour and not when it was to come; says when that is."""
    row, staff = _row(unit, one), unit.directory.people[one.person_id]
    at = unit.now if one.lane == "alert" else next_hours(staff, unit.now, unit.situation.calendar)
    row.alone, row.carrier_id, row.not_before = True, None, at
    unit.event("said-early", why=f"{by.name} had it sent before its time", **_about(unit, row, by))
    return "now" if at <= unit.now else f"on {say_moment(at)}, in their working hours"


def held_back(unit: Unit, reader_id: int) -> Sequence[Notice]:
    """What is held back by hand and this reader may know of, the longest first."""
    query = (
        select(Notice)
        .outerjoin(Deadline, col(Deadline.id) == col(Notice.deadline_id))
        .where(
            Notice.state == NoticeState.held,
            col(Notice.held_by_id).is_not(None),
            or_(col(Notice.deadline_id).is_(None), is_shown(unit, reader_id, own=False)),
        )
    )
    # Sorted here: a database that is asked for this order reads all that was ever sent in it.
    return sorted(unit.session.exec(query), key=lambda each: each.id)


def _next(unit: Unit, staff: Staff, row: Notice) -> datetime:
    if row.alone:
        return next_hours(staff, unit.now, unit.situation.calendar)
    return today_or_next(staff, unit.now, unit.situation.calendar)


def _row(unit: Unit, one: Coming) -> Notice:
    """The row of it: the one that waits, or made now; its step finds it there when its time comes, and makes no other.

    A line of a list leaves it.

    Raises `BadRequest` if it has begun to leave.
    """
    note = one.note
    row = unit.session.exec(select(Notice).where(Notice.key == note.key).with_for_update()).first()
    if row is None:
        row = copies.for_person(
            note, one.person_id, role=one.role, key=note.key, reason=note.reason, now=unit.now, not_before=one.at
        )
        lists.take_off(unit, [note] if note.id < 0 else [])
    elif row.state != NoticeState.planned:
        raise BadRequest(GONE)
    return row


def _about(unit: Unit, row: Notice, by: Staff) -> dict[str, Any]:
    """The row is written; what a line of the log says of it."""
    unit.session.add(row)
    unit.session.flush()
    subject = (row.subject_type, row.subject_id)
    return {"actor": by.id, "subject": subject, "deadline": row.deadline_id, "notice": row.id, "rule": row.rule}
