"""A notice made from another that says the same: for somebody else, or before its time."""

from datetime import datetime

from qabot.models import Notice
from qabot.models.rows import NoticeRow


def for_person(
    note: NoticeRow, person_id: int, *, role: str, key: str, reason: str, now: datetime, not_before: datetime
) -> Notice:
    """The same step's words to a person, as a row of its own. `now` and `not_before` in UTC."""
    return Notice(
        key=key,
        deadline_id=note.deadline_id,
        step=note.step,
        slot=note.slot,
        rule=note.rule,
        message=note.message,
        lane=note.lane,
        recipient_id=person_id,
        role=role,
        subject_type=note.subject_type,
        subject_id=note.subject_id,
        params=dict(note.params),
        handed_on_by_id=note.handed_on_by_id,
        absence_id=note.absence_id,
        brought_to=note.brought_to,
        reason=reason,
        created_at=now,
        alone=note.alone,
        not_before=not_before,
    )
