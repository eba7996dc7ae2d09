"""Picking cases on a page: every case of the list, to search and to tick, a page at a time."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from qabot.adapter import OpenForm, Reply, Say, ShowCard, Submission
from qabot.errors import NotFound
from qabot.framework.calendar import local_day
from qabot.web.inbox import AS_IT_IS
from qabot.web.sessions import Said
from qabot.web.site import Site, Visitor, number
from qabot.web.table_files import Table, add_files, download, ending_of
from qabot.workflows.programme.picking_page import NO_PAGE, PickingPage, Wanted

ACTIONS = ("pick-cases", "take-back-cases")
HEADINGS = ("Case", "Team", "Worker", "State")
NOBODY = "Nobody named"


class Picking:
    """Its page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix="/picking")
        # A file's address would be a cycle's too, so it goes first.
        add_files(router, "/{cycle}", self.export)
        router.add_api_route("/{cycle}", self.show, methods=["GET"])
        router.add_api_route("/{cycle}", self.send, methods=["POST"])
        return router

    async def show(self, request: Request, cycle: str) -> Response:
        """The cases of a cycle."""
        visitor = await self.site.person(request)
        return await self._page(request, visitor, cycle, ())

    async def export(self, request: Request, cycle: str) -> Response:
        """The same cases as a file, all that the filters leave."""
        visitor = await self.site.person(request)
        page = await self._read(visitor, cycle, request.query_params, whole=True)
        rows = [(each.reference, each.team, each.worker or NOBODY, each.state) for each in page.rows]
        name = f"qabot-cases-{number(cycle)}-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), [Table(f"Cases for {page.activity}", HEADINGS, rows)])

    async def send(self, request: Request, cycle: str) -> Response:
        """Pick those that are ticked, or take them back. What is wrong is said on the page, with its ticks kept."""
        visitor = await self.site.person(request)
        given = await self.site.posted(request, visitor)
        page = await self._read(visitor, cycle, {})
        action = str(given.get("action", ""))
        ticked = [str(each) for each in given.getlist("case")]
        if action not in ACTIONS or not page.token:
            raise NotFound(NO_PAGE)
        values = {"references": " ".join(ticked), "for": str(given.get("whom", ""))}
        reply = await self.site.parts.desk.submit(Submission(visitor.who, action, page.token, values))
        if isinstance(reply, OpenForm):
            wrong = "Tick at least one case." if not ticked else " ".join(reply.form.errors.values())
            return await self._page(request, visitor, cycle, ticked, wrong, values["for"])
        query = f"?{request.url.query}" if request.url.query else ""
        return self.site.go(f"/picking/{number(cycle)}{query}", visitor.session, Said(_words(reply)))

    async def _read(
        self, visitor: Visitor, cycle: str, given: Mapping[str, str], *, whole: bool = False
    ) -> PickingPage:
        filters = Wanted(
            reference=given.get("reference", "").strip()[:20],
            team=number(given.get("team", "")) or 0,
            picked=given.get("show", "") == "picked",
            page=0 if whole else max(1, min(number(given.get("page", "")) or 1, 100_000)),
        )
        number_of_cycle, person = number(cycle) or 0, visitor.id
        return await self.site.parts.store.run(
            lambda session: self.site.parts.picking(session, number_of_cycle, person, filters)
        )

    async def _page(
        self,
        request: Request,
        visitor: Visitor,
        cycle: str,
        ticked: tuple[str, ...] | list[str],
        wrong: str = "",
        for_whom: str = "",
    ) -> Response:
        given = {key: value for key, value in request.query_params.items() if key != "page"}
        page = await self._read(visitor, cycle, request.query_params)
        return self.site.page(
            request,
            visitor,
            "picking.html",
            status=422 if wrong else 200,
            page=page,
            given=given,
            headings=HEADINGS,
            nobody=NOBODY,
            path=f"/picking/{number(cycle)}",
            filters=urlencode(given),
            query=urlencode(request.query_params),
            link_to=lambda number: f"?{urlencode(given | {'page': number})}",
            ticked=set(ticked),
            wrong=wrong,
            for_whom=for_whom,
        )


def _words(reply: Reply) -> str:
    match reply:
        case Say(text):
            return text
        case ShowCard(_, text, _, aside):
            return text or aside or AS_IT_IS
    return AS_IT_IS
