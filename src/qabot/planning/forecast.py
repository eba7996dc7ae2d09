"""What the planner would say of an open deadline on the days to come, if nobody answered: its own plans, in advance."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from qabot.planning.planner import OpenDeadline, PlannedNotice, Situation, plan


def forecast(deadline: OpenDeadline, situation: Situation, now: datetime, until: datetime) -> Iterator[PlannedNotice]:
    """The notices that will be planned from `now` up to `until` (UTC), in the order in which they are.

    Each is planned at the moment at which it will be, by `plan` itself: there is no second rule for what is sent.
    """
    moment: datetime | None = now
    while moment is not None and moment <= until:
        planned = plan(deadline, situation, moment)
        yield from (each for each in planned.notices if each.overtaken_by is None)
        deadline = replace(deadline, fired=deadline.fired | frozenset(planned.fired))
        moment = planned.next_at
