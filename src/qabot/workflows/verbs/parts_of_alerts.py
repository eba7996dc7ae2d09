"""Alerts of which everybody owes a part of their own: what one press does for several parts, and takes back of them.

Whoever looks after what nobody has acknowledged is sent one card that names all whose part is open. Their
acknowledgement is for all of these: of the others they would hear no more before the next working day.
"""

from sqlmodel import col, select

from qabot.models import Deadline, DeadlineState
from qabot.workflows.core.registry import Pressed
from qabot.workflows.core.unit import Unit

OWN = "owner"
"""The role of a notice about somebody's own part, or in whose place somebody stands in."""


def named(pressed: Pressed, deadline: Deadline) -> list[Deadline]:
    """The parts that the card names on which this was pressed, the one that it is about first."""
    duty, notice = pressed.subject.duty, pressed.notice
    if duty is None or notice is None or not duty.owes_each or notice.role == OWN:
        return [deadline]
    parts = pressed.unit.open_deadlines((deadline.subject_type, deadline.subject_id), {deadline.kind})
    others = [each for each in parts if each.id != deadline.id and each.owner_id != pressed.person.id]
    return [deadline, *others]


def acknowledged_with(unit: Unit, deadline: Deadline) -> list[Deadline]:
    """The parts that the same press has acknowledged, this one first."""
    query = select(Deadline).where(
        Deadline.kind == deadline.kind,
        Deadline.subject_type == deadline.subject_type,
        Deadline.subject_id == deadline.subject_id,
        Deadline.state == DeadlineState.met,
        Deadline.closed_by_id == deadline.closed_by_id,
        Deadline.closed_at == deadline.closed_at,
        Deadline.id != deadline.id,
    )
    return [deadline, *unit.session.exec(query.order_by(col(Deadline.id)).with_for_update())]


def was_raised_again(unit: Unit, deadline: Deadline) -> bool:
    """Whether the alert was raised anew since this was acknowledged, and waits: other parts of it opened before."""
    waiting = unit.open_deadlines((deadline.subject_type, deadline.subject_id), {deadline.kind})
    return any(each.opened_at >= (deadline.closed_at or unit.now) for each in waiting)
