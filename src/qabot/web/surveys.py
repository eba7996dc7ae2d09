"""Surveys on the web: the results of one for those who read them, as tables and as a file."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from qabot.web import survey_charts
from qabot.web.ports import SurveyPages
from qabot.web.sessions import Said
from qabot.web.site import Site
from qabot.web.table_files import Table, add_files, download, ending_of

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
        add_files(router, "/{token}", self.file)
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
        context: dict[str, Any] = {
            "shown": shown,
            "promises": PROMISES,
            "states": STATES,
            "groups": survey_charts.groups,
            "rates": survey_charts.rates,
            "all_rows": survey_charts.all_rows,
        }
        return self.site.page(request, visitor, "survey.html", **context)

    async def file(self, request: Request, token: str) -> Response:
        """The same numbers as a file."""
        visitor = await self.site.person(request)
        headings, *rows = await self.site.parts.store.run(lambda session: self.pages.table(session, token, visitor.id))
        return download("survey", ending_of(request), [Table("Survey", [str(each) for each in headings], rows)])

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
