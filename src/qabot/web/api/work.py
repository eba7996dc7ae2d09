"""What programs read about the work: audits, actions, deadlines, and what was sent."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from sqlmodel import Session, col, or_, select

from qabot import models
from qabot.errors import NotFound
from qabot.framework.vocabulary import graded
from qabot.models import Audit, Cycle, Deadline, Notice, Person, SurveySheet, Team
from qabot.models.audit import final_at, state_without_grade
from qabot.models.look_up import by_id
from qabot.web.api.callers import Caller, having
from qabot.web.api.paging import USUAL, rows_of
from qabot.web.api.problems import described
from qabot.web.api.shapes import ActionShape, AuditShape, Cursor, DeadlineShape, Limit, NoticeShape, Page
from qabot.web.labels import references, subject_labels
from qabot.workflows.access.many_records import grades_known
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import title_of
from qabot.workflows.programme.tracker import tracked

GRADES = "grades:read"
NO_AUDIT = "There is no audit of this reference."
router = APIRouter(tags=["work"])
Reference = Annotated[str, Path(pattern=r"^[A-Z]{1,4}-[0-9]{1,9}$", examples=["QA-1042"])]
AuditState = Literal["allocated", "submitted", "finalised", "withdrawn"]
DeadlineState = Literal["open", "met", "withdrawn"]


@router.get("/audits", responses=described())
async def audits(
    caller: Annotated[Caller, having("audits:read")],
    limit: Limit = USUAL,
    cursor: Cursor = None,
    state: AuditState | None = None,
    activity: Annotated[str | None, Query(max_length=100)] = None,
) -> Page[AuditShape]:
    """Audits, in the order in which they were given."""
    query = select(Audit)
    query = query.where(Audit.state == state) if state else query
    query = query.where(Audit.activity == activity) if activity else query

    def read(unit: Unit) -> Page[AuditShape]:
        rows, following = rows_of(unit.session, query, col(Audit.id), cursor, limit)
        return Page(items=shaped(unit, rows, caller), next=following)

    return await caller.read(read)


@router.get("/audits/{reference}", responses=described(404))
async def audit(caller: Annotated[Caller, having("audits:read")], reference: Reference) -> AuditShape:
    """One audit."""

    def read(unit: Unit) -> AuditShape:
        rows = unit.session.exec(select(Audit).where(Audit.reference == reference)).all()
        shapes = shaped(unit, rows, caller)
        if not shapes:
            raise NotFound(NO_AUDIT)
        return shapes[0]

    return await caller.read(read)


def shaped(unit: Unit, rows: Sequence[Audit], caller: Caller) -> list[AuditShape]:
    """Audits as they are given to this caller: those that its person may open, the grade where both may know it."""
    known = grades_known(unit, rows, caller.person)
    emails, teams = addresses(unit.session), team_names(unit.session)
    ids = {each.cycle_id for each in rows}
    cycles = {each.id: each for each in unit.session.exec(select(Cycle).where(col(Cycle.id).in_(ids)))}
    may_grade = GRADES in caller.scopes
    made = []
    for each in (row for row in rows if row.id in known):
        cycle, shown = by_id(cycles, each.cycle_id), may_grade and known[each.id]
        made.append(
            AuditShape(
                **each.model_dump(include={"reference", "activity", "about", "what", "case_reference", "due_on"}),
                **each.model_dump(include={"allocated_at", "submitted_at"}),
                state=each.state if known[each.id] else state_without_grade(each),
                finalised_at=final_at(each) if known[each.id] else each.finalised_at,
                cycle=cycle.name if cycle else None,
                cycle_starts=cycle.starts_on if cycle else None,
                team=by_id(teams, each.team_id),
                auditor=emails[each.auditor_id],
                practitioner=by_id(emails, each.practitioner_id),
                grade=each.grade if shown else None,
                grade_shown=shown,
            )
        )
    return made


@router.get("/actions", responses=described())
async def actions(
    caller: Annotated[Caller, having("actions:read")],
    limit: Limit = USUAL,
    cursor: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,60}$")] = None,
    with_done: bool = False,
) -> Page[ActionShape]:
    """Actions after work and meetings, in no order that means anything."""

    def read(unit: Unit) -> Page[ActionShape]:
        secret = {title_of(each, unit.framework) for each in _left_out(unit, caller)}
        tracked_rows = tracked(unit, caller.person.id, with_done=with_done)
        rows = sorted((each for each in tracked_rows if each.title not in secret), key=lambda each: each.token)
        left = [each for each in rows if not cursor or each.token > cursor]
        items = [
            ActionShape(
                id=each.token,
                audit=each.record or None,
                **{
                    name: getattr(each, name)
                    for name in ("reference", "title", "source", "team", "service", "owner", "since", "due", "state")
                },
            )
            for each in left[:limit]
        ]
        return Page(items=items, next=items[-1].id if len(left) > limit else None)

    return await caller.read(read)


@router.get("/deadlines", responses=described())
async def deadlines(
    caller: Annotated[Caller, having("deadlines:read")],
    limit: Limit = USUAL,
    cursor: Cursor = None,
    state: DeadlineState | None = None,
) -> Page[DeadlineShape]:
    """Who owes what by when, in the order in which it opened."""

    def read(unit: Unit) -> Page[DeadlineShape]:
        query = select(Deadline).where(col(Deadline.kind).not_in(_left_out(unit, caller)))
        query = query.where(Deadline.state == state) if state else query
        rows, following = rows_of(unit.session, query, col(Deadline.id), cursor, limit)
        return Page(items=owed(unit, rows), next=following)

    return await caller.read(read)


def owed(unit: Unit, rows: Sequence[Deadline]) -> list[DeadlineShape]:
    """Deadlines as they are given."""
    about = {(each.subject_type, each.subject_id) for each in rows}
    labels, records = subject_labels(unit.session, about), references(unit.session, about)
    emails, teams = addresses(unit.session), team_names(unit.session)
    return [
        DeadlineShape(
            **each.model_dump(include={"kind", "due_on", "due_at", "state", "rule", "opened_at", "closed_at"}),
            id=each.token,
            title=title_of(each.kind, unit.framework),
            about=labels[each.subject_type, each.subject_id],
            audit=records.get((each.subject_type, each.subject_id)),
            owner=by_id(emails, each.owner_id),
            team=by_id(teams, each.team_id),
            past=each.state == models.DeadlineState.open and each.is_past(unit.today, unit.now),
        )
        for each in rows
    ]


@router.get("/notices", responses=described())
async def notices(
    caller: Annotated[Caller, having("deadlines:read")],
    limit: Limit = USUAL,
    cursor: Cursor = None,
    lane: Literal["alert", "due", "news"] | None = None,
) -> Page[NoticeShape]:
    """What was or will be sent, without its words. Nothing of surveys: what became of it says who has answered."""

    def read(unit: Unit) -> Page[NoticeShape]:
        hidden = col(Notice.deadline_id).in_(select(SurveySheet.deadline_id))
        secret = col(Notice.deadline_id).in_(select(Deadline.id).where(col(Deadline.kind).in_(_left_out(unit, caller))))
        query = select(Notice).where(or_(col(Notice.deadline_id).is_(None), ~hidden & ~secret))
        query = query.where(Notice.lane == lane) if lane else query
        if GRADES not in caller.scopes:
            query = query.where(col(Notice.message).not_in(_telling(unit)))
        rows, following = rows_of(unit.session, query, col(Notice.id), cursor, limit)
        labels = subject_labels(unit.session, {(each.subject_type, each.subject_id) for each in rows})
        emails = addresses(unit.session)
        items = [
            NoticeShape(
                **each.model_dump(include={"message", "lane", "state", "rule", "adapter", "not_before", "sent_at"}),
                recipient=emails[each.recipient_id],
                about=labels[each.subject_type, each.subject_id],
            )
            for each in rows
        ]
        return Page(items=items, next=following)

    return await caller.read(read)


def _left_out(unit: Unit, caller: Caller) -> list[str]:
    """Kinds of deadlines that a caller is not given: who was asked in a survey, and what only a grade opens."""
    return [*unit.framework.surveys(), *(() if GRADES in caller.scopes else graded(unit.framework))]


def _telling(unit: Unit) -> list[str]:
    """The messages that tell a grade: that somebody got one says what it was."""
    catalogue = unit.tools.catalogue
    return [name for name in catalogue.names() if "grade" in catalogue.get(name).shows]


def addresses(session: Session) -> dict[int, str]:
    """Everybody's e-mail address, by id."""
    return dict(session.exec(select(Person.id, Person.email)).all())


def team_names(session: Session) -> dict[int, str]:
    """The teams' names, by id."""
    return dict(session.exec(select(Team.id, Team.name)).all())
