"""My team: what somebody's people owe, when they are away, and one reminder. For whoever leads a team or a line.

By name, never by who is late: nobody is ranked. Nobody sees more than their line (`qabot.workflows.access.lines`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import NotAllowed
from qabot.framework.calendar import local_day
from qabot.models import Event
from qabot.models.look_up import by_id
from qabot.web import labels
from qabot.web import owed as owed_list
from qabot.web.drawing import moment, words
from qabot.web.owed import OwedRow
from qabot.web.paged import PAGE, Paged
from qabot.web.ports import TeamPages
from qabot.web.programme import page_of
from qabot.web.site import Site, Visitor, number
from qabot.web.table_files import LONGEST_LIST, Cell, Table, add_files, download, ending_of
from qabot.workflows.programme.team import LATE, WHICH, Filter, TeamPage
from qabot.workflows.verbs.steering import ACTS, NUDGE

PATH = "/my-team"
HEADINGS = (
    "Who",
    "What",
    "About",
    "By",
    "Date has passed",
    "Days late",
    "Last answer",
    "Asked for help on",
    "Handed to",
)
NO_TEAM = "This page is for whoever leads a team or a line above one. What you owe yourself is under What I owe."


@dataclass(frozen=True, slots=True)
class Row:
    """Something owed: by how many days it is late (0 if it is not), and what was last answered."""

    row: OwedRow
    days: int
    answer: str
    record: str


class Team:
    """Its page and its file."""

    def __init__(self, site: Site, pages: TeamPages) -> None:
        self.site, self.pages = site, pages

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(PATH, self.show, methods=["GET"])
        add_files(router, PATH, self.export)
        return router

    async def show(self, request: Request) -> Response:
        """A page of rows, by person."""
        visitor = await self.site.person(request)
        at, filters = page_of(request.query_params), _filter(request.query_params)
        team_page, rows = await self._read(visitor, filters, (at - 1) * PAGE, PAGE)
        # Of what somebody has no list, an address shows what is past its date: nobody learns more by typing it.
        filters = filters if filters.which in team_page.counts else replace(filters, which=LATE)
        given = {key: text for key, text in request.query_params.items() if key != "page"}
        grouped = [(owner, list(same)) for owner, same in groupby(rows, lambda each: each.row.owner)]
        return self.site.page(
            request,
            visitor,
            "team.html",
            found=team_page,
            by_person=grouped,
            paged=Paged(rows, at, team_page.total),
            which=[(key, label) for key, label in WHICH.items() if key in team_page.counts],
            wanted=filters,
            given=given,
            query=urlencode(given),
            at=str(request.query_params),
            choices={
                "person": [(str(key), name) for key, name in team_page.people],
                "team": [(str(key), name) for key, name in team_page.teams],
                "service": [(str(key), name) for key, name in team_page.services],
            },
            roles=[self.site.titles.role(each) for each in team_page.roles],
            nudge=[(NUDGE, ACTS[NUDGE])],
            link_to=lambda page: f"?{urlencode(given | {'page': page})}#owed",
        )

    async def export(self, request: Request) -> Response:
        """The same list as a file, without pages; that it was taken is in the log."""
        visitor = await self.site.person(request)
        _, rows = await self._read(visitor, _filter(request.query_params), 0, LONGEST_LIST)
        await self.site.record("team-exported", visitor.id)
        name = f"qabot-my-team-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), [Table("My team", HEADINGS, [_cells(each) for each in rows])])

    async def _read(self, visitor: Visitor, filters: Filter, skip: int, limit: int) -> tuple[TeamPage, list[Row]]:
        team_page, rows = await self.site.parts.store.run(
            lambda session: self._rows(session, visitor, filters, skip, limit)
        )
        if team_page is None:
            raise NotAllowed(NO_TEAM)
        return team_page, rows

    def _rows(
        self, session: Session, visitor: Visitor, filters: Filter, skip: int, limit: int
    ) -> tuple[TeamPage | None, list[Row]]:
        team_page = self.pages.page(session, visitor.id, filters, skip=skip, limit=limit)
        if team_page is None:
            return None, []
        now = self.site.parts.clock.now()
        today = local_day(now)
        rows: list[OwedRow] = []
        for first in range(0, len(team_page.rows), 500):
            part = team_page.rows[first : first + 500]
            rows += owed_list.owed_rows(session, self.site.parts.framework, part, now)
        people = labels.names(session, (each.actor_id for each in team_page.answers.values()))
        return team_page, [
            Row(
                row,
                max(0, (today - row.due).days) if row.due and row.past else 0,
                answer_said(team_page.answers.get(deadline.id), people),
                row.record if row.record in team_page.open_records else "",
            )
            for row, deadline in zip(rows, team_page.rows, strict=True)
        ]


def answer_said(answer: Event | None, people: Mapping[int, str]) -> str:
    """What somebody did about something, in words; "" if nobody did."""
    if answer is None:
        return ""
    who = by_id(people, answer.actor_id, "")
    return f"{words(answer.what)}, {moment(answer.at)}{f' ({who})' if who else ''}"


def _filter(given: Mapping[str, str]) -> Filter:
    which = given.get("which", LATE)
    team, service, person = (number(given.get(each, "")) for each in ("team", "service", "person"))
    # Somebody or a team that was searched for is shown with all that is open.
    if "which" not in given and (person is not None or team is not None):
        which = "open"
    return Filter(which if which in WHICH else LATE, team, service, person)


def _cells(each: Row) -> Sequence[Cell]:
    row = each.row
    past = "Yes" if row.past else "No"
    what = row.owner, row.kind, row.subject, row.due
    return *what, past, each.days, each.answer, row.help_asked, row.handed_to
