"""What the page of who owes what reads from the tables. Rows are in order of date or name, never of merit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, not_
from sqlmodel import Session, col, func, or_, select

from qabot.framework.calendar import local_day
from qabot.framework.schema import AUDIT, Framework
from qabot.models import (
    Audit,
    AuditState,
    Cycle,
    Deadline,
    DeadlineState,
    HelpRequest,
    Team,
    is_past,
)
from qabot.models.columns import alphabetical
from qabot.models.look_up import by_id
from qabot.web import paged
from qabot.web.drawing import words
from qabot.web.labels import names, references, subject_labels
from qabot.web.paged import PAGE, Paged
from qabot.workflows.core.as_opened import alerts
from qabot.workflows.core.views import title_of
from qabot.workflows.core.words import due_of
from qabot.workflows.programme.today import dating

PAST = "past"
"""A filter, not a state: open, and its date is behind us."""
MOST_CYCLES = 12
"""So many are shown, if there are; more where more are not over."""


ALERTS = "alerts"
"""All kinds that somebody must acknowledge, as a choice of the list."""
MEETINGS = "meetings"
"""All kinds that ask for the date of a meeting after a low grade or a concern, likewise."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer."""

    teams: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A cycle and how far it is: `done` of `audits` are submitted."""

    name: str
    activity: str
    starts: date
    due: date
    opened: bool
    audits: int
    done: int


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A deadline in a list. `past`: still open, and its date is behind us. `record`: its audit's reference, if any.

    `handed_to`: who does the new work that it made, while it waits for that.
    """

    token: str
    kind: str
    subject: str
    owner: str
    owner_id: int | None
    team: str
    due: date | None
    state: str
    past: bool
    next_at: datetime | None
    record: str
    handed_to: str
    help_asked: date | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class OwedFilter:
    """Which deadlines: empty text or None means all."""

    team: int | None = None
    kind: str = ""
    state: str = DeadlineState.open


def choices(session: Session, framework: Framework) -> Choices:
    """The teams and the kinds that there are."""
    hidden = framework.surveys()
    kinds = [each for each in session.exec(select(Deadline.kind).distinct()) if each not in hidden]
    return Choices(
        [(str(team.id), team.name) for team in session.exec(select(Team).order_by(alphabetical(Team.name)))],
        [
            *([(ALERTS, "Alerts")] if framework.alerting() else []),
            *([(MEETINGS, "Meetings without a date")] if dating(framework) else []),
            *sorted(((kind, title_of(kind, framework)) for kind in kinds), key=lambda each: (each[1], each[0])),
        ],
    )


def cycles(session: Session, today: date, activities: Mapping[str, str]) -> list[CycleRow]:
    """The cycles that are not over, however long they run, and of the others those that were last due; newest first."""
    counts: dict[int | None, dict[str, int]] = defaultdict(dict)
    grouped = select(Audit.cycle_id, Audit.state, func.count()).group_by(col(Audit.cycle_id), col(Audit.state))
    for cycle_id, state, count in session.exec(grouped):
        if state != AuditState.withdrawn:
            counts[cycle_id][state] = count
    # A turn of a duty is no cycle of work.
    of_work = select(Cycle).where(or_(col(Cycle.activity).in_(activities), col(Cycle.id).in_(select(Audit.cycle_id))))
    newest = of_work.order_by(col(Cycle.starts_on).desc(), col(Cycle.activity))
    running = session.exec(newest.where(Cycle.due_on >= today)).all()
    last = of_work.where(Cycle.due_on < today).order_by(col(Cycle.due_on).desc(), col(Cycle.id).desc())
    over = session.exec(last.limit(max(0, MOST_CYCLES - len(running)))).all()
    cycle_rows = sorted((*running, *over), key=lambda each: each.activity)
    cycle_rows.sort(key=lambda each: each.starts_on, reverse=True)
    return [
        CycleRow(
            cycle.name,
            activities.get(cycle.activity, words(cycle.activity)),
            cycle.starts_on,
            cycle.due_on,
            cycle.opened_at is not None,
            sum(counts[cycle.id].values()),
            sum(count for state, count in counts[cycle.id].items() if state != AuditState.allocated),
        )
        for cycle in cycle_rows
    ]


def standing(
    session: Session, framework: Framework, now: datetime, open_to: ColumnElement[bool] | None = None
) -> dict[str, int]:
    """How many deadlines are open, past their date and met; and how many alerts nobody has acknowledged yet.

    `open_to` narrows it to what the reader may know.
    """
    known = _known(framework, open_to)
    by_state = select(Deadline.state, func.count()).where(known).group_by(col(Deadline.state))
    states = dict(session.exec(by_state).all())
    past = select(func.count()).select_from(Deadline).where(known, *_past(now))
    waiting = known, alerts(framework), col(Deadline.state) == DeadlineState.open
    return {
        "alerts": session.exec(select(func.count()).select_from(Deadline).where(*waiting)).one(),
        "open": states.get(DeadlineState.open, 0),
        "past": session.exec(past).one(),
        "met": states.get(DeadlineState.met, 0),
        "withdrawn": states.get(DeadlineState.withdrawn, 0),
    }


def _known(framework: Framework, open_to: ColumnElement[bool] | None) -> ColumnElement[bool]:
    """What is no survey's, since whoever was asked in one owes nothing; and no more than the reader may know."""
    plain = col(Deadline.kind).not_in(list(framework.surveys()))
    return plain if open_to is None else and_(plain, open_to)


def _past(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(Deadline.state) == DeadlineState.open, is_past(local_day(now), now)


def owed(
    session: Session,
    framework: Framework,
    filters: OwedFilter,
    page: int,
    now: datetime,
    size: int = PAGE,
    *,
    open_to: ColumnElement[bool] | None = None,
) -> Paged:
    """Who owes what: alerts first, the rest by date. Who was asked in a survey owes nothing and is not listed.

    `open_to` narrows it to what the reader may know.
    """
    query = select(Deadline).where(_known(framework, open_to))
    if filters.team is not None:
        query = query.where(Deadline.team_id == filters.team)
    if filters.kind == ALERTS:
        query = query.where(alerts(framework))
    elif filters.kind == MEETINGS:
        query = query.where(col(Deadline.kind).in_(dating(framework)))
    elif filters.kind:
        query = query.where(Deadline.kind == filters.kind)
    if filters.state == PAST:
        query = query.where(*_past(now))
    elif filters.state:
        query = query.where(Deadline.state == filters.state)
    total = paged.count(session, query)
    ordered = query.order_by(
        not_(alerts(framework)),
        col(Deadline.due_on).is_(None),
        col(Deadline.due_on),
        col(Deadline.due_at).is_(None),
        col(Deadline.due_at),
        col(Deadline.id),
    )
    deadlines = session.exec(ordered.offset((page - 1) * size).limit(size)).all()
    return Paged(owed_rows(session, framework, deadlines, now), page, total)


def owed_rows(session: Session, framework: Framework, deadlines: Sequence[Deadline], now: datetime) -> list[OwedRow]:
    """Deadlines as rows, with names."""
    about = {(each.subject_type, each.subject_id) for each in deadlines}
    subjects, records = subject_labels(session, about), references(session, about)
    people = names(session, (each.owner_id for each in deadlines))
    teams = {team.id: team.name for team in session.exec(select(Team))}
    handed = _handed_to(session, framework, deadlines)
    work = [each.subject_id for each in deadlines if each.kind == AUDIT]
    activities = dict(session.exec(select(Audit.id, Audit.activity).where(col(Audit.id).in_(work))).all())
    waiting = select(HelpRequest).where(
        col(HelpRequest.deadline_id).in_([each.id for each in deadlines]), col(HelpRequest.closed_at).is_(None)
    )
    helped = {each.deadline_id: local_day(each.asked_at) for each in session.exec(waiting)}
    return [
        OwedRow(
            token=each.token,
            kind=title_of(each.kind, framework, activities.get(each.subject_id, "")),
            subject=subjects[each.subject_type, each.subject_id],
            owner=by_id(people, each.owner_id, ""),
            owner_id=each.owner_id,
            team=by_id(teams, each.team_id, ""),
            due=due_of(each),
            state=each.state,
            past=each.state == DeadlineState.open and each.is_past(local_day(now), now),
            next_at=each.next_at,
            record=records.get((each.subject_type, each.subject_id), ""),
            handed_to=handed.get(each.id, "") if each.state == DeadlineState.open else "",
            help_asked=helped.get(each.id),
            since=local_day(each.opened_at),
        )
        for each in deadlines
    ]


def _handed_to(session: Session, framework: Framework, deadlines: Sequence[Deadline]) -> dict[int | None, str]:
    """Who does the new work that deadlines made, by the deadline's id."""
    ids = [each.id for each in deadlines if (duty := framework.duty_of(each.kind, each.ladder_id)) and duty.makes]
    query = select(Audit).where(col(Audit.made_for_id).in_(ids), Audit.state != AuditState.withdrawn)
    pieces = session.exec(query).all() if ids else ()
    people = names(session, [each.auditor_id for each in pieces])
    return {each.made_for_id: f"{people.get(each.auditor_id, '')} ({each.reference})" for each in pieces}
