"""The library of good practice on the web."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from qabot.web.ports import LibraryOf
from qabot.web.site import Site

LONGEST = 200
"""Characters of what is searched for; the rest is left out."""


class Library:
    """Its page."""

    def __init__(self, site: Site, library: LibraryOf) -> None:
        self.site = site
        self.library = library

    def router(self) -> APIRouter:
        """Its route."""
        router = APIRouter()
        router.add_api_route("/good-practice", self.show, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """What this person may read, by words and by tag."""
        visitor = await self.site.person(request)
        text, tag = (request.query_params.get(name, "").strip()[:LONGEST] for name in ("text", "tag"))
        shown = await self.site.parts.store.run(lambda session: self.library(session, visitor.id, text, tag))
        return self.site.page(
            request,
            visitor,
            "good-practice.html",
            shown=shown,
            text=text,
            tag=tag,
            tags=[(each, each) for each in shown.tags],
        )
