"""What is past its date stands in each daily message of whoever owes it, until it is done or taken over."""

from collections.abc import Collection
from typing import Any

from sqlmodel import col, select

from qabot.models import Audit, AuditState, Deadline, DeadlineState, ListLine, Notice, NoticeState
from qabot.models.columns import insert_new, new_token
from qabot.models.deadline import is_past
from qabot.workflows.core.unit import Unit

MESSAGE = "past-date"


def add(unit: Unit, people: Collection[int]) -> None:
    """Make a notice for each of today's digests of these people and each thing of theirs that is past its date.

    1. Alerts have a ladder that goes on by itself, and what was handed on to new work waits for that.
    2. Whoever said when they expect to be done, or asked to be reminded later, is left in peace until then.
    3. What today's digest speaks of anyway is not said twice.
    """
    if not people or MESSAGE not in unit.tools.catalogue.names():
        return
    owed = [each for each in _past(unit, people) if not _left_in_peace(unit, each)]
    said = _said_today(unit, people) if owed else set()
    rows = [_notice(unit, each) for each in owed if (each.id, each.owner_id) not in said]
    insert_new(unit.session, Notice, rows)


def _past(unit: Unit, people: Collection[int]) -> list[Deadline]:
    handed_on = select(Audit.made_for_id).where(
        col(Audit.made_for_id).is_not(None), Audit.state != AuditState.withdrawn
    )
    query = select(Deadline).where(
        Deadline.state == DeadlineState.open,
        col(Deadline.owner_id).in_(people),
        col(Deadline.kind).not_in(unit.framework.alerting()),
        is_past(unit.today, unit.now),
        col(Deadline.id).not_in(handed_on),
    )
    return list(unit.session.exec(query.order_by(col(Deadline.due_on), col(Deadline.id))))


def _left_in_peace(unit: Unit, deadline: Deadline) -> bool:
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
    query = select(Notice.deadline_id, Notice.recipient_id).where(
        col(Notice.recipient_id).in_(people),
        col(Notice.deadline_id).is_not(None),
        Notice.state == NoticeState.planned,
        col(Notice.not_before) <= unit.now,
    )
    on_lists = (
        select(ListLine.deadline_id, Notice.recipient_id)
        .join(Notice, col(Notice.id) == col(ListLine.list_id))
        .where(
            col(Notice.recipient_id).in_(people),
            Notice.state == NoticeState.planned,
            col(Notice.not_before) <= unit.now,
        )
    )
    return {*unit.session.exec(query), *unit.session.exec(on_lists)}


def _notice(unit: Unit, deadline: Deadline) -> dict[str, Any]:
    return {
        "key": f"{MESSAGE}:{deadline.id}:{deadline.owner_id}:{unit.today.isoformat()}",
        "token": new_token(),
        "deadline_id": deadline.id,
        "rule": deadline.rule,
        "message": MESSAGE,
        "lane": "due",
        "recipient_id": deadline.owner_id,
        "role": "owner",
        "subject_type": deadline.subject_type,
        "subject_id": deadline.subject_id,
        "created_at": unit.now,
        "not_before": unit.now,
        "step": "",
        "slot": "",
        "params": {},
        "reason": "it is past its date",
        "state": NoticeState.planned.value,
        "attempt": 0,
        "alone": False,
        "possible_repeat": False,
        "refused_by": "",
        "wanted": 0,
        "drawn": 0,
    }
