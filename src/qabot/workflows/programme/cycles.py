"""The programme: making cycles ahead, opening them, and the monthly draws. Runs once a day and is safe to repeat."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TypeVar, cast

import structlog
from sqlalchemy import bindparam
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, func, select

from qabot.framework.activities import Activity
from qabot.framework.calendar import at_local, local_day
from qabot.framework.rhythms import Period
from qabot.framework.schema import Framework
from qabot.models import Cycle, Deadline, DeadlineState, Meta, columns
from qabot.models.availability import is_away
from qabot.models.columns import UtcDateTime, insert_new
from qabot.workflows.core import finalising, lateness, moments, topic
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import (
    choosing,
    duty_turns,
    gatherings,
    lapsing,
    own_clocks,
    own_parts,
    picking,
    picking_over,
    planned_rounds,
    resting,
    surveys,
)
from qabot.workflows.programme.allocation import allocate_cycle, window_of
from qabot.workflows.programme.joining import join
from qabot.workflows.programme.samples import draw_all

log = structlog.get_logger()
T = TypeVar("T")
DONE_UNTIL = "programme-day"
_cycle = columns.table(Cycle).c
MADE = select_rows(_cycle.opened_at, _cycle.created_at, _cycle.starts_on).where(_cycle.activity == bindparam("name"))
"""When each cycle of an activity was opened and made, and when it begins."""
BEGINS_ON = select(Cycle).where(Cycle.activity == bindparam("name"), Cycle.starts_on == bindparam("day"))
"""The cycle of an activity that begins on a day."""
PLANNED = (
    select(Cycle)
    .where(Cycle.activity == bindparam("name"), col(Cycle.opened_at).is_(None), Cycle.starts_on > bindparam("today"))
    .order_by(col(Cycle.starts_on))
)
"""The cycles of an activity that are not open yet, and begin after a day."""
MARK = select(Meta).where(Meta.key == DONE_UNTIL).with_for_update().execution_options(populate_existing=True)
_deadline = columns.table(Deadline).c
HOURS = select_rows(func.min(_deadline.due_at)).where(
    _deadline.state == DeadlineState.open,
    _deadline.late_at.is_(None),
    _deadline.due_at > bindparam("after", type_=UtcDateTime),
)
HOURS_UNTIL = HOURS.where(_deadline.due_at <= bindparam("until", type_=UtcDateTime))
"""The first moment at which something open is due by the hour: after one, and until another."""
Part = Callable[[Unit], None]
PREPARATION = timedelta(days=28)
"""How long before it begins a cycle is made, and what its being planned opens: data is asked for two weeks before."""


def run(unit: Unit) -> bool:
    """Do what the programme wants on this day; False if this day was done before."""
    done = _lock(unit)
    if done.value >= unit.today.isoformat():
        return False
    unit.since = _morning(unit, done)
    for part in parts(unit.framework, first_run=not done.value).values():
        part(unit)
    unit.since, done.value = None, unit.today.isoformat()
    unit.session.add(done)
    return True


def run_part(unit: Unit, name: str) -> None:
    """Do one part of what the programme wants on this day, where not all can be done: the day is not done by it."""
    done = _lock(unit)
    if done.value < unit.today.isoformat():
        unit.since = _morning(unit, done)
        parts(unit.framework, first_run=not done.value)[name](unit)
        unit.since = None


def parts(framework: Framework, *, first_run: bool = False) -> dict[str, Part]:
    """What a day wants, in order, by what the log calls it. Each part is safe to repeat, also without the others."""
    ordered = choosing.in_order(framework.activities)
    works = {name: each for name, each in ordered.items() if each.rule not in framework.without}
    work = partial(_work, first_run=first_run)
    rounds = {name: each for name, each in framework.duties.items() if each.every is not None}
    return {
        "the calendar": resting.say_what_ends,
        **{f"the work {name}": partial(work, name=name, activity=each) for name, each in works.items()},
        "cases that nobody picks any more": picking_over.run_before,
        "rounds that never begin": planned_rounds.end,
        **{f"the duty {name}": partial(duty_turns.run, name=name, duty=each) for name, each in rounds.items()},
        "turns of leavers": duty_turns.leave,
        "samples": draw_all,
        "gatherings": gatherings.run,
        "parts of gatherings": own_parts.run,
        "surveys": surveys.run,
        "offers": lapsing.run,
        "what is late": _note_late,
    }


def _morning(unit: Unit, done: Meta) -> datetime | None:
    """A day's work is that of its morning, also if the service was down then: what it says goes in its digests."""
    return at_local(unit.today, time(0, 0)) if done.value else None


def _work(unit: Unit, name: str, activity: Activity, *, first_run: bool) -> None:
    if activity.every.since_last:
        own_clocks.run(unit, name, activity)
    else:
        _cycles(unit, name, activity, first_run=first_run)


def _note_late(unit: Unit) -> None:
    """Each that is late by itself, then the work that they held: one that cannot be done holds up no other."""
    late = lateness.late(unit)
    handed_on = [_apart(unit, each, partial(lateness.note_late, unit, each)) for each in late]
    for deadline, audit in zip(late, handed_on, strict=True):
        if audit is not None:
            _apart(unit, deadline, partial(finalising.make_final, unit, audit, by=None))


def _apart(unit: Unit, deadline: Deadline, work: Callable[[], T]) -> T | None:
    """What is done because a deadline is late; None where it cannot be: it is left as it was."""
    number = deadline.id
    try:
        with unit.session.begin_nested():
            return work()
    except Exception as error:
        if is_away(error):
            raise
        log.exception("that a deadline is late could not be noted", action="late-failed", deadline=number)
        unit.event("late-failed", deadline=number, why=f"{type(error).__name__}: {error}")
        return None


def _lock(unit: Unit) -> Meta:
    """The row that says how far the programme is, held until the transaction ends: one process at a time does a day."""
    known = unit.session.exec(MARK).one_or_none()
    if known is None:
        insert_new(unit.session, Meta, [{"key": DONE_UNTIL, "value": ""}])
        known = unit.session.exec(MARK).one()
    return known


def note_hours(unit: Unit) -> None:
    """Note what has become late since the last look, because it was due at an hour that has passed."""
    if next_hour(unit.session, datetime.min.replace(tzinfo=UTC), unit.now):
        _note_late(unit)


def next_hour(session: Session, after: datetime, until: datetime | None = None) -> datetime | None:
    """The first moment after one (and until another) at which something open is due by the hour (UTC)."""
    query, values = (HOURS, {"after": after}) if until is None else (HOURS_UNTIL, {"after": after, "until": until})
    [(hour,)] = columns.run(session, query, values)
    return cast(datetime | None, hour)


def next_run(today: date) -> datetime:
    """When the programme next wants to run (UTC): as the next day in England begins."""
    return at_local(today + timedelta(days=1), time(0, 0))


def _cycles(unit: Unit, name: str, activity: Activity, *, first_run: bool) -> None:
    """Make the cycles that begin soon, and open the one in which today lies, if there is one."""
    fresh = first_run or not _has_run(unit, name)
    period = activity.every.period(unit.today)
    current = ensure_cycle(unit, name, activity, period) if period else None
    following = activity.every.next_start(unit.today)
    while following is not None and following - PREPARATION <= unit.today:
        ahead = activity.every.period(following)
        if ahead is not None:
            ensure_cycle(unit, name, activity, ahead)
        following = activity.every.next_start(following)
    if activity.picked_by:
        picking_over.run(unit, name, activity)
        # Ask whoever picks cases for those of each cycle that is planned; and say how many are wanted now.
        for cycle in unit.session.exec(PLANNED, params={"name": name, "today": unit.today}).all():
            if planned_rounds.begins(unit.framework, name, cycle.starts_on):
                picking.ask(unit, activity, cycle)
    window = window_of(unit, activity, current) if current is not None else None
    if current is not None and current.opened_at is not None:
        join(unit, name, activity, current)
    if current is not None and window is not None and current.opened_at is None and window.opens <= unit.today:
        under_way = _why_under_way(unit, current, window.opens, fresh=fresh)
        current.opened_at = unit.now
        unit.session.add(current)
        _open(unit, name, activity, current, under_way)


def _has_run(unit: Unit, name: str) -> bool:
    """Whether the programme ever planned or opened a cycle of an activity: what was imported says nothing of that."""
    rows = columns.run(unit.session, MADE, {"name": name})
    return any(opened is not None or local_day(created) <= starts for opened, created, starts in rows)


def _why_under_way(unit: Unit, cycle: Cycle, opens: date, *, fresh: bool) -> str:
    """Why a cycle is left to what is imported for it; "" if its work, which `opens` on a day, is to be given."""
    if fresh and opens < unit.today:
        return "began before qabot did"
    return "began before the file had this rhythm" if _is_inside_another(unit, cycle) else ""


def _is_inside_another(unit: Unit, cycle: Cycle) -> bool:
    """Whether it was made after it began, while another was open: the file has its rhythm only since then."""
    if local_day(cycle.created_at) <= cycle.starts_on:
        return False
    query = select(Cycle.id).where(
        Cycle.activity == cycle.activity,
        Cycle.id != cycle.id,
        col(Cycle.opened_at).is_not(None),
        Cycle.starts_on <= cycle.due_on,
        Cycle.due_on >= cycle.starts_on,
    )
    return unit.session.exec(query).first() is not None


def _open(unit: Unit, name: str, activity: Activity, cycle: Cycle, under_way: str) -> None:
    """Allocate a cycle's work, unless there is a reason why it was under way before."""
    if under_way:
        unit.event("cycle-under-way", subject=("cycle", cycle.id), rule=activity.rule, why=under_way)
        return
    allocate_cycle(unit, name, activity, cycle)


def ensure_cycle(unit: Unit, name: str, activity: Activity, period: Period) -> Cycle:
    """The cycle of an activity that begins when a period does; made, with what prepares it, if it is not there.

    One that is only planned ends when the file says now.
    """
    known = unit.session.exec(BEGINS_ON, params={"name": name, "day": period.starts}).first()
    if known is not None:
        if known.opened_at is None and not activity.every.on_request and known.due_on != period.ends:
            known.name, known.due_on = period.name, period.ends
            unit.session.add(known)
        return known
    cycle = Cycle(activity=name, name=period.name, starts_on=period.starts, due_on=period.ends, created_at=unit.now)
    unit.session.add(cycle)
    unit.session.flush()
    unit.event("cycle-made", subject=("cycle", cycle.id), rule=activity.rule, starts=period.key)
    if period.starts > unit.today:
        moments.happen(unit, name, "planned", topic.About.cycle(cycle))
    return cycle
