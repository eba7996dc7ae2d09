"""The library of good practice on the web."""

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from qabot.framework.calendar import local_day
from qabot.web.ports import LibraryOf
from qabot.web.site import Site, Visitor
from qabot.web.table_files import Cell, Table, add_files, download, ending_of
from qabot.workflows.core.library_page import Example, LibraryPage

PATH = "/good-practice"
HEADINGS = (
    "Colleague",
    "Service",
    "Seen on",
    "It shows",
    "What they did",
    "What difference it made",
    "Who else may read it",
)
LONGEST = 200
"""Characters of what is searched for; the rest is left out."""


class Library:
    """Its page and its file."""

    def __init__(self, site: Site, library: LibraryOf) -> None:
        self.site = site
        self.library = library

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(PATH, self.show, methods=["GET"])
        add_files(router, PATH, self.export)
        return router

    async def show(self, request: Request) -> Response:
        """What this person may read, by words and by tag."""
        visitor = await self.site.person(request)
        text, tag, shown = await self._read(request, visitor)
        return self.site.page(
            request,
            visitor,
            "good-practice.html",
            shown=shown,
            text=text,
            tag=tag,
            tags=[(each, each) for each in shown.tags],
            query=urlencode({name: given for name, given in (("text", text), ("tag", tag)) if given}),
        )

    async def export(self, request: Request) -> Response:
        """The same as a file; that it was taken is in the log."""
        visitor = await self.site.person(request)
        _, _, shown = await self._read(request, visitor)
        parts = (("About you", shown.own), ("Shared with you", shown.examples))
        await self.site.record("good-practice-exported", visitor.id)
        name = f"qabot-good-practice-{local_day(self.site.parts.clock.now()).isoformat()}"
        tables = [Table(title, HEADINGS, [_cells(each) for each in rows]) for title, rows in parts]
        return download(name, ending_of(request), tables)

    async def _read(self, request: Request, visitor: Visitor) -> tuple[str, str, LibraryPage]:
        """Which words and which tag were asked for, and what fits."""
        text, tag = (request.query_params.get(name, "").strip()[:LONGEST] for name in ("text", "tag"))
        shown = await self.site.parts.store.run(lambda session: self.library(session, visitor.id, text, tag))
        return text, tag, shown


def _cells(each: Example) -> tuple[Cell, ...]:
    tags = ", ".join(each.tags)
    return each.colleague, each.service, each.seen_on, tags, each.what, each.difference, each.shared
