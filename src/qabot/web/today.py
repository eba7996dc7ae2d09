"""What is wrong today, and what will be sent on the next days: for quality assurance and administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from qabot.framework.calendar import at_local, local_day
from qabot.messaging.values import capital
from qabot.models import Deadline
from qabot.scheduler.holding import held_back
from qabot.web import days_ahead, labels, today_file
from qabot.web import notices as notices_list
from qabot.web import owed as owed_list
from qabot.web.days_ahead import ToCome
from qabot.web.drawing import LANES
from qabot.web.notices import NoticeRow
from qabot.web.owed import OwedRow
from qabot.web.paged import PAGE, Paged
from qabot.web.ports import ProgrammeAhead
from qabot.web.programme import page_of
from qabot.web.site import Site, Visitor, number
from qabot.web.table_files import LONGEST_LIST, Cell, Table, add_files, download, ending_of
from qabot.web.team import answer_said
from qabot.web.today_file import Late
from qabot.workflows.programme.today import Board
from qabot.workflows.verbs.steering import ACTS

TODAY, COMING = "/programme/today", "/programme/coming"
DAYS = 14
"""How many days from today, and today itself, the second page looks ahead."""
BRIEFLY = 5
"""Of alerts so many stand open, and of meetings without a date in the head: both questions have their answer there."""
BATCH = 500
"""Rows that are read at a time."""
HEADINGS = ("Day", "From", "To", "As", "Message", "Lane", "For", "About", "Rule", "Why")


@dataclass(frozen=True, slots=True)
class ComingRow:
    """One notice to come, with names. `at` is UTC."""

    at: datetime
    day: date
    person: str
    person_id: int
    role: str
    message: str
    lane: str
    alone: bool
    kind: str
    subject: str
    record: str
    rule: str
    reason: str
    deadline: str
    key: str


class Today:
    """Both pages and their files."""

    def __init__(self, site: Site, pages: ProgrammeAhead) -> None:
        self.site, self.pages = site, pages

    def router(self) -> APIRouter:
        """Their routes."""
        router = APIRouter()
        for path, page in ((TODAY, self.today), (COMING, self.coming)):
            router.add_api_route(path, page, methods=["GET"])
        add_files(router, TODAY, self.today_lists)
        add_files(router, COMING, self.export)
        return router

    async def today(self, request: Request) -> Response:
        """What is wrong first."""
        visitor = await self.site.manager(request)
        given = {key: text for key, text in request.query_params.items() if key != "page"}
        at, service = page_of(request.query_params), number(given.get("service", ""))

        context = await self._read_board(visitor, service, at, PAGE)
        return self._page(
            request,
            visitor,
            "today.html",
            service=service,
            link_to=lambda page: f"?{urlencode(given | {'page': page})}#late",
            query=urlencode(given),
            at=str(request.query_params),
            all_acts=list(ACTS.items()),
            well=self._well(),
            briefly=BRIEFLY,
            last_tick=self.site.parts.last_tick(),
            **context,
        )

    async def today_lists(self, request: Request) -> Response:
        """All lists of the page as one file, whole; that it was taken is in the log."""
        visitor = await self.site.manager(request)
        context = await self._read_board(visitor, number(request.query_params.get("service", "")), 1, LONGEST_LIST)
        await self.site.record("today-exported", visitor.id)
        name = f"qabot-today-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), today_file.tables(context))

    async def _read_board(self, visitor: Visitor, service: int | None, at: int, most: int) -> dict[str, Any]:
        """The lists of Today: page `at` of what is late, and `most` lines of each."""

        def read(session: Session) -> dict[str, Any]:
            skip = (at - 1) * most
            board = self.pages.today(session, visitor.id, service=service, skip=skip, most=most)
            return self._board(session, board, at)

        return await self.site.parts.store.run(read)

    def _well(self) -> bool:
        last = self.site.parts.last_tick()
        return last is not None and self.site.parts.clock.now() - last <= self.site.parts.tick_limit

    def _board(self, session: Session, board: Board, at: int) -> dict[str, Any]:
        parts = self.site.parts
        now, today = parts.clock.now(), local_day(parts.clock.now())
        of_help = [row for _, row, _ in board.helps]
        rows = self._rows(session, [*board.alerts.rows, *board.undated.rows, *board.late.rows, *of_help], now)
        ids = {person for each in board.reached.values() for person in each}
        ids |= {person for each in board.ahead.values() for person in each.people}
        ids |= {request.asked_by_id for request, _, _ in board.helps}
        ids |= {each.actor_id for each in board.answers.values() if each.actor_id}
        people = labels.names(session, ids)
        late = [
            Late(
                rows[each.id],
                board.late.service[each.id],
                _days(rows[each.id], today),
                answer_said(board.answers.get(each.id), people),
            )
            for each in board.late.rows
        ]
        return {
            "alerts": [
                (
                    rows[each.id],
                    _age(each.opened_at, now),
                    _told(board.reached.get(each.id, {}), people),
                    (board.ahead[each.id].at, [people.get(one, "") for one in board.ahead[each.id].people])
                    if each.id in board.ahead
                    else None,
                )
                for each in board.alerts.rows
            ],
            "alerts_total": board.alerts.total,
            "undated": [(rows[each.id], _days(rows[each.id], today)) for each in board.undated.rows],
            "undated_total": board.undated.total,
            "late": [(name, list(lines)) for name, lines in groupby(late, lambda each: each.service)],
            "paged": Paged(late, at, board.late.total),
            "late_total": sum(many for *_, many in board.late.services),
            "services": [
                (str(number), f"{name or 'No service'} ({many})") for number, name, many in board.late.services
            ],
            "helps": [
                (rows[row.id], people.get(request.asked_by_id, ""), _age(request.asked_at, now), request.token, may)
                for request, row, may in board.helps
            ],
            "undelivered": notices_list.notice_rows(session, board.undelivered, self.site.titles),
            "undelivered_total": board.undelivered_total,
        }

    def _rows(self, session: Session, deadlines: Sequence[Deadline], now: datetime) -> dict[int, OwedRow]:
        """These as rows, each once, by the deadline's id."""
        every = list({each.id: each for each in deadlines}.values())
        rows: list[OwedRow] = []
        for first in range(0, len(every), BATCH):
            rows += owed_list.owed_rows(session, self.site.parts.framework, every[first : first + BATCH], now)
        return {each.id: row for each, row in zip(every, rows, strict=True)}

    async def coming(self, request: Request) -> Response:
        """What goes to whom in the next days."""
        visitor = await self.site.manager(request)
        given = {key: text for key, text in request.query_params.items() if key != "page"}
        at = page_of(request.query_params)

        context = await self.site.parts.store.run(lambda session: self._coming(session, visitor, given, at))
        return self._page(
            request,
            visitor,
            "coming.html",
            lanes=list(LANES.items()),
            query=urlencode(given),
            chosen_day=given.get("day", ""),
            link_to=lambda page: f"?{urlencode(given | {'page': page})}#list",
            link_by=lambda **narrow: f"?{urlencode(given | narrow)}#list",
            length=DAYS,
            **context,
        )

    def _coming(self, session: Session, visitor: Visitor, given: Mapping[str, str], at: int) -> dict[str, Any]:
        """What is counted of all that goes, and the page `at` of what an address asks for, or all of it at a glance."""
        every, titles = self._ahead(session, visitor), self.site.titles
        fits, days = days_ahead.matching(every, given), days_ahead.by_day(every)
        is_glance = len(fits) > PAGE and at == 1 and not given.get("day") and not given.get("each")
        shown = [] if is_glance else self._named(session, fits[(at - 1) * PAGE : at * PAGE])
        labels_of = partial(labels.subject_labels, session)
        return {
            "days": days,
            "busiest": max(days, key=lambda each: each.notices, default=None),
            "often": days_ahead.often(every),
            "held": self._held(session, visitor),
            "messages": days_ahead.messages(every, titles),
            "glance": days_ahead.by_message(fits, titles, labels_of) if is_glance else [],
            "paged": Paged(shown, at, len(fits)),
            "by_days": [(day, list(rows)) for day, rows in groupby(shown, lambda each: each.day)],
            "chosen": [(each.day.isoformat(), each.day) for each in days],
        }

    def _held(self, session: Session, visitor: Visitor) -> Sequence[NoticeRow]:
        """What is held back by hand, and this reader may know of."""
        units = self.site.parts.units
        if units is None:
            return ()
        return notices_list.notice_rows(session, held_back(units.unit(session), visitor.id), self.site.titles)

    async def export(self, request: Request) -> Response:
        """The same list as a file, without pages; that it was taken is in the log."""
        visitor = await self.site.manager(request)

        def read(session: Session) -> Sequence[ComingRow]:
            return self._named(session, days_ahead.matching(self._ahead(session, visitor), request.query_params))

        rows = [_cells(each) for each in await self.site.parts.store.run(read)]
        await self.site.record("coming-exported", visitor.id)
        name = f"qabot-coming-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), [Table("What will be sent", HEADINGS, rows)])

    def _ahead(self, session: Session, visitor: Visitor) -> list[ToCome]:
        """Everything, by day and then by person."""
        today = local_day(self.site.parts.clock.now())
        until = at_local(today + timedelta(days=DAYS + 1), time(0, 0))
        every = self.pages.coming(session, visitor.id, until)
        people = labels.names(session, {each.person_id for each in every})
        days = {at: local_day(at) for at in {each.at for each in every}}
        rows = [ToCome(days[each.at], people.get(each.person_id, ""), each) for each in every]
        return sorted(rows, key=lambda each: (each.day, each.person, each.of.at))

    def _named(self, session: Session, rows: Sequence[ToCome]) -> list[ComingRow]:
        """These in words."""
        row_subjects, titles = [row.of for row in rows], self.site.titles
        keys = {each.subject for each in row_subjects}
        subjects, records = labels.subject_labels(session, keys), labels.references(session, keys)
        numbers = {each.deadline for each in row_subjects}
        tokens = dict(session.exec(select(Deadline.id, Deadline.token).where(col(Deadline.id).in_(numbers))).all())
        reasons: dict[tuple[str, str], str] = {}
        for each in row_subjects:
            if (each.reason, each.rule) not in reasons:
                reasons[each.reason, each.rule] = capital(titles.reason(each.reason, each.rule))
        return [
            ComingRow(
                at=each.at,
                day=row.day,
                person=row.person,
                person_id=each.person_id,
                role=titles.role(each.role) if each.role else "",
                message=titles.message(each.message),
                lane=each.lane,
                alone=each.alone,
                kind=titles.kind(each.kind) if each.kind else "",
                subject="" if each.subject == ("person", each.person_id) else subjects[each.subject],
                record=records.get(each.subject, ""),
                rule=each.rule,
                reason=reasons[each.reason, each.rule],
                deadline=tokens.get(each.deadline or 0, ""),
                key=each.note.key,
            )
            for row, each in zip(rows, row_subjects, strict=True)
        ]

    def _page(self, request: Request, visitor: Visitor, template: str, **context: Any) -> Response:
        return self.site.page(
            request,
            visitor,
            template,
            given=dict(request.query_params),
            chats=self.site.parts.chats(),
            clock_trouble=self.site.parts.clock_trouble(),
            **context,
        )


def _days(row: OwedRow, today: date) -> int:
    """How many days late; 0 of what is not, or has no date."""
    return max(0, (today - row.due).days) if row.due else 0


def _age(since: datetime, now: datetime) -> str:
    """How long ago, in whole hours of the first two days and in days after them."""
    hours = int((now - since) / timedelta(hours=1))
    if hours < 1:
        return "less than an hour"
    if hours < 48:
        return "1 hour" if hours == 1 else f"{hours} hours"
    return f"{hours // 24} days"


def _told(reached: Mapping[int, datetime | None], people: Mapping[int, str]) -> list[tuple[datetime | None, list[str]]]:
    """Who was told first when: those of one minute together."""
    at_once = groupby(reached.items(), lambda each: each[1].replace(second=0, microsecond=0) if each[1] else None)
    return [(at, [people.get(person, "") for person, _ in recipients]) for at, recipients in at_once]


def _cells(each: ComingRow) -> tuple[Cell, ...]:
    lane = LANES.get(each.lane, each.lane)
    what = each.message, lane, each.kind, each.subject
    return (each.day, each.at, each.person, each.role, *what, each.rule, each.reason)
