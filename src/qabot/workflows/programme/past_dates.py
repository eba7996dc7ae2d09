"""What is past its date stands in each daily message of whoever owes it, until it is done or taken over."""

from collections.abc import Collection, Sequence

from sqlmodel import col, not_, select

from qabot.models import Audit, AuditState, Deadline, DeadlineState, ListLine, Notice, NoticeState
from qabot.models.deadline import is_past
from qabot.models.notice import PAST_DATE, step_key
from qabot.models.rows import OVERDUE, OverdueRow
from qabot.workflows.core import lists
from qabot.workflows.core.as_opened import alerts
from qabot.workflows.core.notes import Note
from qabot.workflows.core.unit import Unit


def add(unit: Unit, people: Collection[int]) -> None:
    """Make a list for each of today's digests of these people, with a line for each thing that is past its date.

    1. Alerts have a ladder that goes on by itself, and what was handed on to new work waits for that.
    2. Whoever said when they expect to be done, or asked to be reminded later, is left in peace until then.
    3. What today's digest speaks of anyway is not said twice.
    """
    if not people or PAST_DATE not in unit.tools.catalogue.names():
        return
    owed = [each for each in _past(unit, people) if not _left_in_peace(unit, each)]
    said = _said_today(unit, people) if owed else set()
    left = [each for each in owed if (each.id, each.owner_id) not in said]
    lists.put(unit, [_line(unit, each, each.owner_id) for each in left if each.owner_id is not None], span=lists.DAY)


def _past(unit: Unit, people: Collection[int]) -> Sequence[OverdueRow]:
    handed_on = select(Audit.made_for_id).where(
        col(Audit.made_for_id).is_not(None), Audit.state != AuditState.withdrawn
    )
    query = OVERDUE.query().where(
        col(Deadline.state) == DeadlineState.open,
        col(Deadline.owner_id).in_(people),
        not_(alerts(unit.framework)),
        is_past(unit.today, unit.now),
        col(Deadline.id).not_in(handed_on),
    )
    return OVERDUE.read(unit.session, query.order_by(col(Deadline.due_on), col(Deadline.id)))


def _left_in_peace(unit: Unit, deadline: OverdueRow) -> bool:
    owner = unit.directory.person(deadline.owner_id)
    if owner is None or owner.absence(unit.today) is not None:
        return True
    expected = deadline.expected_on is not None and deadline.expected_on >= unit.today
    return expected or (
        deadline.snoozed_until is not None
        and deadline.snoozed_until > unit.now
        and deadline.snoozed_by_id == deadline.owner_id
    )


def _said_today(unit: Unit, people: Collection[int]) -> set[tuple[int | None, int | None]]:
    """What waits to go in these people's digests of today: (deadline, person)."""
    waits = (
        col(Notice.recipient_id).in_(people),
        Notice.state == NoticeState.planned,
        col(Notice.not_before) <= unit.now,
    )
    alone = select(Notice.deadline_id, Notice.recipient_id).where(col(Notice.deadline_id).is_not(None), *waits)
    on_lists = select(ListLine.deadline_id, Notice.recipient_id).join(Notice, col(Notice.id) == col(ListLine.list_id))
    return {*unit.session.exec(alone), *unit.session.exec(on_lists.where(*waits))}


def _line(unit: Unit, deadline: OverdueRow, person: int) -> Note:
    """`slot` is the day, as the same is said on the next one too."""
    slot = unit.today.isoformat()
    return Note(
        key=step_key(deadline.id, "", person, slot),
        deadline_id=deadline.id,
        step="",
        slot=slot,
        rule=deadline.rule,
        message=PAST_DATE,
        lane="due",
        recipient_id=person,
        role="owner",
        subject_type=deadline.subject_type,
        subject_id=deadline.subject_id,
        params={},
        reason="it is past its date",
        not_before=unit.now,
        alone=False,
    )
