"""Alerts of which everybody owes a part of their own: what one press does for several parts, and takes back of them.

Whoever looks after what nobody has acknowledged is sent one card that names all whose part is open. Their
acknowledgement is for all of these: of the others they would hear no more before the next working day. Nor would they
where one of those who are named does so for themselves: the card goes on for the rest.
"""

from sqlmodel import col, select

from qabot.models import Deadline, DeadlineState, Notice, NoticeState
from qabot.workflows.core.registry import Pressed
from qabot.workflows.core.unit import Unit

OWN = "owner"
"""The role of a notice about somebody's own part, or in whose place somebody stands in."""


def named(pressed: Pressed, deadline: Deadline) -> list[Deadline]:
    """The parts that the card names on which this was pressed, the one that it is about first."""
    duty, notice = pressed.subject.duty, pressed.notice
    if duty is None or notice is None or not duty.owes_each or notice.role == OWN:
        return [deadline]
    return [deadline, *(each for each in beside(pressed.unit, deadline) if each.owner_id != pressed.person.id)]


def beside(unit: Unit, deadline: Deadline) -> list[Deadline]:
    """The other parts that are open."""
    parts = unit.open_deadlines((deadline.subject_type, deadline.subject_id), {deadline.kind})
    return [each for each in parts if each.id != deadline.id]


def go_on(unit: Unit, deadline: Deadline) -> None:
    """A part is over: the cards that name all whose part is open name the rest, and are about one of these.

    The card may be about this part: then it changes places with what was not sent about another because of it.
    """
    duty, rest = unit.framework.duty_of(deadline.kind, deadline.ladder_id), beside(unit, deadline)
    if duty is None or not (duty.owes_each and duty.is_alert and rest):
        return
    of_others = col(Notice.step) != "", Notice.role != OWN, Notice.lane == "alert"
    cards = select(Notice).where(Notice.deadline_id == deadline.id, Notice.state == NoticeState.sent, *of_others)
    unsent = select(Notice).where(
        col(Notice.deadline_id).in_([each.id for each in rest]), Notice.state == NoticeState.superseded, *of_others
    )
    instead = {(each.recipient_id, each.step, each.slot): each for each in unit.session.exec(unsent)}
    for card in unit.session.exec(cards).all():
        other = instead.get((card.recipient_id, card.step, card.slot))
        if other is not None:
            card.deadline_id, other.deadline_id = other.deadline_id, card.deadline_id
            unit.session.add_all([card, other])
    unit.session.flush()
    unit.redraw_deadlines([each.id for each in rest])


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
