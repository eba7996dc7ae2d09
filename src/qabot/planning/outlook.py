"""A deadline's ladder as people see it: what was done, what is next, what is to come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qabot.planning.occurrences import occurrences
from qabot.planning.planner import OpenDeadline, Situation

State = Literal["done", "next", "to come", "not needed"]


@dataclass(frozen=True, slots=True)
class StepView:
    """One step on the line."""

    rule: str
    slot: str
    message: str
    to: tuple[str, ...]
    at: datetime
    state: State


def outlook(deadline: OpenDeadline, situation: Situation, now: datetime, *, closed: bool = False) -> list[StepView]:
    """The steps in order of time. Repeats are shown as far as the next one; roles by their titles."""
    found = occurrences(deadline.ladder, deadline.anchors, deadline.opened_at, now, situation.calendar, deadline.fired)
    line: list[StepView] = []
    waiting = True
    for each in found:
        state: State = "done" if each.mark in deadline.fired else "not needed" if closed else "to come"
        if state == "to come" and waiting:
            state, waiting = "next", False
        titles = tuple(_title(name, situation) for name in each.step.to)
        line.append(StepView(each.step.rule, each.slot, each.step.send, titles, each.moment, state))
    return line


def _title(name: str, situation: Situation) -> str:
    role = situation.framework.roles.get(name)
    return role.title if role else name.replace("-", " ").capitalize()
