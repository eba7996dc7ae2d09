"""Retention: what is older than its kind is kept goes, once a day. What is held stays, and what is still open.

Times count from when something was over: a message was sent, an absence ended, a survey closed, a piece of work was
final and nothing more was owed about it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from qabot.framework.calendar import local_day
from qabot.models import (
    Absence,
    AccountClash,
    Audit,
    Deadline,
    DeadlineState,
    EndedSession,
    Event,
    ListLine,
    Nomination,
    Notice,
    PendingLink,
    Receipt,
    SurveyComment,
    SurveyRound,
    SurveySheet,
    UsedLink,
)
from qabot.models.columns import table
from qabot.models.notice import FINAL
from qabot.rights import audit_records, holds, log, marks
from qabot.rights.erasing import ERASED, WITHDRAWN
from qabot.rights.kinds import KINDS, TABLES, KindName
from qabot.workflows.core.covering import cover_over

DELIVERY = (
    "sent",
    "test-sent",
    "pilot-widened",
    "held",
    "superseded",
    "answer-lost",
    "late-answer",
    "refused",
    "failed",
    "nobody-to-tell",
    "chat-away",
    "chat-back",
    "brought-back",
    "redraw-ended",
    "signed-in",
    "signed-out",
    "link-made",
    "sessions-ended",
    "sign-on-refused",
    "identity-bound",
    "identity-clash",
    "identity-refused",
    "identity-forgotten",
    "glass-broken",
    "link-refused",
    "press-refused",
    "press-unknown",
    "stranger",
    "stranger-refused",
    "text-blocked",
    "person-page-read",
    "record-read",
    "survey-read",
    "log-exported",
    "coming-exported",
    "owed-exported",
    "notices-exported",
    "people-exported",
    "actions-exported",
    "team-exported",
    "figures-exported",
    "report-exported",
    "council-exported",
    "today-exported",
    "gatherings-exported",
    "reports-exported",
    "good-practice-exported",
    "surveys-exported",
    "administration-exported",
)
"""The events that say who was told and who looked. All others are of the audits' record, and stay with it."""


_AGES: dict[KindName, Sequence[tuple[type[SQLModel], str]]] = {
    "absences": ((Absence, "to_on"),),
    "sign-ins": (
        (UsedLink, "used_at"),
        (EndedSession, "ended_at"),
        (PendingLink, "made_at"),
        (AccountClash, "settled_at"),
        (Receipt, "at"),
    ),
    "nominations": ((Nomination, "submitted_at"),),
    "survey-answers": ((SurveyRound, "closed_at"),),
    "delivery-log": ((Event, "at"), (Notice, "created_at")),
    "audit-record": ((Audit, "allocated_at"),),
}
"""By which column each kind ages; nothing of it goes while that is younger."""


def _key(kind: str) -> str:
    return f"before_{kind.replace('-', '_')}"


def _any_old(*, but: type[SQLModel] | None = None) -> Select[Any]:
    return select(
        or_(
            exists().where(col(Nomination.state) == WITHDRAWN, col(Nomination.what) != ERASED),
            *(
                exists().where(table(model).columns[at] < bindparam(_key(kind), type_=table(model).columns[at].type))
                for kind, ages in _AGES.items()
                for model, at in ages
                if model is not but
            ),
        )
    )


_ANY_OLD, _ANY_OLD_BUT_NOTICES = _any_old(), _any_old(but=Notice)
_OLDEST_NOTICE = select(func.min(table(Notice).c.created_at))
LOOK_EVERY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Due:
    """Rows whose time is over. `words`: the row stays, without these columns' words."""

    kind: KindName
    model: type[SQLModel]
    condition: ColumnElement[bool]
    words: Mapping[str, Any] | None = None

    @property
    def what(self) -> str:
        """What they are, for people."""
        title = TABLES[self.model].title
        return f"the words of {title}" if self.words else title


@dataclass(frozen=True, slots=True)
class Gone:
    """How many rows of a kind go, or have gone. `days`: how long they are kept; None for ever."""

    kind: KindName
    what: str
    count: int
    days: int


def days_of(kept: Mapping[str, int]) -> dict[KindName, int | None]:
    """How long each kind is kept: by default, or as the council sets it."""
    return {name: kept.get(name, kind.days) for name, kind in KINDS.items()}


class Aging:
    """Whether anything may have to go: asked each day, and on most of them nothing has.

    No index finds the oldest message (it would cost each delivery), so once a week all are looked through, and until
    the oldest of them is old no more. That was a second of each month of a simulated year (`bench_simulate.py`).
    """

    def __init__(self, kept: Mapping[str, int]) -> None:
        """`kept`: how many days the council keeps kinds of data, where that is not our default."""
        self.kept = kept
        self._young: tuple[datetime, datetime] | None = None
        """From when and until when (UTC) no message is old."""

    def is_anything_old(self, session: Session, now: datetime) -> bool:
        """The same as `is_anything_old` says."""
        if self._young is not None and self._young[0] <= now < self._young[1]:
            return is_anything_old(session, now, self.kept, notices=False)
        days, oldest = days_of(self.kept)["delivery-log"], session.execute(_OLDEST_NOTICE).scalar_one()
        until = now + LOOK_EVERY
        self._young = now, min(until, oldest + timedelta(days=days)) if oldest is not None and days else until
        return is_anything_old(session, now, self.kept)


def is_anything_old(session: Session, now: datetime, kept: Mapping[str, int], *, notices: bool = True) -> bool:
    """Whether anything may have to go, by its age: one statement, where `run` is twenty, on most days for nothing.

    `notices`: whether messages are looked at too.
    """
    moments = {name: now - timedelta(days=days) for name, days in days_of(kept).items() if days is not None}
    values = {name: local_day(at) if name == "absences" else at for name, at in moments.items()}
    return bool(
        session.execute(
            _ANY_OLD if notices else _ANY_OLD_BUT_NOTICES, {_key(name): values.get(name) for name in _AGES}
        ).scalar_one()
    )


def plan(session: Session, now: datetime, kept: Mapping[str, int]) -> list[Gone]:
    """What would go now. Nothing is changed."""
    days = days_of(kept)
    return [Gone(due.kind, due.what, _count(session, due), days[due.kind] or 0) for due in _dues(session, now, days)]


def run(session: Session, now: datetime, kept: Mapping[str, int]) -> list[Gone]:
    """Let it go, and note how much of what in the log.

    The line that says so comes first: SQLite gives the number of the newest line to the next one once that line is
    gone, and a number that stands in the chain twice looks like tampering.
    """
    days, gone = days_of(kept), []
    line = log.record("retention-run", session, now, why="older than it is kept")
    session.flush()
    for due in _dues(session, now, days):
        gone.append(Gone(due.kind, due.what, _let_go(session, due, now), days[due.kind] or 0))
    if counts := {each.what: each.count for each in gone if each.count}:
        line.detail = {"gone": counts}
    else:
        session.delete(line)
    session.flush()
    return gone


def _count(session: Session, due: Due) -> int:
    return int(session.execute(select(func.count()).select_from(table(due.model)).where(due.condition)).scalar_one())


def _let_go(session: Session, due: Due, now: datetime) -> int:
    rows = table(due.model)
    if due.model is Event:
        return marks.let_go(session, due.condition, now)
    if due.model is Absence:
        cover_over(session, col(Notice.absence_id).in_(select(col(Absence.id)).where(due.condition)))
    if due.kind == "audit-record":
        audit_records.part_with(session, due.model, due.condition)
    if due.model is Notice:
        return _let_notices_go(session, due.condition)
    statement = update(rows).values(dict(due.words)) if due.words else delete(rows)
    return int(session.connection().execute(statement.where(due.condition)).rowcount)


def _let_notices_go(session: Session, condition: ColumnElement[bool]) -> int:
    """Those that others carried first, as the database asks; with a list what stood on it."""
    count, gone = 0, select(col(Notice.id)).where(condition)
    session.execute(
        delete(ListLine).where(col(ListLine.list_id).in_(gone)).execution_options(synchronize_session=False)
    )
    for part in (col(Notice.carrier_id).is_not(None), col(Notice.carrier_id).is_(None)):
        statement = delete(Notice).where(condition, part).execution_options(synchronize_session=False)
        count += int(session.execute(statement).rowcount)  # type: ignore[attr-defined]
    return count


def _dues(session: Session, now: datetime, days: Mapping[KindName, int | None]) -> list[Due]:
    people, audits = holds.held(session, "person"), holds.held(session, "audit")
    dues: list[Due] = []
    for kind, kept in days.items():
        if kept is None:
            continue
        before = now - timedelta(days=kept)
        dues += _of_kind(kind, before, people, audits)
        if kind == "audit-record" and (over := audit_records.over(session, before, people, audits)):
            dues += [Due(kind, model, condition) for model, condition in audit_records.rows(over)]
    return dues


def _of_kind(kind: KindName, before: datetime, people: set[int], audits: set[int]) -> list[Due]:
    match kind:
        case "absences":
            over = col(Absence.to_on) < local_day(before)
            return [Due(kind, Absence, over & col(Absence.person_id).not_in(people))]
        case "sign-ins":
            return _sign_ins(kind, before, people)
        case "nominations":
            over = or_(col(Nomination.submitted_at) < before, col(Nomination.state) == WITHDRAWN)
            words: dict[str, Any] = {
                "what": ERASED,
                "difference": ERASED,
                "case_reference": None,
                "tags": [],
                "state": WITHDRAWN,
            }
            free = or_(col(Nomination.nominee_id).is_(None), col(Nomination.nominee_id).not_in(people))
            left = and_(over, col(Nomination.what) != ERASED, free)
            return [Due(kind, Nomination, left, words)]
        case "survey-answers":
            closed = select(col(SurveyRound.id)).where(col(SurveyRound.closed_at) < before)
            sheets = and_(col(SurveySheet.round_id).in_(closed), col(SurveySheet.person_id).not_in(people))
            return [Due(kind, SurveySheet, sheets), Due(kind, SurveyComment, col(SurveyComment.round_id).in_(closed))]
        case "delivery-log":
            return [
                Due(kind, Event, _events(before, people, audits)),
                Due(kind, Notice, _notices(before, people, audits)),
            ]
    return []


def _sign_ins(kind: KindName, before: datetime, people: set[int]) -> list[Due]:
    rows = {model: table(model).columns for model, _ in _AGES[kind]}
    return [
        Due(kind, model, and_(rows[model][at] < before, rows[model]["person_id"].not_in(people)))
        for model, at in _AGES[kind]
    ]


def _notices(before: datetime, people: set[int], audits: set[int]) -> ColumnElement[bool]:
    """Final ones about what is over, and of those that carry others the ones of which all that they carry goes too."""
    carried = aliased(Notice)
    keeps = select(col(carried.id)).where(
        col(carried.carrier_id) == col(Notice.id), ~_is_over(carried, before, people, audits)
    )
    return and_(_is_over(Notice, before, people, audits), ~keeps.exists())


def _is_over(notice: type[Notice], before: datetime, people: set[int], audits: set[int]) -> ColumnElement[bool]:
    """Alerts stay: who was told of one belongs to the audit's record."""
    still_open = select(col(Deadline.id)).where(col(Deadline.state) == DeadlineState.open)
    return and_(
        col(notice.state).in_([each.value for each in FINAL]),
        func.coalesce(notice.sent_at, notice.closed_at, notice.created_at) < before,
        col(notice.lane) != "alert",
        or_(col(notice.deadline_id).is_(None), col(notice.deadline_id).not_in(still_open)),
        col(notice.recipient_id).not_in(people),
        or_(col(notice.subject_type) != "audit", col(notice.subject_id).not_in(audits)),
        col(notice.id).not_in(_lists_that_stay(audits)),
    )


def _lists_that_stay(audits: set[int]) -> Select[Any]:
    """The lists on which something stands that is still open, or held."""
    held = and_(col(Deadline.subject_type) == "audit", col(Deadline.subject_id).in_(audits))
    of_lines = select(col(ListLine.list_id)).join(Deadline, col(Deadline.id) == col(ListLine.deadline_id))
    return of_lines.where(or_(col(Deadline.state) == DeadlineState.open, held))


def _events(before: datetime, people: set[int], audits: set[int]) -> ColumnElement[bool]:
    alerts = select(col(Notice.id)).where(col(Notice.lane) == "alert")
    return and_(
        col(Event.at) < before,
        col(Event.what).in_(DELIVERY),
        or_(col(Event.notice_id).is_(None), col(Event.notice_id).not_in(alerts)),
        or_(col(Event.actor_id).is_(None), col(Event.actor_id).not_in(people)),
        or_(col(Event.subject_type) != "person", col(Event.subject_id).not_in(people)),
        or_(col(Event.subject_type) != "audit", col(Event.subject_id).is_(None), col(Event.subject_id).not_in(audits)),
    )
