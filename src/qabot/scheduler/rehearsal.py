"""What a change, such as an import, would have qabot say: it is made, the day's programme runs, and all is undone.

What would be said is what `coming` says afterwards and did not say before: the planner's own plans, and no others.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

import structlog
from sqlmodel import Session

from qabot.framework.calendar import at_local
from qabot.models import Meta
from qabot.models.availability import is_away
from qabot.planning.directory import Directory
from qabot.scheduler.coming import coming
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import cycles

log = structlog.get_logger()
DAYS = 14
"""How many days from today, and today itself, are counted."""
EVERYBODY = 0
"""Reads of everybody's work: whoever imports has the whole file."""


@dataclass(frozen=True, slots=True)
class Said:
    """How often a person would be sent a message because of a change; less often than without it if below 0.

    `role` is that by which they get it; where it is theirs by name, the first that they hold ("" if none).
    """

    message: str
    role: str
    person: str
    person_id: int
    times: int


def rehearse(session: Session, unit: Callable[[Session], Unit], change: Callable[[Unit], object]) -> list[Said]:
    """What `change` would alter in what is sent on the next `DAYS` days if nobody answers meanwhile.

    Nothing of it stays. Whatever the change raises is raised.
    """
    before, _ = _said(session, unit, lambda _: None)
    after, people = _said(session, unit, change)
    after.subtract(before)
    return [
        Said(message, role or people.role(person), people.name(person), person, times)
        for (message, role, person), times in sorted(after.items())
        if times
    ]


@dataclass(frozen=True, slots=True)
class _People:
    """Everybody, as they are after a change that is undone."""

    directory: Directory
    roles: Sequence[str]
    today: date

    def name(self, person_id: int) -> str:
        return self.directory.name(person_id)

    def role(self, person_id: int) -> str:
        held = (name for name in self.roles if person_id in self.directory.holders(name, self.today))
        return next(held, "")


def _said(
    session: Session, unit: Callable[[Session], Unit], change: Callable[[Unit], object]
) -> tuple[Counter[tuple[str, str, int]], _People]:
    """How often who is sent what after a change, and everybody as they are then."""
    with session.begin_nested() as undone:
        change(unit(session))
        now = unit(session)
        _run_programme(now)
        until = at_local(now.today + timedelta(days=DAYS + 1), time(0, 0))
        messages = Counter((each.message, each.role, each.person_id) for each in coming(now, EVERYBODY, until))
        undone.rollback()
    return messages, _People(now.directory, tuple(now.framework.roles), now.today)


def _run_programme(unit: Unit) -> None:
    """What the day wants, also if it is done already: tomorrow's run will see the change, and is the same."""
    done = unit.session.get(Meta, cycles.DONE_UNTIL)
    if done is not None and done.value >= unit.today.isoformat():
        done.value = (unit.today - timedelta(days=1)).isoformat()
        unit.session.add(done)
    try:
        with unit.session.begin_nested():
            cycles.run(unit)
    except Exception as error:
        if is_away(error):
            raise
        # As in the tick: what the programme cannot do today keeps nothing else from being said.
        log.exception("the programme could not be rehearsed", action="programme-failed")
