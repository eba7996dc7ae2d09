"""Surveys on the web: the results of one for those who read them, as tables and as a file."""

import csv
import io
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from qabot.web.ports import SurveyPages
from qabot.web.sessions import Said
from qabot.web.site import Site

PROMISES = {"confidential": "Confidential", "anonymous": "Anonymous"}
STATES = {
    "open": "Under way: results come once it has closed",
    "published": "Closed and counted",
    "too-few": "Closed with fewer than five answers, so nothing is shown",
}


class Surveys:
    """Their pages."""

    def __init__(self, site: Site, pages: SurveyPages) -> None:
        self.site = site
        self.pages = pages

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix="/surveys")
        router.add_api_route("", self.known, methods=["GET"])
        router.add_api_route("/{token}.csv", self.file, methods=["GET"])
        router.add_api_route("/{token}", self.page, methods=["GET"])
        router.add_api_route("/{token}", self.judge, methods=["POST"])
        return router

    async def known(self, request: Request) -> Response:
        """The surveys that concern this person."""
        visitor = await self.site.person(request)
        rounds = await self.site.parts.store.run(lambda session: self.pages.known(session, visitor.id))
        return self.site.page(request, visitor, "surveys.html", rounds=rounds, promises=PROMISES, states=STATES)

    async def page(self, request: Request, token: str) -> Response:
        """The results of one."""
        visitor = await self.site.person(request)
        shown = await self.site.parts.store.run(lambda session: self.pages.page(session, token, visitor.id))
        context: dict[str, Any] = {"shown": shown, "promises": PROMISES, "states": STATES}
        return self.site.page(request, visitor, "survey.html", **context)

    async def file(self, request: Request, token: str) -> Response:
        """The same numbers as a file."""
        visitor = await self.site.person(request)
        rows = await self.site.parts.store.run(lambda session: self.pages.table(session, token, visitor.id))
        text = io.StringIO()
        csv.writer(text).writerows([[_plain(cell) for cell in row] for row in rows])
        headers = {"Content-Disposition": 'attachment; filename="survey.csv"', "Cache-Control": "no-store"}
        return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    async def judge(self, request: Request, token: str) -> Response:
        """Quality assurance has read a comment: it is released, or withheld."""
        visitor = await self.site.person(request)
        given = await self.site.posted(request, visitor)
        key, release = str(given.get("key", "")), given.get("verdict") == "release"
        await self.site.parts.store.run(
            lambda session: self.pages.judge(session, token, key, visitor.id, release=release)
        )
        said = "The comment is shown with the results now." if release else "The comment is shown to nobody."
        return self.site.go(f"/surveys/{token}", visitor.session, Said(said))


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell
