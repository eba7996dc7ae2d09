"""Gatherings on the web: the page of one for whoever has part in it, its calendar file, the list of those to come."""

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import NotAllowed, NotFound
from qabot.framework.calendar import local_day
from qabot.messaging.values import day, join_and
from qabot.web.ports import GatheringPages
from qabot.web.site import Site
from qabot.web.table_files import Cell, Table, add_files, download, ending_of
from qabot.workflows.verbs.gathering_pages import Shown

T = TypeVar("T")
CALENDAR = "text/calendar; charset=utf-8"
COMING = "/programme/gatherings"
HEADINGS = ("What", "Day", "Time", "By", "Still to come")


class Gatherings:
    """Their pages and files."""

    def __init__(self, site: Site, pages: GatheringPages) -> None:
        self.site = site
        self.pages = pages

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route("/gatherings/{token}.ics", self.calendar, methods=["GET"])
        router.add_api_route("/gatherings/{token}", self.page, methods=["GET"])
        router.add_api_route(COMING, self.coming, methods=["GET"])
        add_files(router, COMING, self.export)
        return router

    async def page(self, request: Request, token: str) -> Response:
        """One gathering: what it needs, its lists, and what can be done with it."""
        visitor = await self.site.person(request)
        shown = await self._open(visitor.id, lambda session: self.pages.page(session, token, visitor.id))
        return self.site.page(request, visitor, "gathering.html", shown=shown)

    async def calendar(self, request: Request, token: str) -> Response:
        """Its file for a calendar."""
        visitor = await self.site.person(request)
        name, text = await self._open(visitor.id, lambda session: self.pages.calendar(session, token, visitor.id))
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(text, media_type=CALENDAR, headers=headers)

    async def coming(self, request: Request) -> Response:
        """All that are planned, with what each still needs and from whom."""
        visitor = await self.site.manager(request)
        rows = await self.site.parts.store.run(self.pages.coming)
        parts = self.site.parts
        return self.site.page(
            request,
            visitor,
            "gatherings.html",
            rows=[(each, lacking(each)) for each in rows],
            chats=parts.chats(),
            clock_trouble=parts.clock_trouble(),
        )

    async def export(self, request: Request) -> Response:
        """The same list as a file; that it was taken is in the log."""
        visitor = await self.site.manager(request)
        rows = [_cells(each) for each in await self.site.parts.store.run(self.pages.coming)]
        await self.site.record("gatherings-exported", visitor.id)
        name = f"qabot-gatherings-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), [Table("Gatherings", HEADINGS, rows)])

    async def _open(self, person_id: int, work: Callable[[Session], T]) -> T:
        """What a page shows. One that is not theirs is refused as if it were not there, and recorded."""
        try:
            return await self.site.parts.store.run(work)
        except NotAllowed as refused:
            why = "the page of a gathering was opened by somebody whom it does not concern"
            await self.site.record("link-refused", person_id, why, subject_type="occasion")
            raise NotFound(str(refused)) from None


def lacking(shown: Shown) -> list[str]:
    """What is still to be brought to a gathering, by whom and by when; or that there is nothing."""
    missing = [
        f"{each.title}: {each.owner or 'nobody named'}{f', due {day(each.due)}' if each.due else ''}"
        for each in shown.needs
        if not each.brought
    ]
    if missing:
        return missing
    if shown.day.state == "noted":
        return ["Not announced yet"]
    return ["Nothing is missing" if shown.needs else "Nothing is brought"]


def _cells(each: Shown) -> tuple[Cell, ...]:
    by = join_and(each.chairs) or "Nobody named"
    return each.day.title, each.day.day, each.day.hours, by, "; ".join(lacking(each))
