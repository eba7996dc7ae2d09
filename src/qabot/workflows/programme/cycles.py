"""The programme: making cycles ahead, opening them, and the monthly draws. Runs once a day and is safe to repeat."""

from datetime import date, datetime, time, timedelta

from sqlmodel import select

from qabot.framework.calendar import at_local
from qabot.framework.cycles import cycle_due, cycle_start, next_cycle
from qabot.framework.schema import Activity
from qabot.models import Cycle, Meta
from qabot.models.columns import insert_new
from qabot.workflows.core import finalising, moments
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.allocation import allocate_cycle
from qabot.workflows.programme.samples import draw_month, months_to_draw

DONE_UNTIL = "programme-day"
PREPARATION = timedelta(days=28)
"""How long before it begins a cycle is made, and what its being planned opens: data is asked for two weeks before."""


def run(unit: Unit) -> bool:
    """Do what the programme wants on this day; False if this day was done before."""
    done = _lock(unit)
    if done.value >= unit.today.isoformat():
        return False
    # A day's work is that of its morning, also if the service was down then: what it says goes in today's digests.
    unit.since = at_local(unit.today, time(0, 0)) if done.value else None
    for name, activity in unit.framework.activities.items():
        if activity.rule not in unit.framework.off:
            _cycles(unit, name, activity)
    if _first_working_day(unit, unit.today):
        for month in months_to_draw(unit):
            draw_month(unit, month)
    for audit in moments.note_late(unit):
        finalising.make_final(unit, audit, by=None)
    unit.since, done.value = None, unit.today.isoformat()
    unit.session.add(done)
    return True


def _lock(unit: Unit) -> Meta:
    """The row that says how far the programme is, held until the transaction ends: one process at a time does a day."""
    insert_new(unit.session, Meta, [{"key": DONE_UNTIL, "value": ""}])
    query = select(Meta).where(Meta.key == DONE_UNTIL).with_for_update()
    return unit.session.exec(query.execution_options(populate_existing=True)).one()


def next_run(today: date) -> datetime:
    """When the programme next wants to run (UTC): as the next day in England begins."""
    return at_local(today + timedelta(days=1), time(0, 0))


def _first_working_day(unit: Unit, day: date) -> bool:
    """Whether the month's first working day has come; draws are recorded, so later days make up for lost ones."""
    return day >= unit.situation.calendar.roll(day.replace(day=1), "later")


def _cycles(unit: Unit, name: str, activity: Activity) -> None:
    starts = cycle_start(activity.cycle, unit.today)
    fresh = unit.session.exec(select(Cycle.id).where(Cycle.activity == name)).first() is None
    following = next_cycle(activity.cycle, starts)
    current = ensure_cycle(unit, name, activity, starts)
    if following - PREPARATION <= unit.today:
        ensure_cycle(unit, name, activity, following)
    if current.opened_at is None:
        current.opened_at = unit.now
        unit.session.add(current)
        _open(unit, name, activity, current, fresh=fresh)


def _open(unit: Unit, name: str, activity: Activity, cycle: Cycle, *, fresh: bool) -> None:
    """Allocate a cycle's work. On the first day of qabot a cycle under way is left to what is imported for it."""
    if fresh and cycle.starts_on < unit.today:
        unit.event("cycle-under-way", subject=("cycle", cycle.id), rule=activity.rule, why="began before qabot did")
        return
    allocate_cycle(unit, name, activity, cycle)


def ensure_cycle(unit: Unit, name: str, activity: Activity, starts: date) -> Cycle:
    """The cycle of an activity that begins on a day; made, with what prepares it, if it is not there."""
    known = unit.session.exec(select(Cycle).where(Cycle.activity == name, Cycle.starts_on == starts)).first()
    if known is not None:
        return known
    due = cycle_due(activity.cycle, starts)
    cycle = Cycle(activity=name, name=_name(starts, due), starts_on=starts, due_on=due, created_at=unit.now)
    unit.session.add(cycle)
    unit.session.flush()
    unit.event("cycle-made", subject=("cycle", cycle.id), rule=activity.rule, starts=starts.isoformat())
    if starts > unit.today:
        moments.happen(unit, name, "planned", moments.About.cycle(cycle))
    return cycle


def _name(starts: date, due: date) -> str:
    if starts.month == due.month:
        return f"{starts:%B %Y}"
    return f"{starts:%B} to {due:%B %Y}" if starts.year == due.year else f"{starts:%B %Y} to {due:%B %Y}"
