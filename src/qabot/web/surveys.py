"""Surveys on the web: the results of one for those who read them, as tables and as a file."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session, select
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.framework.calendar import local_day
from qabot.messaging.form import LOOK_ALIKE
from qabot.messaging.pictures import can_draw, png
from qabot.messaging.values import plural
from qabot.models import SurveyRound
from qabot.web import pictures, survey_charts
from qabot.web.ports import SurveyPages
from qabot.web.sessions import Said
from qabot.web.site import Site, Visitor
from qabot.web.table_files import Table, add_files, download, ending_of
from qabot.web.typed_texts import what_it_is

PROMISES = {"confidential": "Confidential", "anonymous": "Anonymous"}
STATES = {
    "open": "Under way: results come once it has closed",
    "published": "Closed and counted",
    "too-few": "Closed with fewer than five answers, so nothing is shown",
}

KNOWN = ("Survey", "Asked from", "Asked until", "Promise", "Where it stands")


class Surveys:
    """Their pages."""

    def __init__(self, site: Site, pages: SurveyPages) -> None:
        self.site = site
        self.pages = pages

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix="/surveys")
        router.add_api_route("", self.known, methods=["GET"])
        add_files(router, "", self.known_file)
        add_files(router, "/months", self.months_file)
        router.add_api_route("/months", self.months, methods=["GET"])
        add_files(router, "/{token}", self.file)
        router.add_api_route("/{token}.png", self.picture, methods=["GET"])
        router.add_api_route("/{token}", self.page, methods=["GET"])
        router.add_api_route("/{token}", self.judge, methods=["POST"])
        router.add_api_route("/{token}/changes", self.tell, methods=["POST"])
        return router

    async def known(self, request: Request) -> Response:
        """The surveys that concern this person."""
        visitor = await self.site.person(request)
        rounds = await self._known(visitor)
        context: dict[str, Any] = {"rounds": rounds, "promises": PROMISES, "states": STATES}
        return self.site.page(request, visitor, "surveys.html", **context)

    async def known_file(self, request: Request) -> Response:
        """The same list as a file; that it was taken is in the log."""
        visitor = await self.site.person(request)
        rows = [
            (each.title, each.starts_on, each.ends_on, PROMISES[each.promise], STATES[each.state])
            for each in await self._known(visitor)
        ]
        await self.site.record("surveys-exported", visitor.id)
        name = f"qabot-surveys-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), [Table("Surveys", KNOWN, rows)])

    async def _known(self, visitor: Visitor) -> Sequence[SurveyRound]:
        return await self.site.parts.store.run(lambda session: self.pages.known(session, visitor.id))

    async def months(self, request: Request) -> Response:
        """What people give, by month and by service."""
        visitor = await self.site.manager(request)
        given = await self.site.parts.store.run(lambda session: self.pages.given(session, visitor.id))
        return self.site.page(request, visitor, "given.html", given=given)

    async def months_file(self, request: Request) -> Response:
        """The same numbers as a file."""
        visitor = await self.site.manager(request)
        given = await self.site.parts.store.run(lambda session: self.pages.given(session, visitor.id))
        headings = ["What", "Period", "From", "Service", "How many"]
        rows = [row for each in given for row in each.rows]
        return download("feedback-and-nominations", ending_of(request), [Table("By month", headings, rows)])

    async def page(self, request: Request, token: str) -> Response:
        """The results of one."""
        return await self._page(request, await self.site.person(request), token)

    async def _page(
        self, request: Request, visitor: Visitor, token: str, *, words: str = "", wrong: str = "", excuse: str = ""
    ) -> Response:
        """With what was written of what changes, and what is wrong with it."""

        def read(session: Session) -> tuple[object, bool]:
            return self.pages.page(session, token, visitor.id), self.pages.may_tell(session, token, visitor.id)

        shown, may_tell = await self.site.parts.store.run(read)
        await self._note(visitor, token)
        context: dict[str, Any] = {
            "shown": shown,
            "may_tell": may_tell,
            "can_draw": can_draw(),
            "words": words,
            "wrong": wrong,
            "what_it_is": what_it_is([words], excuse),
            "promises": PROMISES,
            "states": STATES,
            "groups": survey_charts.groups,
            "rates": survey_charts.rates,
            "all_rows": survey_charts.all_rows,
        }
        return self.site.page(request, visitor, "survey.html", status=422 if wrong else 200, **context)

    async def _note(self, visitor: Visitor, token: str) -> None:
        """Note that somebody read the results of this survey, which were shown to them."""

        def number(session: Session) -> int:
            return session.exec(select(SurveyRound.id).where(SurveyRound.token == token)).one()

        round_id = await self.site.parts.store.run(number)
        await self.site.note_read("survey-read", visitor, ("survey", round_id))

    async def tell(self, request: Request, token: str) -> Response:
        """What changes because of it goes to all who were asked; with an error it stays before whoever wrote it."""
        visitor = await self.site.person(request)
        given = await self.site.posted(request, visitor)
        words, excuse = str(given.get("words", "")), str(given.get(LOOK_ALIKE, ""))
        run = self.site.parts.store.run
        # A transaction of its own, so that what was stopped is counted.
        if wrong := await run(lambda session: self.pages.blocked(session, words, excuse)):
            return await self._page(request, visitor, token, words=words, wrong=wrong, excuse=excuse)
        try:
            count = await run(lambda session: self.pages.tell(session, token, visitor.id, words, excuse))
        except NotFound:
            raise
        except BadRequest as refused:
            return await self._page(request, visitor, token, words=words, wrong=str(refused), excuse=excuse)
        said = Said(f"Thank you. It goes to {plural(count, 'person', 'people')} with their next daily message.")
        return self.site.go(f"/surveys/{token}", visitor.session, said)

    async def file(self, request: Request, token: str) -> Response:
        """The same numbers as a file."""
        visitor = await self.site.person(request)
        headings, *rows = await self.site.parts.store.run(lambda session: self.pages.table(session, token, visitor.id))
        await self._note(visitor, token)
        return download("survey", ending_of(request), [Table("Survey", [str(each) for each in headings], rows)])

    async def picture(self, request: Request, token: str) -> Response:
        """What the page draws, to be shown elsewhere. Raises `NotFound` if there is none."""
        visitor = await self.site.person(request)
        shown = await self.site.parts.store.run(lambda session: self.pages.page(session, token, visitor.id))
        await self._note(visitor, token)
        drawn = await png(svg) if (svg := pictures.page(shown)) and can_draw() else b""
        if not drawn:
            raise NotFound("There is no picture of these results.")
        headers = {"Content-Disposition": 'attachment; filename="survey.png"', "Cache-Control": "no-store"}
        return Response(drawn, media_type="image/png", headers=headers)

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
