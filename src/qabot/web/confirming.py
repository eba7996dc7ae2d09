"""The readings that a council confirms before go-live: a page on which an administrator notes who confirmed which."""

from datetime import date

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, IdentifierFound, NotAllowed
from qabot.framework.calendar import local_day
from qabot.web.sessions import Said
from qabot.web.site import Site, Visitor
from qabot.web.table_files import Table, add_files, download, ending_of
from qabot.workflows.programme.readings import Reading, confirm, readings

PATH = "/programme/readings"
HEADINGS = ("Rule", "What it says", "Our reading", "Reference", "State", "Where it stands")


class Confirming:
    """Its page."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix=PATH)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.send, methods=["POST"])
        add_files(router, "", self.export)
        return router

    async def show(self, request: Request) -> Response:
        """Every reading, and where it stands; those to confirm first."""
        return await self._page(request, await self.site.manager(request))

    async def export(self, request: Request) -> Response:
        """The same readings as a file: for the meeting that confirms them."""
        await self.site.manager(request)
        rows = [
            (each.rule, each.text, each.reading, each.reference, state_of(each), each.standing)
            for each in await self._readings()
        ]
        name = f"qabot-readings-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), [Table("Readings to confirm", HEADINGS, rows)])

    async def _readings(self) -> list[Reading]:
        """All of them, those to confirm first."""
        framework = self.site.parts.framework
        list_of_readings = await self.site.parts.store.run(lambda session: list(readings(session, framework).values()))
        return sorted(list_of_readings, key=lambda each: each.confirmed)

    async def send(self, request: Request) -> Response:
        """Note that one was confirmed. What is wrong is said on the page, beside it."""
        visitor = await self.site.manager(request)
        if not _may_confirm(visitor):
            raise NotAllowed("An administrator notes what the council confirmed.")
        given = await self.site.posted(request, visitor)
        rule, by, on = (str(given.get(each, "")).strip() for each in ("rule", "by", "on"))
        try:
            await self.site.parts.store.run(lambda session: self._confirm(session, rule, by, on, visitor.id))
        except (BadRequest, IdentifierFound) as wrong:
            return await self._page(request, visitor, rule, by, on, str(wrong))
        return self.site.go(f"{PATH}#{rule}", visitor.session, Said(f"{rule} is confirmed."))

    def _confirm(self, session: Session, rule: str, by: str, on: str, actor: int) -> None:
        try:
            day = date.fromisoformat(on)
        except ValueError:
            raise BadRequest("Give the day on which it was confirmed, such as 2026-11-21.") from None
        parts = self.site.parts
        confirm(session, parts.framework, rule, by=by, on=day, now=parts.clock.now(), actor=actor)

    async def _page(
        self, request: Request, visitor: Visitor, rule: str = "", by: str = "", on: str = "", wrong: str = ""
    ) -> Response:
        framework = self.site.parts.framework
        list_of_readings = await self._readings()
        return self.site.page(
            request,
            visitor,
            "readings.html",
            status=422 if wrong else 200,
            readings=list_of_readings,
            state_of=state_of,
            path=PATH,
            confirmed=sum(each.confirmed for each in list_of_readings),
            references=framework.confirm,
            may_confirm=_may_confirm(visitor),
            wrong={rule: wrong} if wrong else {},
            by=by,
            on=on,
            chats=self.site.parts.chats(),
            clock_trouble=self.site.parts.clock_trouble(),
        )


def state_of(reading: Reading) -> str:
    """Whether it is confirmed, in words."""
    return "Confirmed" if reading.confirmed else "Changed since" if reading.before else "Not yet confirmed"


def _may_confirm(visitor: Visitor) -> bool:
    return visitor.person is not None and visitor.person.administrator
