"""What will be sent on the next days, as things stand: what waits to go, and what the planner says of each deadline.

Both go through the objections of the re-check as of the moment at which they would be sent, as they will then.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, CompoundSelect, not_, or_, union_all
from sqlmodel import col, select

from qabot.delivery.queries import LANES
from qabot.delivery.recheck import objection
from qabot.framework.steps import kept_ladder
from qabot.models import Deadline, DeadlineState, LadderSnapshot, Notice, NoticeState
from qabot.models.availability import is_away
from qabot.models.look_up import by_id
from qabot.models.notice import DIGEST, is_held
from qabot.models.rows import DEADLINES, PLANNED, DeadlineRow, NoticeRow, PlannedRow
from qabot.planning.forecast import Foresight, foresee
from qabot.planning.planner import PlannedNotice
from qabot.scheduler.tick import note_of
from qabot.workflows.access.kept import is_shown, kept_from
from qabot.workflows.core import lists
from qabot.workflows.core.notes import Note
from qabot.workflows.core.running import as_open
from qabot.workflows.core.unit import Unit

log = structlog.get_logger()


KEPT = tuple(each.name for each in fields(Note) if each.name not in ("not_before", "carrier_id"))
"""What a note of a row has of it."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One notice to come. `at` (UTC) is when it may go at the earliest; `kind` is that of its deadline, "" without.

    `alone`: it goes by itself and not in the person's daily message. `deadline` is the id of its deadline,
    `note` the notice itself, for its person.
    """

    at: datetime
    person_id: int
    role: str
    message: str
    lane: str
    rule: str
    reason: str
    alone: bool
    kind: str
    subject: tuple[str, int]
    note: Note
    deadline: int | None = None


Foreseen = tuple[Note, DeadlineRow | None]
MEMORY, MOST_KEPT = "foreseen", 5000
"""Of how many deadlines what was foreseen is kept beside the situation, and under which name."""


def coming(unit: Unit, reader_id: int, until: datetime) -> list[Coming]:
    """What goes to whom before `until` (UTC) if nobody answers meanwhile, soonest first.

    Nothing of surveys, nor of what this reader must not know. What opens only meanwhile is not known yet.
    """
    by_key: dict[tuple[object, ...], Coming] = {}
    to_plan = list(_to_plan(unit, reader_id, until))
    # What is held back or was said before its time is there already.
    made = _made(unit, [note.key for note, _ in to_plan])
    to_plan = [each for each in to_plan if each[0].key not in made]
    moments: dict[datetime, Unit] = {}
    for notice, deadline in (*_waiting(unit, reader_id, until), *to_plan):
        then = moments.get(notice.not_before) or moments.setdefault(
            notice.not_before, replace(unit, now=notice.not_before)
        )
        for each in _rechecked(then, notice, deadline):
            # Of several steps of one deadline that wait for the same message each person gets the latest.
            key = (notice.deadline_id, each.person_id, each.at) if notice.step else (notice.key, each.person_id)
            by_key[key] = each
    return sorted((each for each in by_key.values() if each.at < until), key=lambda each: (each.at, each.person_id))


def _rechecked(unit: Unit, notice: Note, deadline: DeadlineRow | None) -> Iterator[Coming]:
    """What becomes of it at its moment, the unit's: it goes, it waits, it goes to somebody else, or it does not go."""
    verdict = objection(unit, notice, deadline)
    if verdict is None:
        yield _line(notice, deadline, notice.not_before, notice.recipient_id, notice.role)
    elif verdict.hold is not None:
        yield _line(notice, deadline, verdict.hold, notice.recipient_id, notice.role)
    else:
        for each in verdict.instead:
            yield _line(notice, deadline, notice.not_before, each.person_id, each.role)


def _line(notice: Note, deadline: DeadlineRow | None, at: datetime, person_id: int, role: str) -> Coming:
    return Coming(
        at=at,
        person_id=person_id,
        role=role,
        message=notice.message,
        lane=notice.lane,
        rule=notice.rule,
        reason=notice.reason,
        alone=notice.alone or notice.lane == "alert",
        kind=deadline.kind if deadline is not None else "",
        subject=(notice.subject_type, notice.subject_id),
        note=notice if notice.recipient_id == person_id else replace(notice, recipient_id=person_id, role=role),
        deadline=notice.deadline_id,
    )


def _waiting(unit: Unit, reader_id: int, until: datetime) -> Iterator[Foreseen]:
    """What is planned already and has not left."""
    query = (
        select(Notice)
        .outerjoin(Deadline, col(Deadline.id) == col(Notice.deadline_id))
        .where(
            or_(col(Notice.id).in_(_unsent()), col(Notice.carrier_id).in_(_unsent())),
            Notice.state == NoticeState.planned,
            Notice.message != DIGEST,
            Notice.subject_type != "survey",
            col(Notice.not_before) < until,
            not_(kept_from(unit, Notice, reader_id)),
            or_(col(Notice.deadline_id).is_(None), is_shown(unit, reader_id, own=False)),
        )
    )
    alone = [each for each in unit.session.exec(query.order_by(col(Notice.id))) if not lists.is_list(each)]
    which = (
        col(Notice.state) == NoticeState.planned,
        col(Notice.not_before) < until,
        is_shown(unit, reader_id, own=False),
    )
    notices: list[NoticeRow] = [*alone, *lists.waiting(unit, *which)]
    numbers = sorted({each.deadline_id for each in notices if each.deadline_id is not None})
    deadlines = {each.id: each for each in DEADLINES.among(unit.session, "id", numbers)}
    for each in notices:
        yield _at(each, max(unit.now, each.not_before)), by_id(deadlines, each.deadline_id)


def _unsent() -> CompoundSelect[Any]:
    """The ids of what has not left yet and is in no digest, each part from its own small index: what was sent in years
    is not looked at. What is in a digest is found by it."""
    alone = (Notice.state == NoticeState.planned, col(Notice.carrier_id).is_(None))
    return union_all(
        *[select(Notice.id).where(*alone, Notice.lane == lane) for lane in LANES],
        # Of the others only digests carry anything; naming the message keeps SQLite in these small indexes as well.
        *[
            select(Notice.id).where(state, Notice.message == DIGEST)
            for state in (is_held(col(Notice.state)), col(Notice.state) == NoticeState.held)
        ],
    )


def _at(notice: NoticeRow, at: datetime) -> Note:
    """The same at another moment."""
    return Note(**{name: getattr(notice, name) for name in KEPT}, not_before=at)


def _to_plan(unit: Unit, reader_id: int, until: datetime) -> Iterator[Foreseen]:
    """What the planner will say of each open deadline."""
    which: Iterable[ColumnElement[bool]] = (
        col(Deadline.state) == DeadlineState.open,
        col(Deadline.next_at) < until,
        is_shown(unit, reader_id, own=False),
    )
    rows = PLANNED.read(unit.session, PLANNED.query().where(*which).order_by(col(Deadline.id)))
    snapshots = select(LadderSnapshot).where(col(LadderSnapshot.id).in_({each.ladder_id for each in rows}))
    ladders = {each.id: each.body for each in (unit.session.exec(snapshots) if rows else ())}
    for row in rows:
        for each in _planned(unit, row, ladders[row.ladder_id], until):
            yield note_of(row, each), row


def _made(unit: Unit, keys: Sequence[str]) -> set[str]:
    """Which of these notices are there already."""
    return set(unit.session.exec(select(Notice.key).where(col(Notice.key).in_(keys))))


def _planned(unit: Unit, row: PlannedRow, body: dict[str, Any], until: datetime) -> Sequence[PlannedNotice]:
    """The plans of one deadline: those of the last time, while nothing has changed that enters into them."""
    memory = unit.situation.memory
    said = tuple(getattr(row, name) for name in PLANNED.names), unit.today, until
    known: tuple[object, Foresight] | None = memory.get((MEMORY, row.id))
    if known is None or known[0] != said or unit.now >= known[1].holds_until:
        try:
            ladder = kept_ladder(body)
            foresight = foresee(as_open(row, ladder, unit.framework), unit.situation, unit.now, until)
        except Exception as error:
            if is_away(error):
                raise
            # One broken row must not hide all others; the tick says of it that it cannot be planned.
            log.exception("a deadline could not be foreseen", action="plan-failed", deadline=row.id)
            return []
        if len(memory) > MOST_KEPT:
            memory.clear()
        known = memory[MEMORY, row.id] = said, foresight
    return known[1].notices
