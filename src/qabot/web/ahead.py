"""One message to come: how it reads, and holding it back, releasing it or sending it now."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.scheduler import holding
from qabot.web import labels
from qabot.web.ports import UnitsOfWork
from qabot.web.sessions import Said
from qabot.web.site import Site, Visitor, number
from qabot.workflows.core.unit import Unit

LIST = "/programme/coming"


class Ahead:
    """Its page and its three buttons."""

    def __init__(self, site: Site, units: UnitsOfWork) -> None:
        self.site, self.units = site, units

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix=LIST)
        router.add_api_route("/message", self.show, methods=["GET"])
        for path, answer in (("/hold", self.hold), ("/release", self.release), ("/now", self.now)):
            router.add_api_route(path, answer, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """The message as its person would see it."""
        visitor = await self.site.manager(request)
        key, person = request.query_params.get("key", ""), number(request.query_params.get("person", "")) or 0

        def read(session: Session) -> dict[str, Any]:
            unit = self.units.unit(session)
            one = holding.find(unit, visitor.id, key, person)
            return {
                "one": one,
                "card": holding.preview(unit, one),
                "name": unit.directory.name(one.person_id),
                "about": labels.subject_labels(session, {one.subject})[one.subject],
            }

        context = await self.site.parts.store.run(read)
        titles = self.site.titles
        return self.site.page(
            request, visitor, "coming-message.html", reasons=holding.REASONS, titles=titles, key=key, **context
        )

    async def hold(self, request: Request) -> Response:
        """Hold it back."""
        visitor = await self.site.manager(request)
        given = await self.site.posted(request, visitor)
        key, person, why = (
            str(given.get("key", "")),
            number(str(given.get("person", ""))) or 0,
            str(given.get("why", "")),
        )

        def work(unit: Unit) -> str:
            one = holding.find(unit, visitor.id, key, person)
            holding.hold(unit, one, why, by=unit.directory.people[visitor.id])
            return f"It is held back. {unit.directory.name(person)} does not get it before it is released."

        return await self._do(visitor, work)

    async def now(self, request: Request) -> Response:
        """Send it now."""
        visitor = await self.site.manager(request)
        given = await self.site.posted(request, visitor)
        key, person = str(given.get("key", "")), number(str(given.get("person", ""))) or 0

        def work(unit: Unit) -> str:
            one = holding.find(unit, visitor.id, key, person)
            when = holding.say_now(unit, one, by=unit.directory.people[visitor.id])
            return f"{unit.directory.name(person)} gets it {when}."

        return await self._do(visitor, work)

    async def release(self, request: Request) -> Response:
        """Let it go again."""
        visitor = await self.site.manager(request)
        given = await self.site.posted(request, visitor)
        token = str(given.get("token", ""))

        def work(unit: Unit) -> str:
            holding.release(unit, token, by=unit.directory.people[visitor.id])
            return "It is released, and goes with the person's next daily message."

        return await self._do(visitor, work)

    async def _do(self, visitor: Visitor, work: Callable[[Unit], str]) -> Response:
        try:
            said = await self.units.run(work)
        except (BadRequest, NotFound) as wrong:
            said = str(wrong)
        return self.site.go(LIST, visitor.session, Said(said))
