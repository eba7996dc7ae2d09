"""The clock went back after a time ahead was believed: alerts are planned anew, so that none waits for that time."""

from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from qabot.framework.offsets import Moment
from qabot.models import Deadline, DeadlineState, Meta, Notice, NoticeState
from qabot.planning.occurrences import Mark, marks, occurrences
from qabot.planning.planner import alert_moment
from qabot.scheduler.tick import Ticker
from qabot.workflows.core import lists
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.cycles import DONE_UNTIL

log = structlog.get_logger()


def rewind(unit: Unit, ticker: Ticker) -> None:
    """Plan the steps of alerts anew that were planned for a time that is to come again.

    A reminder that came too early was read all the same, and is not said twice; an alert must climb from now on.
    """
    for row in unit.session.exec(select(Deadline).where(Deadline.state == DeadlineState.open)).all():
        if any(step.lane == "alert" for step in ticker.ladder(unit.session, row.ladder_id).steps):
            _anew_alone(unit, ticker, row)
    _no_later(unit)
    done = unit.session.get(Meta, DONE_UNTIL)
    if done is not None and done.value > unit.today.isoformat():
        done.value = unit.today.isoformat()
        unit.session.add(done)


def _anew_alone(unit: Unit, ticker: Ticker, row: Deadline) -> None:
    """One that cannot be planned anew, as it could not be planned, holds up no other."""
    try:
        _anew(unit, ticker, row)
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.exception("a deadline could not be planned", action="plan-failed", deadline=row.id)
        unit.event("plan-failed", deadline=row.id, rule=row.rule, why=f"{type(error).__name__}: {error}")


def _anew(unit: Unit, ticker: Ticker, row: Deadline) -> None:
    known = ticker.open_deadline(unit.session, row, unit.framework)
    anchors = {name: _no_later_than(moment, unit.now) for name, moment in known.anchors.items()}
    row.anchors = {name: moment.isoformat() for name, moment in anchors.items()}
    row.opened_at = min(row.opened_at, unit.now)
    steps = occurrences(known.ladder, anchors, row.opened_at, unit.now, unit.situation.calendar, known.fired)
    ahead = {each.mark for each in steps if each.mark in known.fired and each.moment > unit.now}
    row.fired = [each for each in marks(row.fired) if each not in ahead]
    row.next_at = unit.now
    unit.session.add(row)
    lists.give_way(unit, row.id, ahead)
    for notice in unit.session.exec(select(Notice).where(Notice.deadline_id == row.id, Notice.step != "")).all():
        if Mark(notice.step, notice.slot) in ahead:
            _give_way(unit, notice)


def _give_way(unit: Unit, notice: Notice) -> None:
    """The step comes again in its own time: as a row of its own."""
    notice.key = f"{notice.key}:rewound:{notice.id}"
    if notice.state == NoticeState.planned:
        notice.state, notice.closed_at, notice.carrier_id = NoticeState.superseded, unit.now, None
        notice.reason = "the machine's clock went back; the step is planned anew"
        unit.event("superseded", notice=notice.id, deadline=notice.deadline_id, rule=notice.rule, why=notice.reason)
    unit.session.add(notice)


def _no_later(unit: Unit) -> None:
    """An alert that was made in the time ahead does not wait until that time comes."""
    query = select(Notice).where(
        Notice.lane == "alert", Notice.state == NoticeState.planned, col(Notice.created_at) > unit.now
    )
    for notice in unit.session.exec(query).all():
        notice.not_before = min(notice.not_before, alert_moment(unit.situation, unit.now))
        unit.session.add(notice)


def _no_later_than(moment: Moment, now: datetime) -> Moment:
    return min(moment, now) if isinstance(moment, datetime) else moment
