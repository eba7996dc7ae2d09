"""The programme, for quality assurance and administrators: cycles, who owes what, notices, the log, people.

Numbers are about the work, not about people: nothing is ranked, and nothing is ordered by who is late.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.framework.calendar import local_day
from qabot.models import Deadline, Event, LadderSnapshot, Notice, NoticeState
from qabot.models.look_up import by_id
from qabot.web import labels, log, reach
from qabot.web import notices as notices_list
from qabot.web import owed as owed_list
from qabot.web import people as people_list
from qabot.web.drawing import LANES, STATES, words
from qabot.web.lists import owed_filter, people_filter
from qabot.web.open_to import deadlines_of, notices_of
from qabot.web.site import Site, Visitor, number
from qabot.web.table_files import add_files, download_large, ending_of
from qabot.web.titles import Titles
from qabot.workflows.core import lists
from qabot.workflows.people.reach import questions
from qabot.workflows.programme.readings import readings

T = TypeVar("T")
FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Of dates to look for: no log is older, and a day after the last of them is still a day."""
MOST = 500
"""Lines that the page of one deadline shows of each kind."""
OWED_STATES = (
    ("open", "Open"),
    (owed_list.PAST, "Open, and the date has passed"),
    ("met", "Met"),
    ("withdrawn", "Withdrawn"),
    ("all", "All"),
)


class Programme:
    """Its pages."""

    def __init__(self, site: Site) -> None:
        self.site = site
        framework = site.parts.framework
        self.activities = {name: activity.title for name, activity in framework.activities.items()}
        self.platforms = reach.platforms(site.parts.adapters)

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix="/programme")
        for path, page in (
            ("", self.overview),
            ("/deadlines/{token}", self.deadline),
            ("/notices", self.notices),
            ("/log", self.log),
            ("/people", self.people),
        ):
            router.add_api_route(path, page, methods=["GET"])
        add_files(router, "/log", self.export)
        return router

    async def overview(self, request: Request) -> Response:
        """Cycles, and who owes what."""
        visitor = await self.site.manager(request)
        given, today = request.query_params, self._today()
        now = self.site.parts.clock.now()
        state, filters = given.get("state", "open"), owed_filter(given)

        def read(session: Session) -> dict[str, Any]:
            known, framework = deadlines_of(self.site, session, visitor.id), self.site.parts.framework
            return {
                "choices": owed_list.choices(session, framework),
                "cycles": owed_list.cycles(session, today, self.activities),
                "readings": readings(session, framework),
                "standing": owed_list.standing(session, framework, now, known),
                "paged": owed_list.owed(session, framework, filters, page_of(given), now, open_to=known),
            }

        context = await self._read(read)
        return self._page(request, visitor, "programme.html", states=OWED_STATES, state=state, **context)

    async def deadline(self, request: Request, token: str) -> Response:
        """One deadline: its ladder as a line of steps, its notices, its events."""
        visitor = await self.site.manager(request)
        now = self.site.parts.clock.now()
        context = await self._read(
            lambda session: (
                _deadline(session, token, now, self.site.titles, deadlines_of(self.site, session, visitor.id))
                | {"readings": readings(session, self.site.parts.framework)}
            )
        )
        row: Deadline = context["deadline"]
        context["steps"] = await self.site.steps(row.id)
        return self._page(request, visitor, "deadline.html", rules=self.site.parts.framework.rules, **context)

    async def notices(self, request: Request) -> Response:
        """Every notice with its state and reason."""
        visitor = await self.site.manager(request)
        given = request.query_params
        state, lane = given.get("state", ""), given.get("lane", "")
        paged = await self._read(
            lambda session: notices_list.notices(
                session,
                state,
                lane,
                page_of(given),
                self.site.titles,
                open_to=notices_of(self.site, session, visitor.id),
            )
        )
        states = [(notices_list.UNDELIVERED, "Not delivered"), *((each.value, STATES[each]) for each in NoticeState)]
        return self._page(
            request, visitor, "notices.html", paged=paged, states=states, state=state, lanes=LANES, lane=lane
        )

    async def log(self, request: Request) -> Response:
        """The event log."""
        visitor = await self.site.manager(request)
        filters = _log_filter(request.query_params)
        number = page_of(request.query_params)
        paged, whats = await self._read(
            lambda session: (log.page_of(session, filters, number, self.site.titles), log.whats(session))
        )
        offered = [(log.WHO_READ, "Who read or took what"), *((each, words(each)) for each in whats)]
        return self._page(request, visitor, "log.html", paged=paged, whats=offered, filters=filters)

    async def export(self, request: Request) -> Response:
        """The event log as a file; that it was taken is in the log too."""
        visitor = await self.site.manager(request)
        filters = _log_filter(request.query_params)
        await self.site.record("log-exported", visitor.id)
        ending = ending_of(request)
        # All of it is read before the first byte goes out, so that a file that came is never half of one.
        file = await log.export_file(self.site.parts.store, filters, ending, self.site.titles)
        return download_large(f"qabot-log-{self._today().isoformat()}", ending, file)

    async def people(self, request: Request) -> Response:
        """Who is reached where, whom a platform does not reach and what to do, and who is away."""
        visitor = await self.site.manager(request)
        given, today, known = request.query_params, self._today(), self.platforms
        filters = people_filter(given)
        paged, gaps, asked_about = await self._read(
            lambda session: (
                people_list.people(session, filters, page_of(given), today, self.site.titles, known),
                reach.gaps(session, known),
                questions(session, known),
            )
        )
        offered = [(name, f"Not reached in {name.capitalize()}") for name in known]
        return self._page(
            request,
            visitor,
            "people.html",
            paged=paged,
            filters=filters,
            gaps=gaps,
            platforms=offered,
            questions=asked_about,
        )

    def _today(self) -> date:
        return local_day(self.site.parts.clock.now())

    async def _read(self, work: Callable[[Session], T]) -> T:
        return await self.site.parts.store.run(work)

    def _page(self, request: Request, visitor: Visitor, template: str, **context: Any) -> Response:
        given = {key: value for key, value in request.query_params.items() if key != "page"}
        return self.site.page(
            request,
            visitor,
            template,
            given=given,
            query=urlencode(given),
            link_to=lambda number: f"?{urlencode(given | {'page': number})}",
            chats=self.site.parts.chats(),
            clock_trouble=self.site.parts.clock_trouble(),
            **context,
        )


def _deadline(
    session: Session, token: str, now: datetime, titles: Titles, open_to: ColumnElement[bool]
) -> dict[str, Any]:
    row = session.exec(select(Deadline).where(Deadline.token == token, open_to)).first()
    if row is None or row.kind in titles.framework.surveys():
        raise NotFound("There is no such deadline. It may have been in another database.")
    ladder = session.get(LadderSnapshot, row.ladder_id)
    alone = session.exec(select(Notice).where(Notice.deadline_id == row.id).order_by(col(Notice.id))).all()
    on_lists = lists.stood(session, col(Deadline.id) == row.id, most=MOST)
    notices = sorted([*alone, *on_lists], key=lambda each: each.id)
    events = session.exec(select(Event).where(Event.deadline_id == row.id).order_by(col(Event.id)).limit(MOST)).all()
    return {
        "deadline": row,
        "row": owed_list.owed_rows(session, titles.framework, [row], now)[0],
        "ladder": titles.ladder(ladder.name) if ladder else "",
        "closed_by": by_id(labels.names(session, [row.closed_by_id]), row.closed_by_id, ""),
        "notices": notices_list.notice_rows(session, notices, titles),
        "events": log.event_rows(session, events, titles),
    }


def page_of(given: Mapping[str, str]) -> int:
    """Which page of a list an address asks for; the first unless it says another one."""
    return max(1, min(number(given.get("page", "")) or 1, 100_000))


def _log_filter(given: Mapping[str, str]) -> log.LogFilter:
    return log.LogFilter(
        given.get("what", ""), given.get("actor", "").strip(), day_of(given, "from"), day_of(given, "to")
    )


def day_of(given: Mapping[str, str], name: str) -> date | None:
    """A day of an address; None if it names none. Raises `BadRequest` of what is no day."""
    text = given.get(name, "").strip()
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise BadRequest("Give dates such as 2026-11-21.") from wrong
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadRequest(f"Give dates of the years {FIRST_YEAR} to {LAST_YEAR}, such as 2026-11-21.")
    return day
