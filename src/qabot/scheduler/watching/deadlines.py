"""Open deadlines that planning should have looked at and did not; and those whose duty has changed under them."""

from collections.abc import Iterator
from datetime import timedelta

import structlog
from sqlalchemy import and_, or_, update
from sqlmodel import col, func, select

from qabot.messaging.values import join_and, plural
from qabot.models import Audit, AuditState, Deadline, DeadlineState, Event, Occasion, OccasionState
from qabot.models.columns import table
from qabot.models.rows import PLANNED
from qabot.planning.planner import plan
from qabot.scheduler.tick import Ticker
from qabot.scheduler.watching.findings import Finding
from qabot.scheduler.watching.outbox import LATE
from qabot.workflows.core import messages_before
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day
from qabot.workflows.programme import strange_results

log = structlog.get_logger()
MOST = 200
"""So many deadlines that want nothing any more are asked about in one look; the next look goes on behind them."""
FAILED = {
    "plan-failed": timedelta(hours=2),
    "programme-failed": timedelta(hours=2),
    "late-failed": timedelta(hours=25),
    "duty-failed": timedelta(hours=25),
}
"""What could not be planned, and for how long that is worth a word: the first two are tried again each hour."""


class Deadlines:
    """Looks at them. It remembers how far it came with those that want nothing."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self._behind = 0

    def look(self, unit: Unit) -> Iterator[Finding]:
        """Everything about deadlines."""
        open_ = col(Deadline.state) == DeadlineState.open
        late = (open_, col(Deadline.next_at) <= unit.now - LATE)
        count, since = unit.session.exec(select(func.count(), func.min(Deadline.next_at)).where(*late)).one()
        if since is not None:
            what = plural(count, "open deadline has", "open deadlines have")
            yield Finding("deadlines-overdue", f"{what} not been looked at in time.", since)
        yield from self._forgotten(unit)
        yield from _failed(unit)
        yield from _changed(unit)

    def _forgotten(self, unit: Unit) -> Iterator[Finding]:
        """A deadline without a next moment whose ladder still has something to say is looked at in the next round."""
        query = (
            PLANNED.query()
            .where(
                col(Deadline.state) == DeadlineState.open,
                col(Deadline.next_at).is_(None),
                col(Deadline.id) > self._behind,
            )
            .order_by(col(Deadline.id))
            .limit(MOST)
        )
        rows = PLANNED.read(unit.session, query)
        self._behind = rows[-1].id if len(rows) == MOST else 0
        forgotten = []
        for row in rows:
            known = self._ticker.open_deadline(unit.session, row, unit.framework)
            fresh_plan = plan(known, unit.situation, unit.now)
            if fresh_plan.next_at is not None or fresh_plan.notices:
                forgotten.append(row.id)
        if forgotten:
            again = update(table(Deadline)).where(table(Deadline).c.id.in_(forgotten)).values(next_at=unit.now)
            unit.session.connection().execute(again)
            log.error(
                "Deadlines were forgotten, and are looked at now.", action="deadlines-mended", deadlines=forgotten
            )
            what = plural(len(forgotten), "open deadline was", "open deadlines were")
            yield Finding("deadlines-forgotten", f"{what} forgotten by planning.", unit.now, repaired=True)


def _failed(unit: Unit) -> Iterator[Finding]:
    recent = (and_(col(Event.what) == what, col(Event.at) > unit.now - since) for what, since in FAILED.items())
    count, since = unit.session.exec(select(func.count(), func.min(Event.at)).where(or_(*recent))).one()
    if count:
        what = plural(count, "time", "times")
        yield Finding("planning-failed", f"Something could not be planned {what} lately.", since)


def _changed(unit: Unit) -> Iterator[Finding]:
    """What is open stays as it opened; a duty, an activity or a role that is gone from the file is worth a word."""
    query = (
        select(Deadline.kind, func.count(), func.min(Deadline.opened_at))
        .where(Deadline.state == DeadlineState.open)
        .group_by(Deadline.kind)
    )
    known = set(unit.framework.kinds())
    for kind, count, _ in unit.session.exec(query):
        if kind not in known:
            what = plural(count, "deadline is", "deadlines are")
            yield Finding(
                "framework-changed",
                f"The framework has no duty {kind} any more, and {what} open that it opened.",
                unit.now,
                kind,
            )
    yield from _without_activity(unit)
    yield from _without_role(unit)
    yield from _strange_results(unit)
    yield from _without_gathering(unit)
    for name, (instead, count) in messages_before.still_sent(unit).items():
        yield Finding("framework-changed", messages_before.said(name, instead, count), unit.now, f"message {name}")


def _without_activity(unit: Unit) -> Iterator[Finding]:
    """Work that waits for its answers, and that the file no longer has: what follows from it is gone too."""
    query = select(Audit.activity, func.count()).where(Audit.state == AuditState.allocated).group_by(Audit.activity)
    for activity, count in unit.session.exec(query):
        if activity not in unit.framework.activities:
            what = plural(count, "piece of it is", "pieces of it are")
            said = (
                f"The framework has no activity {activity} any more, and {what} open. It can be sent in as it was "
                "asked; of what follows, only alerts are raised."
            )
            yield Finding("framework-changed", said, unit.now, f"activity {activity}")


def _without_role(unit: Unit) -> Iterator[Finding]:
    """People who hold what is a role no more: nothing goes to them by it."""
    for role, holdings in unit.directory.roles.items():
        held = (each.person_id for each in holdings if each.holds_on(unit.today))
        people = {each for each in held if (staff := unit.directory.person(each)) is not None and staff.active}
        if role not in unit.framework.roles and people:
            what = plural(len(people), "person holds", "people hold")
            said = f"The framework has no role {role} any more, and {what} it: nothing goes to them by it."
            yield Finding("framework-changed", said, unit.now, f"role {role}")


def _without_gathering(unit: Unit) -> Iterator[Finding]:
    """Days to come of what the file has no more: they stay planned, and nobody may know."""
    known = {*unit.framework.gatherings, *unit.framework.events}
    planned = Occasion.state == OccasionState.planned, Occasion.day >= unit.today, col(Occasion.thing).not_in(known)
    query = select(Occasion.thing, func.count(), func.min(Occasion.day)).where(*planned)
    for thing, count, first in unit.session.exec(query.group_by(Occasion.thing)):
        days = f"{plural(count, 'day of it is', 'days of it are')} planned, the first on {say_day(first)}"
        said = f"The framework has no {thing} any more, and {days}. Cancel what is not to be, on its page."
        yield Finding("framework-changed", said, unit.now, f"gathering {thing}")


def _strange_results(unit: Unit) -> Iterator[Finding]:
    """People whose next work goes by a result that the file does not know: it may be due later than was said."""
    for name, results in strange_results.counted(unit).items():
        activity = unit.framework.activities[name]
        people = plural(sum(results.values()), "person", "people")
        said = (
            f"The last {activity.title} about {people} came to what the framework does not know any more "
            f"({join_and(sorted(results))}): the next is due as “else” says. Ask for one where that is too late."
        )
        yield Finding("framework-changed", said, unit.now, f"results {name}")
