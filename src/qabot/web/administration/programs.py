"""Tokens with which the council's other programs use the API: made, shown once, and ended."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.framework.calendar import local_day
from qabot.messaging.values import day
from qabot.models import ApiToken
from qabot.web.administration.ground import HOME, Ground
from qabot.web.sessions import Said
from qabot.web.site import Visitor, number
from qabot.web.table_files import Cell, Table, add_files
from qabot.workflows.access import tokens
from qabot.workflows.core.unit import Unit

PATH = f"{HOME}/tokens"
HEADINGS = ("Name", "May", "Acts for", "Ends", "Last used")


class Programs(Ground):
    """Their page."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(PATH, self.show, methods=["GET"])
        router.add_api_route(PATH, self.change, methods=["POST"])
        add_files(router, PATH, self.export)
        return router

    async def show(self, request: Request) -> Response:
        """The tokens that there are."""
        return await self._show(request, await self.administrator(request))

    async def _show(self, request: Request, visitor: Visitor, status: int = 200, **context: Any) -> Response:
        rows = await self.site.parts.store.run(self._read)
        shown = {"made": "", "wrong": "", "name": "", "chosen": (), "days": tokens.USUAL_DAYS, **context}
        return self.page(request, visitor, "admin-tokens.html", status=status, rows=rows, scopes=tokens.SCOPES, **shown)

    def _read(self, session: Session) -> list[dict[str, Any]]:
        unit = self.units.unit(session)
        return [
            {"token": each, "person": unit.directory.name(each.person_id), "ends": _ends(unit, each)}
            for each in tokens.known(unit)
        ]

    async def export(self, request: Request) -> Response:
        """The same as a file. What a token's text is stands nowhere."""
        visitor = await self.administrator(request)
        rows = [_cells(**each) for each in await self.site.parts.store.run(self._read)]
        return await self.file(request, visitor, "tokens", [Table("Tokens", HEADINGS, rows)])

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


def _ends(unit: Unit, token: ApiToken) -> date | str:
    if token.ended_at is not None:
        return f"Ended on {day(token.ended_at)}"
    return local_day(token.expires_at) if tokens.is_open(unit, token) else "No longer works"


def _cells(token: ApiToken, person: str, ends: date | str) -> tuple[Cell, ...]:
    used = local_day(token.used_at) if token.used_at else "Never"
    return token.name, ", ".join(token.scopes), person, ends, used
