"""Gatherings on the web: the page of one for whoever has part in it, its calendar file, the list of those to come."""

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import NotAllowed, NotFound
from qabot.web.ports import GatheringPages
from qabot.web.site import Site

T = TypeVar("T")
CALENDAR = "text/calendar; charset=utf-8"


class Gatherings:
    """Their pages."""

    def __init__(self, site: Site, pages: GatheringPages) -> None:
        self.site = site
        self.pages = pages

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route("/gatherings/{token}.ics", self.calendar, methods=["GET"])
        router.add_api_route("/gatherings/{token}", self.page, methods=["GET"])
        router.add_api_route("/programme/gatherings", self.coming, methods=["GET"])
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
            request, visitor, "gatherings.html", rows=rows, chats=parts.chats(), clock_trouble=parts.clock_trouble()
        )

    async def _open(self, person_id: int, work: Callable[[Session], T]) -> T:
        """What a page shows. One that is not theirs is refused as if it were not there, and recorded."""
        try:
            return await self.site.parts.store.run(work)
        except NotAllowed as refused:
            why = "the page of a gathering was opened by somebody whom it does not concern"
            await self.site.record("link-refused", person_id, why, subject_type="occasion")
            raise NotFound(str(refused)) from None
