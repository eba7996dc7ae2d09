"""Whom records of good practice are about: they may join the list of people after the record was sent, or leave it."""

from collections.abc import Mapping

from sqlmodel import col, select

from qabot.framework.vocabulary import NOMINATION
from qabot.models import Deadline, DeadlineState, Nomination, Notice, NoticeState
from qabot.planning.directory import next_hours
from qabot.workflows.core.good_practice import WITHDRAWN
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs.nominations import MANAGER, RECEIVED, of_address, place_of, tell, to_nominee

OUTSIDE = (
    select(Nomination)
    .where(col(Nomination.nominee_id).is_(None), Nomination.state != WITHDRAWN)
    .order_by(col(Nomination.id))
)
"""The records about somebody who is not in the list of people."""
ASKED = (
    select(Deadline)
    .where(Deadline.subject_type == NOMINATION, Deadline.state == DeadlineState.open)
    .order_by(col(Deadline.id))
)
"""What is asked about records."""
NOT_TOLD = (
    select(Notice)
    .where(
        Notice.subject_type == NOMINATION,
        col(Notice.message).in_((RECEIVED, MANAGER)),
        col(Notice.state).in_((NoticeState.planned, NoticeState.superseded)),
    )
    .order_by(col(Notice.id))
)
"""Whom a record has not reached yet, or did not: they had left by then, or the list of people said so."""


def follow(unit: Unit) -> None:
    """See who has joined and who has left."""
    _joined(unit)
    _left(unit)
    _not_told(unit)


def _joined(unit: Unit) -> None:
    """Tell those of a record who were not in the list of people as it was sent, and are now."""
    for row in unit.session.exec(OUTSIDE).all():
        staff = of_address(unit, row.nominee_email or "")
        if staff is None or not staff.active or staff.id == row.nominator_id:
            continue
        row.nominee_id, row.nominee_email, row.place = staff.id, None, place_of(unit, staff.id)
        unit.session.add(row)
        unit.session.flush()
        rule = unit.framework.processes.nomination_shared
        unit.event("nominee-joined", subject=(NOMINATION, row.id), rule=rule)
        tell(unit, row, to_nominee(unit, row))


def _left(unit: Unit) -> None:
    """Nothing more is asked about the good practice of somebody who has left; nobody decides about it for them."""
    for deadline in unit.session.exec(ASKED).all():
        row = unit.session.get_one(Nomination, deadline.subject_id)
        if row.nominee_id is not None and unit.directory.person(row.nominee_id) is None:
            unit.close(deadline, "Withdrawn: whoever it is about has left", withdrawn=True)


def _not_told(unit: Unit) -> None:
    """Whoever is back in the list hears of their record after all, and so does whoever manages them now."""
    for notice in unit.session.exec(NOT_TOLD).all():
        row = unit.session.get(Nomination, notice.subject_id)
        messages = to_nominee(unit, row) if row is not None and row.state != WITHDRAWN else {}
        if messages.get(notice.recipient_id) == notice.message:
            if notice.state == NoticeState.superseded:
                _plan_again(unit, notice)
        elif row is not None and notice.message == MANAGER and unit.directory.person(notice.recipient_id) is None:
            tell(unit, row, _managers(messages))


def _plan_again(unit: Unit, notice: Notice) -> None:
    staff = unit.directory.people[notice.recipient_id]
    notice.state, notice.closed_at = NoticeState.planned, None
    notice.not_before = next_hours(staff, unit.now, unit.situation.calendar)
    notice.reason = f"{notice.rule}: they are in the list of people again"
    unit.session.add(notice)
    unit.event("nominee-joined", subject=(NOMINATION, notice.subject_id), notice=notice.id, rule=notice.rule)


def _managers(messages: Mapping[int, str]) -> Mapping[int, str]:
    return {person: message for person, message in messages.items() if message == MANAGER}
