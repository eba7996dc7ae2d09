"""Search, from every page: one exact hit is opened, several are listed, nothing found says what can be searched."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest
from qabot.web.finding import MOST, find
from qabot.web.site import Site

LONGEST = 100
"""Characters of what is searched for: more than any name or reference has."""


class Search:
    """Its page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def router(self) -> APIRouter:
        """Its route."""
        router = APIRouter()
        router.add_api_route("/search", self.show, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """What was found. What was typed is kept nowhere."""
        visitor = await self.site.person(request)
        typed = request.query_params.get("q", "").strip()
        if len(typed) > LONGEST:
            raise BadRequest(f"Search for at most {LONGEST} characters: a reference, a case, a name or a team.")
        parts = self.site.parts
        results = await parts.store.run(lambda session: find(session, parts, visitor, typed))
        if results.only is not None:
            return self.site.go(results.only.address)
        return self.site.page(request, visitor, "search.html", searched=typed, found=results, most=MOST)
