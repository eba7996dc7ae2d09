"""The record of one audit, for whoever may see it: where it stands, what is owed, who was told and what happened.

How much a person may know is decided by `qabot.workflows.access.records`. Without the grade, the page also leaves out
whatever would give it away, and shows nothing of what others were told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session, and_, col, or_, select
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import NotFound
from qabot.framework.calendar import local_day
from qabot.framework.schema import AUDIT, MODERATION, Framework
from qabot.framework.vocabulary import ROW, graded, worrying
from qabot.messaging.values import due
from qabot.models import (
    AnswerRow,
    Audit,
    AuditState,
    Cycle,
    Deadline,
    DeadlineState,
    Event,
    Moderation,
    Notice,
    Service,
    SurveySheet,
    Team,
)
from qabot.models.audit import state_without_grade
from qabot.models.look_up import by_id
from qabot.planning.outlook import StepView
from qabot.web import labels, log, recorded_answers
from qabot.web import notices as notices_list
from qabot.web import owed as owed_list
from qabot.web.drawing import words
from qabot.web.inbox import undoable
from qabot.web.site import Site
from qabot.web.story import Stage, alert_of, lines, stages
from qabot.web.titles import Titles
from qabot.workflows.access.records import About, Sight, rows_about
from qabot.workflows.core import lists, own_form, texts
from qabot.workflows.core.as_opened import is_alert
from qabot.workflows.core.views import title_of
from qabot.workflows.programme.readings import Reading, readings

MOST = 500
"""So many events and notices at most: more than an audit has in practice."""
NO_RECORD = (
    "There is no record at this address that is open to you. A record is open to the people who work on it, to their "
    "line of management and to {quality}. Check the address, or ask {quality} if you need it for your work."
)
"""One answer for both, so that nobody can find out which references there are."""
STATES = {
    AuditState.allocated: "To be done",
    AuditState.submitted: "The grades are in",
    AuditState.finalised: "Final",
    AuditState.withdrawn: "Withdrawn",
}


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A second look at the audit. `grade` is a label, empty until it is there; `waits`: somebody still owes it."""

    sample: str
    moderator: str
    drawn: datetime
    done: datetime | None
    grade: str
    waits: bool


@dataclass(frozen=True, slots=True)
class NewWork:
    """Another audit that this one comes from, or that was made because of this one. `open`: to this visitor."""

    duty: str
    reference: str
    auditor: str
    state: str
    open: bool


class Records:
    """The pages of audits."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix="/audits")
        router.add_api_route("/{reference}", self.record, methods=["GET"])
        return router

    async def record(self, request: Request, reference: str) -> Response:
        """One audit. To whoever may not see it, it is refused; that is recorded."""
        visitor = await self.site.person(request)
        audit, sight = await self.site.parts.store.run(lambda session: self._find(session, reference, visitor.id))
        if sight is None:
            why = "the record of an audit was opened by somebody whom it does not concern"
            await self.site.record("link-refused", visitor.id, why, subject_type="audit", subject_id=audit.id)
            raise NotFound(NO_RECORD.format(quality=self.site.parts.framework.quality))
        if audit.reference != reference:
            return self.site.go(f"/audits/{audit.reference}")
        if visitor.id not in (audit.auditor_id, audit.practitioner_id):
            await self.site.note_read("record-read", visitor, ("audit", audit.id))
        context = await self.site.parts.store.run(lambda session: self._read(session, audit, sight, visitor.id))
        # Whoever's work it is does not read the reviewer's reminders: those are the reviewer's own.
        context["ladders"] = [
            await self.site.steps(row.id) if sight.grade or row.kind != AUDIT or row.owner_id == visitor.id else None
            for row in context["deadlines"]
        ]
        context["ruled"] = [
            _ruled(context["known_readings"], row, ladder)
            for row, ladder in zip(context["deadlines"], context["ladders"], strict=True)
        ]
        context["above"] = undoable(await self.site.parts.desk.above(visitor.id))
        everything = request.query_params.get("all") == "1"
        return self.site.page(
            request, visitor, "record.html", audit=audit, sight=sight, everything=everything, **context
        )

    def _find(self, session: Session, reference: str, person_id: int) -> tuple[Audit, Sight | None]:
        exact = session.exec(select(Audit).where(Audit.reference == reference)).first()
        # Whoever types an address leaves the hyphen out, or writes small letters.
        audit = exact or texts.by_reference(session, reference)
        if audit is None:
            raise NotFound(NO_RECORD.format(quality=self.site.parts.framework.quality))
        return audit, self.site.parts.sight(session, audit, person_id)

    def _read(self, session: Session, audit: Audit, sight: Sight, person_id: int) -> dict[str, Any]:
        now, titles = self.site.parts.clock.now(), self.site.titles
        about = rows_about(session, audit)
        deadlines = _deadlines(session, about, sight, person_id, self.site.parts.framework)
        names = labels.names(session, [audit.auditor_id, audit.practitioner_id])
        whole = _whole(session, audit, about, titles) if sight.grade else {}
        rows = owed_list.owed_rows(session, self.site.parts.framework, deadlines, now)
        notices = notices_list.notice_rows(session, _notices(session, about, sight, person_id, deadlines), titles)
        return {
            "deadlines": deadlines,
            "rows": rows,
            "open_rows": [each for each in rows if each.state == DeadlineState.open],
            "stages": stages(
                audit,
                names,
                whole.get("looks", ()),
                whole.get("alert"),
                _done(session, deadlines, self.site.parts.framework),
                whole.get("events", ()),
                graded=sight.grade,
            ),
            "lines": lines(whole.get("events", ()), notices),
            "closers": labels.names(session, [each.closed_by_id for each in deadlines]),
            "notices": notices,
            "state": state_of(audit, self.site.parts.framework, graded=sight.grade),
            "graded": self.site.parts.framework.has_grade(audit.activity),
            "withdrawn_why": _why_withdrawn(session, about),
            "due": due(audit.due_on, audit.due_at),
            "past": audit.state == AuditState.allocated and audit.is_past(local_day(now), now),
            "people": names,
            "place": _place(session, audit),
            "facts": _facts(session, audit, self.site.parts.framework),
            "origin": self._origin(session, audit, person_id),
            "made": self._made(session, deadlines, person_id),
            "known_readings": readings(session, self.site.parts.framework) if sight.grade else {},
            **({"alert": None, "answers": [], "own": [], "looks": [], "events": []} | whole),
        }

    def _origin(self, session: Session, audit: Audit, person_id: int) -> NewWork | None:
        """What new work comes from, for whoever may know of it: that it opened can give a grade away."""
        deadline = session.get(Deadline, audit.made_for_id) if audit.made_for_id is not None else None
        before = _audit_of(session, deadline) if deadline is not None else None
        if deadline is None or before is None:
            return None
        sight, framework = self.site.parts.sight(session, before, person_id), self.site.parts.framework
        shown = sight is not None and _deadlines(session, rows_about(session, before), sight, person_id, framework)
        if not shown or deadline.id not in {each.id for each in shown}:
            return None
        return self._new_work(session, before, deadline, person_id)

    def _made(self, session: Session, deadlines: list[Deadline], person_id: int) -> list[NewWork]:
        """What was made because of this audit, by the duties that this visitor may know of."""
        duties = {each.id: each for each in deadlines}
        query = select(Audit).where(col(Audit.made_for_id).in_(duties)).order_by(col(Audit.id))
        pieces = session.exec(query).all() if duties else ()
        made = [(each, by_id(duties, each.made_for_id)) for each in pieces]
        return [self._new_work(session, each, duty, person_id) for each, duty in made if duty is not None]

    def _new_work(self, session: Session, audit: Audit, deadline: Deadline, person_id: int) -> NewWork:
        sight = self.site.parts.sight(session, audit, person_id)
        return NewWork(
            title_of(deadline.kind, self.site.parts.framework),
            audit.reference,
            labels.names(session, [audit.auditor_id]).get(audit.auditor_id, ""),
            state_of(audit, self.site.parts.framework, graded=sight is not None and sight.grade),
            sight is not None,
        )


def _done(session: Session, deadlines: Sequence[Deadline], framework: Framework) -> list[Stage]:
    """What was asked for about the whole of an audit and is done, with what came of it: the day of a meeting, say."""
    met = [
        each
        for each in deadlines
        if each.state == DeadlineState.met
        and each.subject_type == "audit"
        and each.kind != AUDIT
        and not is_alert(framework, each)
    ]
    names = labels.names(session, [each.closed_by_id for each in met])
    return [
        Stage(title_of(each.kind, framework), by_id(names, each.closed_by_id, ""), each.closed_at, each.closed_why)
        for each in met
        if each.closed_at is not None
    ]


def _ruled(known: Mapping[str, Reading], row: Deadline, ladder: Sequence[StepView] | None) -> list[Reading]:
    """How those rules are read by which a deadline goes, if a council must confirm that: its own and its steps'."""
    rules = dict.fromkeys([row.rule, *(step.rule for step in ladder or ())])
    return [known[each] for each in rules if each in known]


def state_of(audit: Audit, framework: Framework, *, graded: bool = True) -> str:
    """Where an audit stands, in words; `graded` for whoever may know its grade."""
    state = audit.state if graded else state_without_grade(audit)
    if state == AuditState.submitted and not framework.has_grade(audit.activity):
        return "Sent in"
    return STATES.get(AuditState(state), state)


def _audit_of(session: Session, deadline: Deadline) -> Audit | None:
    """The audit that a deadline is about, also by way of its second look or of a row that was answered about it."""
    kind, number = deadline.subject_type, deadline.subject_id
    if kind == ROW:
        row = session.get_one(AnswerRow, number)
        kind, number = row.subject_type, row.subject_id
    if kind == MODERATION:
        kind, number = AUDIT, session.get_one(Moderation, number).audit_id
    return session.get(Audit, number) if kind == AUDIT else None


def _deadlines(session: Session, about: About, sight: Sight, person_id: int, framework: Framework) -> list[Deadline]:
    """Without the grade: only what every piece of work can have, and what a concern made this person's own."""
    # Who was asked for their view, and has given it, is nobody's business who works on it.
    query = select(Deadline).where(about(Deadline), col(Deadline.kind).not_in(list(framework.surveys())))
    if not sight.grade:
        query = query.where(
            # Whoever owes a row of what was answered knows of it; nobody whose work it is owes one behind a grade.
            or_(
                col(Deadline.kind).not_in([MODERATION, *graded(framework)]),
                and_(Deadline.subject_type == ROW, Deadline.owner_id == person_id),
            ),
            or_(col(Deadline.kind).not_in(worrying(framework)), Deadline.owner_id == person_id),
        )
    order = col(Deadline.state) != "open", col(Deadline.due_on).is_not(None), col(Deadline.due_on), col(Deadline.id)
    return list(session.exec(query.order_by(*order)))


def _notices(session: Session, about: About, sight: Sight, person_id: int, deadlines: list[Deadline]) -> list[Notice]:
    """Without the grade: only what reached this person themselves, of the deadlines that they may see."""
    of_surveys = select(SurveySheet.deadline_id)
    query = select(Notice).where(
        about(Notice), or_(col(Notice.deadline_id).is_(None), col(Notice.deadline_id).not_in(of_surveys))
    )
    on_lists = [about(Deadline), col(Deadline.id).not_in(of_surveys)]
    if not sight.grade:
        plain = [each.id for each in deadlines]
        sent = col(Notice.sent_at).is_not(None)
        theirs = (col(Notice.recipient_id) == person_id, col(Notice.lane) != "alert", sent)
        query = query.where(*theirs, or_(col(Notice.deadline_id).is_(None), col(Notice.deadline_id).in_(plain)))
        on_lists += [*theirs, col(Deadline.id).in_(plain)]
    alone = session.exec(query.order_by(col(Notice.id).desc()).limit(MOST))
    every = [*alone, *lists.stood(session, *on_lists, most=MOST)]
    return sorted(every, key=lambda each: each.id, reverse=True)[:MOST]


def _place(session: Session, audit: Audit) -> str:
    team = session.get(Team, audit.team_id) if audit.team_id else None
    service = session.get(Service, team.service_id) if team else None
    return f"{team.name}, {service.name}" if team and service else ""


def _why_withdrawn(session: Session, about: About) -> str:
    query = select(Event.why).where(about(Event), Event.what == "audit-withdrawn")
    return session.exec(query).first() or ""


def _facts(session: Session, audit: Audit, framework: Framework) -> dict[str, Any]:
    """What it is part of, in words."""
    activity = framework.activity(audit.activity)
    cycle = session.get(Cycle, audit.cycle_id) if audit.cycle_id else None
    return {
        "activity": activity.title if activity else words(audit.activity),
        "about": _about(session, audit),
        "cycle": cycle.name if cycle else "",
    }


def _about(session: Session, audit: Audit) -> tuple[str, str]:
    """What it is about, with the word for that: a case, a person, a place or a theme; nothing of work about nothing."""
    if audit.about == "nothing":
        return "", ""
    if audit.about == "case":
        return "Case", audit.case_reference or "No case yet"
    person = by_id(labels.names(session, [audit.practitioner_id]), audit.practitioner_id, "")
    return audit.about.capitalize(), (person if audit.about == "person" else audit.what) or "Not said yet"


def _whole(session: Session, audit: Audit, about: About, titles: Titles) -> dict[str, Any]:
    """All that only those may see who may know the grade."""
    framework = titles.framework
    of_surveys = select(SurveySheet.deadline_id)
    deadlines = select(Deadline.id).where(about(Deadline))
    events = session.exec(
        select(Event)
        .where(or_(about(Event), col(Event.deadline_id).in_(deadlines)))
        .where(or_(col(Event.deadline_id).is_(None), col(Event.deadline_id).not_in(of_surveys)))
        .where(Event.what != "record-read")  # who looks is no part of the audit's story
        .order_by(col(Event.id).desc())
        .limit(MOST)
    ).all()
    return {
        "alert": alert_of(session, audit, framework),
        "answers": recorded_answers.of(session, about, framework),
        "own": _with_work(session, audit, framework),
        "looks": _looks(session, audit, framework),
        "events": log.event_rows(session, events, titles),
    }


def _with_work(session: Session, audit: Audit, framework: Framework) -> list[tuple[str, str]]:
    """What was answered on the work's own form: the grade first, by that name, and then in the order of the form."""
    activity, given = framework.activity(audit.activity), own_form.with_work(session, audit)
    grade = activity.grade if activity is not None else None
    people = recorded_answers.names(session, given.values(), framework)
    return [
        ("Grade" if name == grade else each.label, recorded_answers.in_words(each, people, framework))
        for name, each in sorted(given.items(), key=lambda pair: pair[0] != grade)
    ]


def _looks(session: Session, audit: Audit, framework: Framework) -> list[SecondLook]:
    moderations = session.exec(
        select(Moderation).where(Moderation.audit_id == audit.id).order_by(col(Moderation.id))
    ).all()
    names = labels.names(session, [number for each in moderations for number in (each.moderator_id, each.done_by_id)])
    numbers = [each.id for each in moderations]
    of_them = (Deadline.subject_type == MODERATION, col(Deadline.subject_id).in_(numbers))
    open_ones = select(Deadline.subject_id).where(*of_them, Deadline.state == DeadlineState.open)
    waiting = set(session.exec(open_ones))
    return [
        SecondLook(
            sample=framework.samples[each.layer].title if each.layer in framework.samples else words(each.layer),
            moderator=by_id(names, each.done_by_id or each.moderator_id, ""),
            drawn=each.drawn_at,
            done=each.done_at,
            grade=framework.grade_label(each.grade),
            waits=each.id in waiting,
        )
        for each in moderations
    ]
