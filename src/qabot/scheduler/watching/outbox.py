"""What should have left and has not: notices and copies of cards. What can be repaired is."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, func, select

from qabot.delivery.processes import adopt
from qabot.messaging.values import plural
from qabot.models import Notice, NoticeState, is_held
from qabot.models.columns import table
from qabot.scheduler.watching.findings import Finding
from qabot.workflows.core.unit import Unit

LATE = timedelta(minutes=15)
"""How long after its time something is overdue: the rounds come each ten seconds."""
RECENT = timedelta(hours=24)
"""So long a notice that reached nobody is told of."""
UNDRAWN = "its card could not be drawn"


class Outbox:
    """Looks at it. It remembers which copies were stale in the look before: their rows do not say since when."""

    def __init__(self) -> None:
        self._stale: Mapping[int, int] = {}

    def look(self, unit: Unit, closed: Collection[str]) -> Iterator[Finding]:
        """Everything about notices and cards. `closed`: chats for which copies wait."""
        yield from _overdue(unit)
        if orphans := adopt(unit):
            what = plural(orphans, "notice was", "notices were")
            yield Finding("notices-orphaned", f"{what} held by a process that is gone.", unit.now, repaired=True)
        yield from _ended(unit)
        yield from self._lost_redraws(unit, closed)

    def _lost_redraws(self, unit: Unit, closed: Collection[str]) -> Iterator[Finding]:
        """A copy is lost if its next try is long past, or if it has none and nothing became of it since the last look.

        Those of a chat that is away wait for it.
        """
        rows = unit.session.exec(
            select(Notice.id, Notice.wanted, Notice.redraw_at, Notice.adapter).where(
                col(Notice.wanted) > col(Notice.drawn),
                col(Notice.message_id).is_not(None),
                col(Notice.state) == NoticeState.sent,
            )
        ).all()
        waiting = {number: state for number, state, at, _ in rows if at is None}
        lost = [
            number
            for number, state, at, adapter in rows
            if adapter not in closed and (self._stale.get(number) == state if at is None else at <= unit.now - LATE)
        ]
        self._stale = waiting
        if lost:
            again = update(table(Notice)).where(col(Notice.id).in_(lost)).values(redraw_at=None, redraw_attempt=0)
            unit.session.connection().execute(again)
            what = plural(len(lost), "card does", "cards do")
            sentence = f"{what} not show what is true now; that is tried again."
            yield Finding("redraws-lost", sentence, unit.now, repaired=True)


def _overdue(unit: Unit) -> Iterator[Finding]:
    """A notice that is held for a reason has another state, or a later time: this is what has none."""
    count, since = _count(
        unit.session,
        func.min(Notice.not_before),
        or_(col(Notice.state) == NoticeState.planned, is_held(col(Notice.state))),
        col(Notice.carrier_id).is_(None),
        col(Notice.not_before) <= unit.now - LATE,
    )
    if count:
        yield Finding("notices-overdue", f"{plural(count, 'notice is', 'notices are')} due and did not go.", since)


def _ended(unit: Unit) -> Iterator[Finding]:
    recent = col(Notice.closed_at) > unit.now - RECENT
    failed = (col(Notice.state) == NoticeState.failed, recent)
    cases: list[tuple[str, Callable[[str], str], tuple[Any, ...]]] = [
        (
            "notices-ambiguous",
            lambda what: f"In the last day {what} may not have arrived: the platform's answer was lost.",
            (col(Notice.state) == NoticeState.ambiguous, recent),
        ),
        ("notices-failed", lambda what: f"In the last day {what} reached nobody.", (*failed, Notice.reason != UNDRAWN)),
    ]
    for kind, say, where in cases:
        count, since = _count(unit.session, func.min(Notice.closed_at), *where)
        if count:
            yield Finding(kind, say(plural(count, "notice", "notices")), since)
    undrawn = (
        select(Notice.message, func.count(), func.min(Notice.closed_at))
        .where(*failed, Notice.reason == UNDRAWN)
        .group_by(Notice.message)
    )
    for message, count, first in unit.session.exec(undrawn):
        sentence = f"The message {message} could not be drawn: {plural(count, 'card', 'cards')} in a day."
        yield Finding("card-undrawable", sentence, first or unit.now, message)


def _count(session: Session, since: Any, *where: Any) -> tuple[int, datetime]:
    count, oldest = session.exec(select(func.count(), since).select_from(Notice).where(*where)).one()
    return count, oldest
