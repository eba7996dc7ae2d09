"""Whom records of good practice are about: they may join the list of people after the record was sent, or leave it."""

from sqlmodel import col, select

from qabot.framework.vocabulary import NOMINATION
from qabot.models import Deadline, DeadlineState, Nomination
from qabot.workflows.core.good_practice import WITHDRAWN
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs.nominations import of_address, tell, to_nominee

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


def follow(unit: Unit) -> None:
    """See who has joined and who has left."""
    _joined(unit)
    _left(unit)


def _joined(unit: Unit) -> None:
    """Tell those of a record who were not in the list of people as it was sent, and are now."""
    for row in unit.session.exec(OUTSIDE).all():
        staff = of_address(unit, row.nominee_email or "")
        if staff is None or not staff.active or staff.id == row.nominator_id:
            continue
        row.nominee_id, row.nominee_email = staff.id, None
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
