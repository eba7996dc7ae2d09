"""What the planner would say of an open deadline on the days to come, if nobody answered: its own plans, in advance."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Foresight:
    """What was foreseen of a deadline, and until when (UTC) of that day it would be foreseen again in the same words.

    That is the first moment at which anything is planned: up to then nothing but the day enters into a plan.
    """

    notices: tuple[PlannedNotice, ...]
    holds_until: datetime


def foresee(deadline: OpenDeadline, situation: Situation, now: datetime, until: datetime) -> Foresight:
    """The same as `forecast` says, to be kept."""
    first = plan(deadline, situation, now)
    holds_until = now if first.fired else first.next_at or until
    return Foresight(tuple(forecast(deadline, situation, now, until)), holds_until)
