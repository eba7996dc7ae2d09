"""What the programme's pages read from the tables. Rows are in order of date or name, never of merit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from qabot.framework.calendar import local_day
from qabot.framework.schema import AUDIT, Framework
from qabot.models import (
    Absence,
    Account,
    Audit,
    AuditState,
    Cycle,
    Deadline,
    DeadlineState,
    HelpRequest,
    Notice,
    Person,
    RoleHolding,
    SurveySheet,
    Team,
    is_past,
)
from qabot.web.drawing import words
from qabot.web.labels import names, references, subject_labels
from qabot.web.reach import Platforms, places
from qabot.web.titles import Titles
from qabot.workflows.core.views import title_of
from qabot.workflows.core.words import due_of
from qabot.workflows.people.reach import out_of_reach

PAGE = 50
PAST = "past"
"""A filter, not a state: open, and its date is behind us."""


ALERTS = "alerts"
"""All kinds that somebody must acknowledge, as a choice of the list."""


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
class NoticeRow:
    """A notice in a list."""

    message: str
    lane: str
    state: str
    recipient: str
    recipient_id: int
    role: str
    rule: str
    subject: str
    reason: str
    at: datetime
    deadline: str
    adapter: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in a list.

    `places` say where they are reached, and where not and why. `away` is from when to when they are or will next be
    away; why is not kept.
    """

    id: int
    name: str
    team: str
    roles: str
    places: Sequence[str]
    away: tuple[date, date] | None
    deputy: str
    administrator: bool


@dataclass(frozen=True, slots=True)
class Paged:
    """One page of rows: `number` counts from 1, `total` rows in all."""

    rows: Sequence[object]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


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
        [(str(team.id), team.name) for team in session.exec(select(Team).order_by(Team.name))],
        [(kind, title_of(kind, framework)) for kind in sorted(kinds)],
    )


def cycles(session: Session, today: date, activities: Mapping[str, str]) -> list[CycleRow]:
    """The cycles that are running or were last due, newest first."""
    counts: dict[int | None, dict[str, int]] = defaultdict(dict)
    grouped = select(Audit.cycle_id, Audit.state, func.count()).group_by(col(Audit.cycle_id), col(Audit.state))
    for cycle_id, state, count in session.exec(grouped):
        if state != AuditState.withdrawn:
            counts[cycle_id][state] = count
    # A turn of a duty is no cycle of work.
    of_work = select(Cycle).where(or_(col(Cycle.activity).in_(activities), col(Cycle.id).in_(select(Audit.cycle_id))))
    cycle_rows = session.exec(of_work.order_by(col(Cycle.starts_on).desc(), col(Cycle.activity)).limit(12)).all()
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


def standing(session: Session, framework: Framework, now: datetime) -> dict[str, int]:
    """How many deadlines are open, past their date and met; and how many alerts nobody has acknowledged yet."""
    known = col(Deadline.kind).not_in(list(framework.surveys()))
    by_state = select(Deadline.state, func.count()).where(known).group_by(col(Deadline.state))
    states = dict(session.exec(by_state).all())
    past = select(func.count()).select_from(Deadline).where(known, *_past(now))
    waiting = col(Deadline.kind).in_(framework.alerting()), col(Deadline.state) == DeadlineState.open
    return {
        "alerts": session.exec(select(func.count()).select_from(Deadline).where(*waiting)).one(),
        "open": states.get(DeadlineState.open, 0),
        "past": session.exec(past).one(),
        "met": states.get(DeadlineState.met, 0),
        "withdrawn": states.get(DeadlineState.withdrawn, 0),
    }


def _past(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(Deadline.state) == DeadlineState.open, is_past(local_day(now), now)


def owed(
    session: Session, framework: Framework, filters: OwedFilter, page: int, now: datetime, size: int = PAGE
) -> Paged:
    """Who owes what: alerts first, the rest by date. Who was asked in a survey owes nothing and is not listed."""
    query = select(Deadline).where(col(Deadline.kind).not_in(list(framework.surveys())))
    if filters.team is not None:
        query = query.where(Deadline.team_id == filters.team)
    if filters.kind == ALERTS:
        query = query.where(col(Deadline.kind).in_(framework.alerting()))
    elif filters.kind:
        query = query.where(Deadline.kind == filters.kind)
    if filters.state == PAST:
        query = query.where(*_past(now))
    elif filters.state:
        query = query.where(Deadline.state == filters.state)
    total = _count(session, query)
    ordered = query.order_by(
        col(Deadline.kind).not_in(framework.alerting()),
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
            owner=people.get(each.owner_id or 0, ""),
            owner_id=each.owner_id,
            team=teams.get(each.team_id or 0, ""),
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
    ids = [each.id for each in deadlines if (duty := framework.duties.get(each.kind)) is not None and duty.makes]
    query = select(Audit).where(col(Audit.made_for_id).in_(ids), Audit.state != AuditState.withdrawn)
    pieces = session.exec(query).all() if ids else ()
    people = names(session, [each.auditor_id for each in pieces])
    return {each.made_for_id: f"{people.get(each.auditor_id, '')} ({each.reference})" for each in pieces}


def notices(session: Session, state: str, lane: str, page: int, titles: Titles, size: int = PAGE) -> Paged:
    """Every notice, newest first; none of a survey, because what became of one says who has answered."""
    hidden = select(SurveySheet.deadline_id)
    query = select(Notice).where(or_(col(Notice.deadline_id).is_(None), col(Notice.deadline_id).not_in(hidden)))
    if state:
        query = query.where(Notice.state == state)
    if lane:
        query = query.where(Notice.lane == lane)
    total = _count(session, query)
    page_rows = session.exec(query.order_by(col(Notice.id).desc()).offset((page - 1) * size).limit(size)).all()
    return Paged(notice_rows(session, page_rows, titles), page, total)


def notice_rows(session: Session, notices_shown: Sequence[Notice], titles: Titles) -> list[NoticeRow]:
    """Notices as rows, with names."""
    subjects = subject_labels(session, {(each.subject_type, each.subject_id) for each in notices_shown})
    people = names(session, (each.recipient_id for each in notices_shown))
    deadline_ids = {each.deadline_id for each in notices_shown if each.deadline_id}
    tokens = dict(session.exec(select(Deadline.id, Deadline.token).where(col(Deadline.id).in_(deadline_ids))).all())
    return [
        NoticeRow(
            message=titles.message(each.message),
            lane=each.lane,
            state=each.state,
            recipient=people.get(each.recipient_id, ""),
            recipient_id=each.recipient_id,
            role=titles.role(each.role),
            rule=each.rule,
            subject=subjects[each.subject_type, each.subject_id],
            reason=titles.reason(each.reason, each.rule),
            at=each.sent_at or each.closed_at or each.not_before,
            deadline=tokens.get(each.deadline_id or 0, ""),
            adapter=each.adapter or "",
            token=each.token,
        )
        for each in notices_shown
    ]


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people: those whose name holds `name`, and whom the platform `missing` does not reach; "" means all."""

    name: str = ""
    missing: str = ""


def people(
    session: Session,
    filters: PeopleFilter,
    page: int,
    today: date,
    titles: Titles,
    platforms: Platforms,
    size: int = PAGE,
) -> Paged:
    """Who works here, by name. `platforms` are the platforms that the service runs with."""
    query = select(Person).where(col(Person.active).is_(True))
    if filters.name:
        query = query.where(col(Person.name).icontains(filters.name, autoescape=True))
    if filters.missing in platforms:
        query = query.where(out_of_reach(filters.missing, platforms[filters.missing]))
    total = _count(session, query)
    page_rows = session.exec(query.order_by(Person.name).offset((page - 1) * size).limit(size)).all()
    return Paged(person_rows(session, page_rows, today, titles, platforms), page, total)


def person_rows(
    session: Session, persons: Sequence[Person], today: date, titles: Titles, platforms: Platforms
) -> list[PersonRow]:
    """People as rows, in the order given."""
    ids = [each.id for each in persons]
    roles: dict[int, set[str]] = defaultdict(set)
    for held in session.exec(select(RoleHolding).where(col(RoleHolding.person_id).in_(ids))):
        roles[held.person_id].add(titles.role(held.role))
    accounts: dict[int, dict[str, Account]] = defaultdict(dict)
    for account in session.exec(select(Account).where(col(Account.person_id).in_(ids))):
        accounts[account.person_id][account.adapter] = account
    to_come = select(Absence).where(col(Absence.to_on) >= today, col(Absence.person_id).in_(ids))
    # The first of each person's stands: the later ones are written over.
    away = {each.person_id: each for each in session.exec(to_come.order_by(col(Absence.from_on).desc()))}
    deputies = {each.id: (away[each.id].deputy_id if each.id in away else None) or each.deputy_id for each in persons}
    known = names(session, [*ids, *deputies.values()])
    teams = {team.id: team.name for team in session.exec(select(Team))}
    return [
        PersonRow(
            id=each.id,
            name=known[each.id],
            team=teams.get(each.team_id or 0, ""),
            roles=", ".join(sorted(roles[each.id])),
            places=places(accounts[each.id], platforms),
            away=(away[each.id].from_on, away[each.id].to_on) if each.id in away else None,
            deputy=known.get(deputies[each.id] or 0, ""),
            administrator=each.administrator,
        )
        for each in persons
    ]


def _count(session: Session, query: SelectOfScalar[Any]) -> int:
    return session.exec(select(func.count()).select_from(query.subquery())).one()
