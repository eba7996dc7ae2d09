"""A person's page: what was sent to them and why, what they owe, when they are away, where they are reached.

It answers a complaint, so whoever looks at somebody else's is written to the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlmodel import Session, col, func, select
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import NotFound
from qabot.framework.calendar import local_day
from qabot.messaging.card import Card
from qabot.models import Absence, Audit, Deadline, Person
from qabot.models.look_up import by_id
from qabot.web import labels, person_file, reach
from qabot.web import owed as owed_list
from qabot.web import people as people_list
from qabot.web.drawing import moment, place, words
from qabot.web.paged import PAGE, Paged
from qabot.web.ports import PeoplePages
from qabot.web.programme import page_of
from qabot.web.record import state_of
from qabot.web.site import Site, Visitor, number
from qabot.web.table_files import LONGEST_LIST, add_files, download, ending_of
from qabot.workflows.people.page import Sent

NO_PAGE = (
    "There is no page of a person at this address that is open to you. Everybody can open their own; those of others "
    "are open to {quality} and administrators."
)
"""One answer for both, so that nobody can find out who there is."""


@dataclass(frozen=True, slots=True)
class SentRow:
    """A message in the list, as it is read. `by`: where it came, such as "in Slack". `because`: in which role, in whose
    place, or who passed it on.
    """

    at: datetime
    message: str
    lane: str
    subject: str
    record: str
    by: str
    because: str
    reason: str
    rule: str
    outcome: str
    words: Card | None
    why_not: str


@dataclass(frozen=True, slots=True)
class Work:
    """An audit that they did or are to do."""

    reference: str
    activity: str
    due: date
    state: str


class People:
    """The pages of people."""

    def __init__(self, site: Site, pages: PeoplePages) -> None:
        self.site, self.pages = site, pages
        self.platforms = reach.platforms(site.parts.adapters)

    def router(self) -> APIRouter:
        """Its route."""
        router = APIRouter(prefix="/people")
        # A file's address would be a person's too, so it goes first.
        add_files(router, "/{person}", self.export)
        router.add_api_route("/{person}", self.show, methods=["GET"])
        return router

    async def show(self, request: Request, person: str) -> Response:
        """One person, for themselves, quality assurance and administrators. That others looked is recorded."""
        visitor, subject_id = await self._let_in(request, person)
        at, audits = page_of(request.query_params), page_of({"page": request.query_params.get("audits", "")})
        context = await self.site.parts.store.run(lambda session: self._read(session, subject_id, visitor, at, audits))
        return self.site.page(
            request,
            visitor,
            "person.html",
            own=subject_id == visitor.id,
            link_to=lambda page: _link(page, audits, "sent"),
            audits_link=lambda page: _link(at, page, "audits"),
            **context,
        )

    async def export(self, request: Request, person: str) -> Response:
        """The same as a file: all messages and all audits, without pages. That others took it is recorded too."""
        visitor, subject_id = await self._let_in(request, person)
        contents = await self.site.parts.store.run(
            lambda session: self._read(session, subject_id, visitor, 1, 1, limit=LONGEST_LIST)
        )
        name = f"qabot-person-{subject_id}-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), person_file.tables(contents))

    async def _let_in(self, request: Request, person: str) -> tuple[Visitor, int]:
        """Who looks, and at whom. Raises `NotFound` for whoever may not."""
        visitor = await self.site.person(request)
        subject_id = number(person)
        if subject_id is None:
            raise NotFound(NO_PAGE.format(quality=self.site.parts.framework.quality))
        known = await self.site.parts.store.run(lambda session: session.get(Person, subject_id) is not None)
        if not known or (subject_id != visitor.id and not visitor.manager):
            await self._refused(visitor, subject_id, known=known)
            raise NotFound(NO_PAGE.format(quality=self.site.parts.framework.quality))
        if subject_id != visitor.id:
            await self.site.record("person-page-read", visitor.id, subject_type="person", subject_id=subject_id)
        return visitor, subject_id

    async def _refused(self, visitor: Visitor, subject_id: int, *, known: bool) -> None:
        if known:
            why = "the page of a person was opened by somebody whom it does not concern"
            await self.site.record("link-refused", visitor.id, why, subject_type="person", subject_id=subject_id)

    def _read(
        self, session: Session, person_id: int, visitor: Visitor, at: int, audits: int, limit: int = PAGE
    ) -> dict[str, Any]:
        parts, titles = self.site.parts, self.site.titles
        now = parts.clock.now()
        person = session.get_one(Person, person_id)
        shown = self.pages(session, person_id, visitor.id, skip=(at - 1) * PAGE, limit=limit)
        manager = labels.names(session, [person.line_manager_id])
        return {
            "person": person,
            "row": people_list.person_rows(session, [person], local_day(now), titles, self.platforms)[0],
            "manager": by_id(manager, person.line_manager_id, ""),
            "owed": owed_list.owed_rows(session, parts.framework, shown.owed, now),
            "sent": Paged(self._rows(session, shown.sent, person_id), at, shown.total),
            "absences": _absences(session, person_id),
            "stands_in": _stands_in(session, person_id, now) if visitor.manager else [],
            "audits": self._audits(session, person_id, audits, limit),
            "rules": parts.framework.rules,
        }

    def _rows(self, session: Session, sent: Sequence[Sent], person_id: int) -> list[SentRow]:
        notices = [each.notice for each in sent]
        keys = {(each.subject_type, each.subject_id) for each in notices}
        subjects, records = labels.subject_labels(session, keys), labels.references(session, keys)
        away = {each.absence_id for each in notices if each.absence_id}
        for_whom = dict(session.exec(select(Absence.id, Absence.person_id).where(col(Absence.id).in_(away))).all())
        numbers = {each.deadline_id for each in notices if each.deadline_id}
        deadlines = {each.id: each for each in session.exec(select(Deadline).where(col(Deadline.id).in_(numbers)))}
        people = labels.names(
            session,
            [
                *for_whom.values(),
                *(each.handed_on_by_id for each in notices),
                *(each.closed_by_id for each in deadlines.values()),
                *(each.owner_id for each in deadlines.values()),
            ],
        )
        return [
            SentRow(
                at=each.notice.sent_at or each.notice.not_before,
                message=self.site.titles.message(each.notice.message),
                lane=each.notice.lane,
                subject=subjects[each.notice.subject_type, each.notice.subject_id],
                record=records.get((each.notice.subject_type, each.notice.subject_id), ""),
                by="in a daily message" if each.notice.carrier_id else place(each.notice.adapter),
                because=self._because(each, for_whom, people),
                reason=self.site.titles.reason(each.notice.reason, each.notice.rule),
                rule=each.notice.rule,
                outcome=_outcome(each, by_id(deadlines, each.notice.deadline_id), people, person_id),
                words=each.words,
                why_not=each.why_not,
            )
            for each in sent
        ]

    def _because(self, each: Sent, for_whom: Mapping[int, int], people: Mapping[int, str]) -> str:
        notice = each.notice
        # Whoever owes it or did the work is told as themselves.
        said = [f"as {self.site.titles.role(notice.role)}"] if notice.role in self.site.titles.roles else []
        if absent := people.get(by_id(for_whom, notice.absence_id, 0)):
            said.append(f"in the place of {absent}, who was away")
        if notice.handed_on_by_id is not None:
            said.append(f"passed on by {people.get(notice.handed_on_by_id, '')}")
        return ", ".join(said)

    def _audits(self, session: Session, person_id: int, page: int, limit: int) -> Paged:
        query = select(Audit).where(Audit.auditor_id == person_id)
        total = session.exec(select(func.count()).select_from(query.subquery())).one()
        rows = session.exec(query.order_by(col(Audit.id).desc()).offset((page - 1) * PAGE).limit(limit)).all()
        framework = self.site.parts.framework
        titles = {name: each.title for name, each in framework.activities.items()}
        work = [
            Work(
                each.reference,
                titles.get(each.activity, words(each.activity)),
                each.due_on,
                state_of(each, framework),
            )
            for each in rows
        ]
        return Paged(work, page, total)


NOTHING_ASKED = "It asks for nothing"


def _outcome(each: Sent, deadline: Deadline | None, people: Mapping[int, str], person_id: int) -> str:
    """What became of what it asked: who answered what and when."""
    if deadline is None:
        return NOTHING_ASKED
    said = f"Answered: {words(each.answer.what)}, {moment(each.answer.at)}. " if each.answer else ""
    if deadline.closed_at is None:
        if not said and not each.asks:
            return NOTHING_ASKED
        if deadline.owner_id not in (None, person_id):
            return f"{said}Still open, with {by_id(people, deadline.owner_id, '')}"
        return f"{said or 'Not answered. '}Still open"
    if deadline.closed_by_id == person_id and each.answer is not None:
        return f"{deadline.closed_why or 'Closed'}, {moment(deadline.closed_at)}"
    closer = by_id(people, deadline.closed_by_id)
    who = f" by {closer}" if closer else ""
    return f"{said}{deadline.closed_why or 'Closed'}{who}, {moment(deadline.closed_at)}"


def _absences(session: Session, person_id: int) -> list[tuple[Absence, str]]:
    query = select(Absence).where(Absence.person_id == person_id).order_by(col(Absence.from_on).desc()).limit(PAGE)
    rows = session.exec(query).all()
    deputies = labels.names(session, (each.deputy_id for each in rows))
    return [(each, by_id(deputies, each.deputy_id, "")) for each in rows]


def _stands_in(session: Session, person_id: int, now: datetime) -> list[tuple[Absence, str]]:
    """The absences of others, now or to come, in which this person stands in."""
    query = select(Absence).where(Absence.deputy_id == person_id, Absence.to_on >= local_day(now))
    rows = session.exec(query.order_by(col(Absence.from_on)).limit(PAGE)).all()
    people = labels.names(session, (each.person_id for each in rows))
    return [(each, people.get(each.person_id, "")) for each in rows]


def _link(page: int, audits: int, part: str) -> str:
    return f"?{urlencode({'page': page, 'audits': audits})}#{part}"
