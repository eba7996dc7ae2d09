"""The tick: what the programme wants today, and what every deadline wants that is due. May run twice, late or never."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Integer, bindparam, update
from sqlalchemy import select as select_rows
from sqlmodel import Session

from qabot.framework.schema import Framework
from qabot.framework.steps import Ladder, kept_ladder
from qabot.models import Deadline, DeadlineState, LadderSnapshot, Notice, NoticeState, Store, columns
from qabot.models.availability import is_away
from qabot.models.columns import UtcDateTime, insert_new, new_tokens, table
from qabot.models.notice import step_key
from qabot.models.reasons import Reason
from qabot.models.rows import PLANNED, PlannedRow
from qabot.planning.planner import OpenDeadline, Plan, PlannedNotice, plan
from qabot.rights import retaining
from qabot.workflows.core import lists
from qabot.workflows.core.notes import Note
from qabot.workflows.core.running import as_open
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import cycles
from qabot.workflows.verbs import leavers, nominees

log = structlog.get_logger()
BATCH = 200
POISON_WAIT = timedelta(hours=1)
_deadline = table(Deadline).c
DUE = (
    PLANNED.query()
    .where(_deadline.state == DeadlineState.open, _deadline.next_at <= bindparam("now", type_=UtcDateTime))
    .order_by(_deadline.next_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
"""The open deadlines that want something by now, the longest waiting first: one look into a partial index."""
NEXT = (
    select_rows(_deadline.next_at)
    .where(_deadline.state == DeadlineState.open, _deadline.next_at.is_not(None))
    .order_by(_deadline.next_at)
    .limit(1)
)
"""When a deadline next wants something."""


OF_NOTE = (
    *("key", "deadline_id", "step", "slot", "rule", "message", "lane", "recipient_id", "role", "subject_type"),
    *("subject_id", "params", "not_before", "alone", "attempt", "possible_repeat", "refused_by"),
)
"""What a new row of the outbox has of the note that was planned."""


FOLLOWING: dict[str, Callable[[Unit], object]] = {
    "what leavers had": leavers.move_on,
    "records of good practice": nominees.follow,
}
"""What is done once the programme has done a day, by what the log calls it."""


class Ticker:
    """Ticks on one database. Ladders are kept by their snapshot, which never changes."""

    def __init__(self, retention: Mapping[str, int] | None = None) -> None:
        """`retention`: how many days the council keeps kinds of data, where that is not our default."""
        self._aging = retaining.Aging(retention or {})
        self._ladders: dict[int, Ladder] = {}
        self._programme_at: datetime | None = None

    def ladder(self, session: Session, ladder_id: int) -> Ladder:
        """The ladder with which a deadline was opened."""
        if ladder_id not in self._ladders:
            row = session.get_one(LadderSnapshot, ladder_id)
            self._ladders[ladder_id] = kept_ladder(row.body)
        return self._ladders[ladder_id]

    def run_programme(self, unit: Unit) -> None:
        """Do what the programme wants on this day, unless it was put off."""
        if self._programme_at is None or unit.now >= self._programme_at:
            if cycles.run(unit):
                for follow in FOLLOWING.values():
                    follow(unit)
                self._retain(unit)
            else:
                cycles.note_hours(unit)
            self._programme_at = None

    def _retain(self, unit: Unit) -> None:
        """Let go what was kept long enough. Where that fails the day's work stands, and tomorrow it is tried again."""
        try:
            if not self._aging.is_anything_old(unit.session, unit.now):
                return
            with unit.session.begin_nested():
                retaining.run(unit.session, unit.now, self._aging.kept)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("what was kept long enough could not be let go", action="retention-failed")

    def run_part(self, unit: Unit, name: str) -> None:
        """Do one part of what the programme wants on this day, or what follows it."""
        if name in FOLLOWING:
            FOLLOWING[name](unit)
        else:
            cycles.run_part(unit, name)

    def put_programme_off(self, unit: Unit, why: str, failed: Sequence[str]) -> None:
        """Leave it for a while, and say why; `failed` are the parts that could not be done by themselves either."""
        unit.event("programme-failed", why=why, parts=list(failed))
        self._programme_at = unit.now + POISON_WAIT

    def plan_due(self, unit: Unit, limit: int = BATCH) -> int:
        """Plan the deadlines that are due, the longest waiting first; decision and notices in one transaction."""
        rows = PLANNED.read(unit.session, DUE, {"now": unit.now, "most": limit})
        changes, notices, listed = [], [], list[Note]()
        for row in rows:
            planned = self._plan(unit, row)
            changes.append(_change(row, planned))
            notices += [_notice(unit, row, each) for each in planned.notices if not each.listed]
            listed += [note_of(row, each) for each in planned.notices if each.listed]
            for step in planned.nobody:
                unit.event(
                    "nobody-to-tell",
                    subject=(row.subject_type, row.subject_id),
                    deadline=row.id,
                    rule=step,
                    why="no one holds the role, nor one above it",
                )
        _write(unit, changes, notices)
        lists.put(unit, listed)
        unit.redraw_newest(sorted({each["deadline_id"] for each in notices if each["lane"] == "alert"}))
        return len(rows)

    def _plan(self, unit: Unit, row: PlannedRow) -> Plan:
        try:
            return plan(self.open_deadline(unit.session, row, unit.framework), unit.situation, unit.now)
        except Exception as error:
            if is_away(error):
                raise
            # One broken row must not stop all others: it is put off, and the operator is told.
            log.exception("a deadline could not be planned", action="plan-failed", deadline=row.id)
            unit.event("plan-failed", deadline=row.id, rule=row.rule, why=f"{type(error).__name__}: {error}")
            return Plan(next_at=unit.now + POISON_WAIT)

    def open_deadline(self, session: Session, row: PlannedRow, framework: Framework) -> OpenDeadline:
        """A row as planning sees it."""
        return as_open(row, self.ladder(session, row.ladder_id), framework)


def next_deadline(session: Session) -> datetime | None:
    """When a deadline next wants something (UTC)."""
    rows = columns.run(session, NEXT)
    return rows[0][0] if rows else None


def _change(row: PlannedRow, planned: Plan) -> dict[str, Any]:
    fired = [*row.fired, *planned.fired]
    step = planned.fired[-1].step if planned.fired else row.step
    return {"b_id": row.id, "b_next": planned.next_at, "b_fired": fired, "b_step": step}


def note_of(row: PlannedRow, planned: PlannedNotice) -> Note:
    """What was planned of a deadline, as a notice that is not made yet."""
    step = planned.step
    return Note(
        key=step_key(row.id, step.name, planned.recipient.person_id, planned.slot),
        deadline_id=row.id,
        step=step.name,
        slot=planned.slot,
        rule=step.rule,
        message=step.send,
        lane=step.lane,
        recipient_id=planned.recipient.person_id,
        role=planned.recipient.role,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        params={"at_once": "yes"} if planned.at_once else {},
        reason=planned.reason,
        not_before=planned.not_before,
        alone=planned.alone,
    )


def _notice(unit: Unit, row: PlannedRow, planned: PlannedNotice) -> dict[str, Any]:
    note, overtaken = note_of(row, planned), planned.overtaken_by
    return {
        **{name: getattr(note, name) for name in OF_NOTE},
        "reason": f"overtaken by {overtaken}" if overtaken else note.reason,
        "state": (NoticeState.superseded if overtaken else NoticeState.planned).value,
        "created_at": unit.now,
        "closed_at": unit.now if overtaken else None,
        "wanted": 0,
        "drawn": 0,
    }


def _write(unit: Unit, changes: list[dict[str, Any]], notices: list[dict[str, Any]]) -> None:
    deadlines = table(Deadline)
    if changes:
        statement = (
            update(deadlines)
            .where(deadlines.c.id == bindparam("b_id"))
            .values(next_at=bindparam("b_next"), fired=bindparam("b_fired"), step=bindparam("b_step"))
        )
        unit.session.connection().execute(statement, changes)
    for notice, token in zip(notices, new_tokens(len(notices)), strict=True):
        notice["token"] = token
    insert_new(unit.session, Notice, notices)
    for notice in notices:
        if notice["state"] == NoticeState.superseded.value:
            unit.event(
                "superseded",
                deadline=notice["deadline_id"],
                rule=notice["rule"],
                why=notice["reason"],
                subject=(notice["subject_type"], notice["subject_id"]),
                recipient=notice["recipient_id"],
                reason=Reason.overtaken.value,
            )


async def tick(store: Store, ticker: Ticker, unit: Callable[[Session], Unit], *, batch: int = BATCH) -> int:
    """Run the programme, then plan batch after batch until nothing is due; the number of deadlines planned."""
    await _run_programme(store, ticker, unit)
    planned, count = 0, batch
    while count == batch:
        count = await store.run(lambda session: ticker.plan_due(unit(session), batch))
        planned += count
    return planned


async def _run_programme(store: Store, ticker: Ticker, unit: Callable[[Session], Unit]) -> None:
    """What the programme cannot do today holds up no alert, and no other part of it.

    It is tried again in an hour, and the operator is told.
    """
    try:
        await store.run(lambda session: ticker.run_programme(unit(session)))
    except Exception as error:
        if is_away(error):
            raise
        why = f"{type(error).__name__}: {error}"
        log.exception("the programme could not be run", action="programme-failed")
        failed = await _run_parts(store, ticker, unit)
        await store.run(lambda session: ticker.put_programme_off(unit(session), why, failed))


async def _run_parts(store: Store, ticker: Ticker, unit: Callable[[Session], Unit]) -> list[str]:
    """Do each part of the day's programme in a transaction of its own; the parts that cannot be done."""
    names = await store.run(lambda session: [*cycles.parts(unit(session).framework), *FOLLOWING])
    failed = []
    for name in names:

        def do(session: Session, part: str = name) -> None:
            ticker.run_part(unit(session), part)

        try:
            await store.run(do)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("a part of the programme could not be run", action="programme-failed", part=name)
            failed.append(name)
    return failed
