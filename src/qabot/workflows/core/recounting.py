"""The council's days or hours are other ones now, or somebody's are: what is open is planned by them.

A step that has another time now is planned anew, as after a date that was moved; what waits for somebody's next day
or hour waits for the one that they have now. Due dates stay: people were told of them. What was sent stays sent, but
for a step that repeats, which goes on from when it was last said.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, time

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from qabot.framework.calendar import Calendar, at_local, local_day
from qabot.framework.offsets import parse_moment
from qabot.framework.steps import Ladder, kept_ladder
from qabot.models import Deadline, DeadlineState, LadderSnapshot, Notice, NoticeState
from qabot.models.notice import DIGEST
from qabot.planning.directory import Directory, Staff, digest_since, next_hours
from qabot.planning.occurrences import Mark, marks, occurrences
from qabot.planning.planner import Situation, alert_moment, not_before
from qabot.workflows.core import lists, rearming
from qabot.workflows.core.running import as_open
from qabot.workflows.core.unit import Unit

log = structlog.get_logger()
OTHER_DAYS = "the council's working days or hours have changed"
"""Why something that waited is not sent: it comes at another time."""


def other_times(session: Session, before: Calendar, after: Calendar, now: datetime) -> int:
    """How many open deadlines have a step that is yet to be planned and comes at another time by another calendar."""
    query = select(Deadline, LadderSnapshot.body).join(LadderSnapshot, col(LadderSnapshot.id) == Deadline.ladder_id)
    count = 0
    for row, body in session.exec(query.where(Deadline.state == DeadlineState.open)).all():
        count += _to_come(row, kept_ladder(body), before, now) != _to_come(row, kept_ladder(body), after, now)
    return count


def _to_come(row: Deadline, ladder: Ladder, calendar: Calendar, now: datetime) -> dict[Mark, datetime]:
    fired = marks(row.fired)
    anchors = {name: parse_moment(text) for name, text in row.anchors.items()}
    line = occurrences(ladder, anchors, row.opened_at, now, calendar, fired)
    return {each.mark: each.moment for each in line if each.mark not in fired}


def by_other_days(unit: Unit, before: Situation) -> int:
    """Plan what is open by the calendar as it is now, which was planned as things were `before`.

    The number of deadlines of which something that was planned has another time; the planner looks at all.
    """
    moved = 0
    for row in unit.session.exec(select(Deadline).where(Deadline.state == DeadlineState.open)).all():
        moved += _alone(unit, row, before)
    unit.poke_all()
    wait(unit, before)
    return moved


def _alone(unit: Unit, row: Deadline, before: Situation) -> bool:
    """One that cannot be planned anew, as it could not be planned, holds up no other."""
    try:
        was = rearming.wanted(replace(unit, situation=before), row)
        is_now = rearming.wanted(unit, row)
        if was == is_now:
            return False
        rearming.follow(unit, row, was, OTHER_DAYS)
        _go_on(unit, row, was)
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.exception("a deadline could not be planned", action="plan-failed", deadline=row.id)
        unit.event("plan-failed", deadline=row.id, rule=row.rule, why=f"{type(error).__name__}: {error}")
    return True


def _go_on(unit: Unit, row: Deadline, was: Mapping[Mark, datetime]) -> None:
    """Of a step that repeats the next time is the first after the one at which it was last said."""
    ladder = kept_ladder(unit.session.get_one(LadderSnapshot, row.ladder_id).body)
    for step in (each for each in ladder.steps if each.repeat is not None):
        said = set(marks(row.fired))
        last = max((moment for mark, moment in was.items() if mark.step == step.name and mark in said), default=None)
        if last is None:
            continue
        rearming.say_again(unit, row, {step.name}, OTHER_DAYS)
        known, calendar = as_open(row, ladder, unit.framework), unit.situation.calendar
        line = occurrences(ladder, known.anchors, row.opened_at, unit.now, calendar, known.fired)
        passed = [each.mark for each in line if each.step.name == step.name and each.moment <= last]
        row.fired = [*marks(row.fired), *(each for each in passed if each not in known.fired)]
        unit.session.add(row)


def of_people(unit: Unit, before: Directory) -> None:
    """Have what waits for people wait by the hours that they have now, in place of those that they had `before`."""
    people = unit.directory.people
    changed = {
        number for number, staff in people.items() if (was := before.person(number)) and _times(was) != _times(staff)
    }
    if changed:
        wait(unit, replace(unit.situation, directory=before), changed)


def _times(staff: Staff) -> tuple[object, ...]:
    return staff.work_days, staff.hours_from, staff.hours_to, staff.digest_at, staff.away


def wait(unit: Unit, before: Situation, people: Collection[int] | None = None) -> None:
    """Give what waits, of all people or these, the time that it would have been given now.

    Only what waits for the time that it was given as things were `before`: other things have had it wait otherwise.
    """
    query = select(Notice, Deadline).outerjoin(Deadline, col(Deadline.id) == col(Notice.deadline_id))
    query = query.where(Notice.state == NoticeState.planned, col(Notice.not_before) > unit.now)
    if people is not None:
        query = query.where(col(Notice.recipient_id).in_(people))
    for notice, deadline in unit.session.exec(query.where(Notice.message != DIGEST)).all():
        staff = unit.directory.person(notice.recipient_id)
        was = _time(unit, notice, deadline, before, notice.created_at)
        at = _time(unit, notice, deadline, unit.situation, unit.now) if was == notice.not_before else None
        if at is None or staff is None or at == was:
            continue
        if at > notice.not_before and staff.absence(local_day(notice.not_before)) is not None:
            continue  # whoever stands in for them hears of it then
        notice.not_before = at
        unit.session.add(notice)
    unit.session.flush()


def _time(
    unit: Unit, notice: Notice, deadline: Deadline | None, situation: Situation, now: datetime
) -> datetime | None:
    """When (UTC) this would be sent as things are in a situation; None where nothing says."""
    staff, calendar = situation.directory.person(notice.recipient_id), situation.calendar
    if staff is None:
        return None
    if notice.lane == "alert":
        return alert_moment(situation, now)
    if lists.is_list(notice):
        day = date.fromisoformat(notice.slot)
        return digest_since(staff, day, at_local(day, time(0, 0)), now, calendar)
    if notice.step and deadline is not None:
        ladder = kept_ladder(unit.session.get_one(LadderSnapshot, deadline.ladder_id).body)
        known = as_open(deadline, ladder, situation.framework)
        line = occurrences(ladder, known.anchors, deadline.opened_at, now, calendar, known.fired)
        mark = Mark(notice.step, notice.slot)
        step = next((each for each in line if each.mark == mark), None)
        return not_before(step, deadline.opened_at, staff, situation, now) if step is not None else None
    if notice.alone:
        return next_hours(staff, now, calendar)
    return digest_since(staff, local_day(notice.created_at), notice.created_at, now, calendar)
