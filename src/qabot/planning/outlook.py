"""A deadline's ladder as people see it: what was done, what is next, what is to come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Literal

from qabot.framework.vocabulary import CALLED
from qabot.planning.occurrences import Mark, occurrences
from qabot.planning.planner import OpenDeadline, Situation, alert_moment, people_of

State = Literal["done", "on its way", "next", "to come", "not needed"]


@dataclass(frozen=True, slots=True)
class StepView:
    """One step on the line. Of what was said `times` again and again, `at` is the first time and `last` the newest."""

    rule: str
    slot: str
    message: str
    to: tuple[str, ...]
    at: datetime
    state: State
    times: int = 1
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comes next while nobody answers: when (UTC), and the ids of those who are told then."""

    at: datetime
    people: tuple[int, ...]


def ahead(deadline: OpenDeadline, situation: Situation, now: datetime) -> Ahead | None:
    """The next moment at which anybody is told, and whom all its steps tell; None if none is to come."""
    line = occurrences(deadline.ladder, deadline.anchors, deadline.opened_at, now, situation.calendar, deadline.fired)
    to_come = [each for each in line if each.mark not in deadline.fired and each.moment > now]
    for moment, steps in groupby(to_come, lambda each: each.moment):
        upcoming = list(steps)
        people = [person.person_id for each in upcoming for person in people_of(each, deadline, situation, moment)]
        if people:
            at = alert_moment(situation, moment) if any(each.step.lane == "alert" for each in upcoming) else moment
            return Ahead(at, tuple(dict.fromkeys(people)))
    return None


def outlook(
    deadline: OpenDeadline,
    situation: Situation,
    now: datetime,
    *,
    waiting_to_go: Collection[Mark] = (),
    closed: bool = False,
) -> list[StepView]:
    """The steps in order of time. Repeats are shown as far as the next one; roles by their titles.

    `waiting_to_go` are the marks of the steps that were planned and are not sent to everybody yet.
    """
    steps = occurrences(deadline.ladder, deadline.anchors, deadline.opened_at, now, situation.calendar, deadline.fired)
    line: list[StepView] = []
    waiting = True
    for each in steps:
        state: State = "done" if each.mark in deadline.fired else "not needed" if closed else "to come"
        if state == "done" and each.mark in waiting_to_go:
            state = "on its way"
        if state == "to come" and waiting:
            state, waiting = "next", False
        titles = tuple(dict.fromkeys(_title(name, situation) for name in each.step.to))
        line.append(StepView(each.step.rule, each.slot, each.step.send, titles, each.moment, state))
    return line


def folded(line: Sequence[StepView]) -> list[StepView]:
    """The line with what was said again and again as one step: an alert that waits for weeks is said each day."""
    shown: dict[tuple[str, str, tuple[str, ...], str], StepView] = {}
    for each in line:
        key = each.rule, each.message, each.to, "" if each.state == "done" else each.slot
        known = shown.get(key)
        shown[key] = each if known is None else replace(known, times=known.times + 1, last=each.at)
    return list(shown.values())


def _title(name: str, situation: Situation) -> str:
    role = situation.framework.roles.get(name)
    return role.title if role else CALLED.get(name) or name.replace("-", " ").capitalize()
