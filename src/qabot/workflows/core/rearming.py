"""A date was moved: the reminders that count from it come again in their new time, though they were sent before."""

from sqlmodel import col, select

from qabot.framework.steps import kept_ladder
from qabot.models import Deadline, LadderSnapshot, Notice, NoticeState
from qabot.planning.occurrences import Mark, marks, occurrences
from qabot.workflows.core import lists
from qabot.workflows.core.running import as_open
from qabot.workflows.core.unit import Unit


def arm_again(unit: Unit, deadline: Deadline) -> None:
    """Let the steps that were said, and by the deadline's new dates are yet to come, be said again.

    What was sent of them keeps its place in the log and gives its key to the new notice; what still waits is not sent.
    """
    ladder = kept_ladder(unit.session.get_one(LadderSnapshot, deadline.ladder_id).body)
    known, calendar = as_open(deadline, ladder, unit.framework), unit.situation.calendar
    line = occurrences(ladder, known.anchors, deadline.opened_at, unit.now, calendar, known.fired)
    ahead = {each.mark for each in line if each.mark in known.fired and each.moment > unit.now}
    if not ahead:
        return
    deadline.fired = [each for each in marks(deadline.fired) if each not in ahead]
    unit.poke([deadline])
    lists.give_way(unit, deadline.id, ahead)
    query = select(Notice).where(Notice.deadline_id == deadline.id, Notice.step != "")
    for notice in unit.session.exec(query).all():
        if Mark(notice.step, notice.slot) in ahead:
            _give_way(unit, notice)


def _give_way(unit: Unit, notice: Notice) -> None:
    notice.key = f"{notice.key}:moved:{notice.id}"
    unit.session.add(notice)
    unit.session.flush()
    if notice.state in (NoticeState.planned, NoticeState.held):
        unit.supersede("the date was moved", col(Notice.id) == notice.id)
