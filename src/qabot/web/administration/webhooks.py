"""Webhooks: addresses of the council's other programs that are called when something happens."""

from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.messaging.values import day
from qabot.models import Webhook
from qabot.web.administration.ground import HOME, Ground
from qabot.web.sessions import Said
from qabot.web.site import Visitor
from qabot.web.table_files import Cell, Table, add_files
from qabot.workflows.access import webhooks
from qabot.workflows.core.calling import EVENTS
from qabot.workflows.core.unit import Unit

PATH = f"{HOME}/webhooks"
HEADINGS = ("Name", "Address", "Called of", "Told", "State")


class Webhooks(Ground):
    """Their page."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(PATH, self.show, methods=["GET"])
        router.add_api_route(PATH, self.change, methods=["POST"])
        add_files(router, PATH, self.export)
        return router

    async def show(self, request: Request) -> Response:
        """The webhooks that there are."""
        return await self._show(request, await self.administrator(request))

    async def _show(self, request: Request, visitor: Visitor, status: int = 200, **context: Any) -> Response:
        rows = await self.site.parts.store.run(self._read)
        shown = {"made": "", "wrong": "", "name": "", "url": "", "chosen": (), "told": (), **context}
        choices = {"events": EVENTS, "tells": webhooks.TELLS}
        return self.page(request, visitor, "admin-webhooks.html", status=status, rows=rows, **choices, **shown)

    def _read(self, session: Session) -> list[dict[str, Any]]:
        unit = self.units.unit(session)
        return [{"hook": each, "state": _state(unit, each)} for each in webhooks.known(unit)]

    async def export(self, request: Request) -> Response:
        """The same as a file, without the secrets."""
        visitor = await self.administrator(request)
        rows = [_cells(**each) for each in await self.site.parts.store.run(self._read)]
        return await self.file(request, visitor, "webhooks", [Table("Webhooks", HEADINGS, rows)])

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
        chosen, recipients = ([str(each) for each in given.getlist(of)] for of in ("events", "tells"))

        def make(unit: Unit) -> str:
            private = self.site.parts.webhook_private
            row = webhooks.new(unit, name, url, chosen, recipients, person_id=visitor.id, private=private)
            return webhooks.secrets_of(row, self.site.parts.settings.secret_keys)[0]

        try:
            secret = await self.units.run(make)
        except BadRequest as wrong:
            typed = {"name": name, "url": url, "chosen": chosen, "told": recipients}
            return await self._show(request, visitor, 422, wrong=str(wrong), **typed)
        return await self._show(request, visitor, made=secret, made_name=name)


def _state(unit: Unit, hook: Webhook) -> str:
    if hook.ended_at is not None:
        return f"Ended on {day(hook.ended_at)}" + (f": {hook.ended_why}" if hook.ended_why else "")
    standing = webhooks.standing(unit, hook)
    last = f". Last: {standing['last']}" if standing["last"] else ""
    return f"{standing['waiting']} waiting, {standing['failed']} failed{last}"


def _cells(hook: Webhook, state: str) -> tuple[Cell, ...]:
    return hook.name, hook.url, ", ".join(hook.events), ", ".join(["References", *hook.tells]), state
