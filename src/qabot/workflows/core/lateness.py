"""That something is late: noted once for each deadline, and what opens because of it."""

from datetime import timedelta

from sqlalchemy import exists
from sqlmodel import col, select

from qabot.framework.schema import MODERATION
from qabot.models import Audit, Deadline, DeadlineState, Event, Moderation, is_past
from qabot.workflows.core import in_turn, moments, topic
from qabot.workflows.core.unit import Unit

LATE = ".late"
FAILED_WAIT = timedelta(hours=1)
"""How long what could not be noted is left alone."""


def late(unit: Unit) -> list[Deadline]:
    """What is open past its day or hour, and on whose lateness something opens, if nobody has noted it.

    What could not be noted waits for an hour: this is asked at each tick, of what was due by the hour.
    """
    kinds = {
        moment.partition(".")[0]
        for duty in unit.framework.duties.values()
        for moment in duty.when
        if moment.endswith(LATE)
    }
    if not kinds:
        return []
    query = select(Deadline).where(
        Deadline.state == DeadlineState.open,
        col(Deadline.kind).in_({*kinds, *({MODERATION} if kinds & unit.framework.samples.keys() else ())}),
        is_past(unit.today, unit.now),
        col(Deadline.late_at).is_(None),
        ~exists().where(
            col(Event.deadline_id) == col(Deadline.id),
            col(Event.what) == "late-failed",
            col(Event.at) > unit.now - FAILED_WAIT,
        ),
    )
    return [each for each in unit.session.exec(query.order_by(col(Deadline.id))) if _thing(unit, each) in kinds]


def note_late(unit: Unit, deadline: Deadline) -> Audit | None:
    """One that is late, once. The work that it held, if it is handed on: it may be final now."""
    in_turn.take(unit.session, (deadline.subject_type, deadline.subject_id))
    if deadline.state != DeadlineState.open or deadline.late_at is not None:
        return None
    deadline.late_at = unit.now
    unit.session.add(deadline)
    opened = moments.happen(unit, _thing(unit, deadline), "late", topic.about_deadline(unit, deadline))
    if not opened:
        return None
    unit.close(deadline, f"Handed on: {unit.framework.duties[opened[0].kind].title}", withdrawn=True)
    return topic.about_deadline(unit, deadline).audit if deadline.holds else None


def _thing(unit: Unit, deadline: Deadline) -> str:
    """What is late, as a file names it: a duty, an activity, or the sample that drew a second look."""
    if deadline.kind != MODERATION:
        return deadline.kind
    return unit.session.get_one(Moderation, deadline.subject_id).layer
