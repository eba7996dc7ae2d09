"""Webhooks: addresses of the council's other programs that are called when something happens."""

from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.web.administration.ground import HOME, Ground
from qabot.web.sessions import Said
from qabot.web.site import Visitor
from qabot.workflows.access import webhooks
from qabot.workflows.core.calling import EVENTS
from qabot.workflows.core.unit import Unit

PATH = f"{HOME}/webhooks"


class Webhooks(Ground):
    """Their page."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(PATH, self.show, methods=["GET"])
        router.add_api_route(PATH, self.change, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """The webhooks that there are."""
        return await self._show(request, await self.administrator(request))

    async def _show(self, request: Request, visitor: Visitor, status: int = 200, **context: Any) -> Response:
        def read(session: Session) -> list[dict[str, Any]]:
            unit = self.units.unit(session)
            return [{"hook": each, **webhooks.standing(unit, each)} for each in webhooks.known(unit)]

        rows = await self.site.parts.store.run(read)
        shown = {"made": "", "wrong": "", "name": "", "url": "", "chosen": (), "told": (), **context}
        choices = {"events": EVENTS, "tells": webhooks.TELLS}
        return self.page(request, visitor, "admin-webhooks.html", status=status, rows=rows, **choices, **shown)

    async def change(self, request: Request) -> Response:
        """Make one, whose secret the answer shows this once; try one; or end one."""
        visitor = await self.administrator(request)
        given = await self.site.posted(request, visitor)
        try:
            if ends := str(given.get("end", "")):
                await self.units.run(lambda unit: webhooks.end(unit, webhooks.named(unit, ends), by=visitor.id))
                return self.site.go(PATH, visitor.session, Said(f"The webhook {ends} has ended."))
            if tries := str(given.get("try", "")):
                ended = await self.site.parts.call(tries)
                said = "It took the test" if ended.taken else "It did not take the test"
                return self.site.go(PATH, visitor.session, Said(f"{said}: {ended.why}."))
        except NotFound as gone:
            return await self._show(request, visitor, 422, wrong=str(gone))
        name, url = (str(given.get(each, "")).strip() for each in ("name", "url"))
        chosen, told = ([str(each) for each in given.getlist(of)] for of in ("events", "tells"))

        def make(unit: Unit) -> str:
            private = self.site.parts.webhook_private
            row = webhooks.new(unit, name, url, chosen, told, person_id=visitor.id, private=private)
            return webhooks.secrets_of(row, self.site.parts.settings.secret_keys)[0]

        try:
            secret = await self.units.run(make)
        except BadRequest as wrong:
            typed = {"name": name, "url": url, "chosen": chosen, "told": told}
            return await self._show(request, visitor, 422, wrong=str(wrong), **typed)
        return await self._show(request, visitor, made=secret, made_name=name)
