"""The lists of the programme as files: who owes what, notices, people. Each is narrowed as its page is, and that it was
taken is in the log."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.framework.calendar import local_day
from qabot.framework.schema import Framework
from qabot.web import notices as notices_list
from qabot.web import owed as owed_list
from qabot.web import people as people_list
from qabot.web import reach
from qabot.web.drawing import LANES, STATES
from qabot.web.notices import NoticeRow
from qabot.web.open_to import deadlines_of, notices_of
from qabot.web.owed import OwedRow
from qabot.web.paged import Paged
from qabot.web.people import PersonRow
from qabot.web.site import Site, number
from qabot.web.table_files import Cell, Table, add_files, download, ending_of

BATCH = 2000
"""How many rows are read at a time: a statement takes no more values than some tens of thousands."""
OWED = ("What", "About", "Who", "Team", "By", "State", "Date has passed", "Asked for help on", "Handed to")
NOTICES = ("When", "Message", "Lane", "About", "To", "As", "State", "In", "Rule", "Why")
PEOPLE = ("Name", "Team", "Roles", "Administrator", "Reached in", "Away from", "Away until", "Deputy")


class Lists:
    """Their files."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.platforms = reach.platforms(site.parts.adapters)

    def router(self) -> APIRouter:
        """Their routes."""
        router = APIRouter(prefix="/programme")
        for path, file in (("/owed", self.owed), ("/notices", self.notices), ("/people", self.people)):
            add_files(router, path, file)
        return router

    async def owed(self, request: Request) -> Response:
        """Who owes what."""
        reader = (await self.site.manager(request)).id
        await self.site.record("owed-exported", reader)
        filters, now, framework = owed_filter(request.query_params), self.site.parts.clock.now(), self._framework
        return await self._file(
            request,
            ("owed", "Who owes what", OWED),
            lambda session, page: owed_list.owed(
                session, framework, filters, page, now, BATCH, open_to=deadlines_of(self.site, session, reader)
            ),
            _owed_cells,
        )

    async def notices(self, request: Request) -> Response:
        """Every notice."""
        reader = (await self.site.manager(request)).id
        await self.site.record("notices-exported", reader)
        state, lane = (request.query_params.get(name, "") for name in ("state", "lane"))
        return await self._file(
            request,
            ("notices", "Notices", NOTICES),
            lambda session, page: notices_list.notices(
                session, state, lane, page, self.site.titles, BATCH, open_to=notices_of(self.site, session, reader)
            ),
            notice_cells,
        )

    async def people(self, request: Request) -> Response:
        """Who works here."""
        await self.site.record("people-exported", (await self.site.manager(request)).id)
        filters, today = people_filter(request.query_params), local_day(self.site.parts.clock.now())
        return await self._file(
            request,
            ("people", "People", PEOPLE),
            lambda session, page: people_list.people(
                session, filters, page, today, self.site.titles, self.platforms, BATCH
            ),
            _person_cells,
        )

    @property
    def _framework(self) -> Framework:
        return self.site.parts.framework

    async def _file(
        self,
        request: Request,
        named: tuple[str, str, Sequence[str]],
        reader: Callable[[Session, int], Paged],
        cells: Callable[[Any], tuple[Cell, ...]],
    ) -> Response:
        """All pages of a list. `named`: its short name, title and headings."""
        short, title, headings = named
        rows = await self.site.parts.store.run(lambda session: _every(session, reader))
        name = f"qabot-{short}-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), [Table(title, headings, [cells(each) for each in rows])])


def _every(session: Session, reader: Callable[[Session, int], Paged]) -> list[object]:
    first = reader(session, 1)
    rows = list(first.rows)
    for page in range(2, -(-first.total // BATCH) + 1):
        rows += reader(session, page).rows
    return rows


def owed_filter(given: Mapping[str, str]) -> owed_list.OwedFilter:
    """What an address of "Who owes what" narrows it to."""
    state = given.get("state", "open")
    return owed_list.OwedFilter(
        team=number(given.get("team", "")), kind=given.get("kind", ""), state="" if state == "all" else state
    )


def people_filter(given: Mapping[str, str]) -> people_list.PeopleFilter:
    """What an address of "People" narrows it to."""
    return people_list.PeopleFilter(given.get("name", "").strip(), given.get("missing", ""))


def _owed_cells(each: OwedRow) -> tuple[Cell, ...]:
    state, past = STATES.get(each.state, each.state), "Yes" if each.past else "No"
    return each.kind, each.subject, each.owner, each.team, each.due, state, past, each.help_asked, each.handed_to


def notice_cells(each: NoticeRow) -> tuple[Cell, ...]:
    """A notice, under the headings `NOTICES`."""
    what = each.message, LANES.get(each.lane, each.lane), each.subject
    state = STATES.get(each.state, each.state)
    return each.at, *what, each.recipient, each.role, state, each.adapter.capitalize(), each.rule, each.reason


def _person_cells(each: PersonRow) -> tuple[Cell, ...]:
    away = each.away or (None, None)
    administrator = "Yes" if each.administrator else "No"
    return each.name, each.team, each.roles, administrator, "; ".join(each.places), *away, each.deputy
