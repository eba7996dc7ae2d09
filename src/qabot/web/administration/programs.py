"""Tokens with which the council's other programs use the API: made, shown once, and ended."""

from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.web.administration.ground import HOME, Ground
from qabot.web.sessions import Said
from qabot.web.site import Visitor, number
from qabot.workflows.access import tokens

PATH = f"{HOME}/tokens"


class Programs(Ground):
    """Their page."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(PATH, self.show, methods=["GET"])
        router.add_api_route(PATH, self.change, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """The tokens that there are."""
        return await self._show(request, await self.administrator(request))

    async def _show(self, request: Request, visitor: Visitor, status: int = 200, **context: Any) -> Response:
        def read(session: Session) -> list[dict[str, Any]]:
            unit = self.units.unit(session)
            return [
                {"token": each, "open": tokens.is_open(unit, each), "person": unit.directory.name(each.person_id)}
                for each in tokens.known(unit)
            ]

        rows = await self.site.parts.store.run(read)
        shown = {"made": "", "wrong": "", "name": "", "chosen": (), "days": tokens.USUAL_DAYS, **context}
        return self.page(request, visitor, "admin-tokens.html", status=status, rows=rows, scopes=tokens.SCOPES, **shown)

    async def change(self, request: Request) -> Response:
        """Make one, whose text the answer shows this once; or end one."""
        visitor = await self.administrator(request)
        given = await self.site.posted(request, visitor)
        me, ends = visitor.id, str(given.get("end", ""))
        if ends:
            try:
                await self.units.run(lambda unit: tokens.end(unit, ends, by=me))
            except NotFound as gone:
                return await self._show(request, visitor, 422, wrong=str(gone))
            return self.site.go(PATH, visitor.session, Said(f"The token {ends} has ended."))
        name, chosen = str(given.get("name", "")).strip(), [str(each) for each in given.getlist("scopes")]
        days = number(str(given.get("days", "")).strip()) or 0
        try:
            text = await self.units.run(lambda unit: tokens.new(unit, name, chosen, days, person_id=me))
        except BadRequest as wrong:
            return await self._show(request, visitor, 422, wrong=str(wrong), name=name, chosen=chosen, days=days)
        return await self._show(request, visitor, made=text, made_name=name)
