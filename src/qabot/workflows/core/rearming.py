"""A date was moved: what counts from it counts anew, also what was planned before its day and waits to be sent.

What waits of a step that has another day now is not sent, and the step is planned by the new date. Whoever was sent
it keeps it; with `again` it comes to them once more, in its new time.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlmodel import col, select

from qabot.framework.offsets import HOUR
from qabot.framework.steps import kept_ladder
from qabot.models import Deadline, LadderSnapshot, Notice, NoticeState
from qabot.models.notice import WAITING
from qabot.planning.occurrences import Mark, marks, occurrences
from qabot.workflows.core import lists
from qabot.workflows.core.running import as_open
from qabot.workflows.core.unit import Unit, due_anchors

MOVED = "the date was moved"
"""Why something that waited is not sent."""
OUT = (NoticeState.claimed, NoticeState.begun, NoticeState.sent, NoticeState.ambiguous)
"""It has left, or may have."""


def move(unit: Unit, deadline: Deadline, day: date, at: datetime | None = None, *, again: bool = False) -> None:
    """Give a deadline another day, and an hour of it or none; what counts from it counts anew.

    With `again` the steps that were said, and by the new dates are yet to come, are said again.
    """
    before = wanted(unit, deadline)
    deadline.due_on, deadline.due_at = day, at
    kept = {name: text for name, text in deadline.anchors.items() if name not in ("due", f"due{HOUR}")}
    anchors = {name: moment.isoformat() for name, moment in due_anchors(day, at).items()}
    deadline.anchors = {**kept, **anchors}
    if again:
        say_again(unit, deadline)
    follow(unit, deadline, before)
    unit.poke([deadline])
    unit.redraw_deadlines([deadline.id])


def wanted(unit: Unit, deadline: Deadline) -> dict[Mark, datetime]:
    """When (UTC) each step that was planned is wanted by the deadline's dates as they stand."""
    ladder = kept_ladder(unit.session.get_one(LadderSnapshot, deadline.ladder_id).body)
    known, calendar = as_open(deadline, ladder, unit.framework), unit.situation.calendar
    line = occurrences(ladder, known.anchors, deadline.opened_at, unit.now, calendar, known.fired)
    return {each.mark: each.moment for each in line if each.mark in known.fired}


def follow(unit: Unit, deadline: Deadline, before: Mapping[Mark, datetime], why: str = MOVED) -> None:
    """Plan anew what waits of the steps that had another time `before`: it would come on its old day.

    `why` is what is said of what is not sent.
    """
    now = wanted(unit, deadline) if before else {}
    fired = set(marks(deadline.fired))
    other = {mark for mark, moment in before.items() if mark in fired and now.get(mark) != moment}
    if not other:
        return
    of_steps = _of_steps(unit, deadline, other)
    alone = [each for each in of_steps if each.state in WAITING]
    listed = lists.waiting(unit, col(Deadline.id) == deadline.id)
    waiting = {Mark(each.step, each.slot) for each in alone} | {Mark(each.step, each.slot) for each in listed}
    waiting &= other
    if not waiting:
        return
    _plan_again(unit, deadline, waiting)
    for notice in of_steps:
        if Mark(notice.step, notice.slot) in waiting and notice.state not in OUT:
            _give_way(unit, notice, why)


def say_again(unit: Unit, deadline: Deadline, steps: Collection[str] | None = None, why: str = MOVED) -> None:
    """Let the steps, all or those of these names, that were said and are yet to come as things are be said again.

    What was sent of them keeps its place in the log and gives its key to the new notice; what still waits is not sent.
    """
    ahead = {mark for mark, moment in wanted(unit, deadline).items() if moment > unit.now}
    ahead = {each for each in ahead if steps is None or each.step in steps}
    if not ahead:
        return
    _plan_again(unit, deadline, ahead)
    for notice in _of_steps(unit, deadline, ahead):
        _give_way(unit, notice, why)


def _plan_again(unit: Unit, deadline: Deadline, steps: Collection[Mark]) -> None:
    deadline.fired = [each for each in marks(deadline.fired) if each not in steps]
    unit.poke([deadline])
    lists.give_way(unit, deadline.id, steps)


def _of_steps(unit: Unit, deadline: Deadline, steps: Collection[Mark]) -> list[Notice]:
    query = select(Notice).where(Notice.deadline_id == deadline.id, Notice.step != "")
    return [each for each in unit.session.exec(query).all() if Mark(each.step, each.slot) in steps]


def _give_way(unit: Unit, notice: Notice, why: str) -> None:
    notice.key = f"{notice.key}:moved:{notice.id}"
    unit.session.add(notice)
    unit.session.flush()
    if notice.state in WAITING:
        unit.supersede(why, col(Notice.id) == notice.id)
