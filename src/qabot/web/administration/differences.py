"""What the council's directory states otherwise than qabot has it: accepted or declined, one or a page at once."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadFile, BadRequest, NotFound
from qabot.framework.calendar import local_day
from qabot.imports import at_once, from_directory
from qabot.messaging.values import plural
from qabot.models import DifferenceState
from qabot.web.administration.ground import HOME, Ground
from qabot.web.paged import PAGE, Paged
from qabot.web.sessions import Said
from qabot.web.site import Visitor, number
from qabot.web.table_files import LONGEST_LIST, Cell, Table, add_files
from qabot.workflows.core.as_shown import parted
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import differences

PATH = f"{HOME}/differences"
HEADINGS = ("Person", "What", "Here", "In the directory", "Since")
NOTHING = "Choose one of the page's own buttons."
ACCEPTED, DECLINED = "accept", "decline"


class Differences(Ground):
    """Their page."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(PATH, self.show, methods=["GET"])
        router.add_api_route(PATH, self.decide, methods=["POST"])
        add_files(router, PATH, self.export)
        return router

    async def show(self, request: Request) -> Response:
        """The differences that are open, the oldest first."""
        return await self._show(request, await self.administrator(request))

    async def _show(self, request: Request, visitor: Visitor, status: int = 200, wrong: Sequence[str] = ()) -> Response:
        page = max(1, number(request.query_params.get("page", "")) or 1)

        rows, total = await self._read(page, PAGE)
        return self.page(
            request,
            visitor,
            "admin-differences.html",
            status=status,
            paged=Paged(rows, page, total),
            wrong=wrong,
            link_to=lambda to: f"{PATH}?page={to}",
        )

    async def _read(self, page: int, size: int) -> tuple[list[dict[str, Any]], int]:
        def read(session: Session) -> tuple[list[dict[str, Any]], int]:
            unit = self.units.unit(session)
            total, rows = differences.shown(unit, (page - 1) * size, size)
            return [_shown(unit, *each) for each in rows], total

        return await self.site.parts.store.run(read)

    async def export(self, request: Request) -> Response:
        """The same as a file, without pages."""
        visitor = await self.administrator(request)
        rows, _ = await self._read(1, LONGEST_LIST)
        return await self.file(request, visitor, "differences", [Table("Differences", HEADINGS, map(_cells, rows))])

    async def decide(self, request: Request) -> Response:
        """Accept or decline one, or accept all that were shown."""
        visitor = await self.administrator(request)
        given = await self.site.posted(request, visitor)
        by = visitor.id
        try:
            names, accepts = _decision(given)
            said = await self.units.run(lambda unit: (accept if accepts else decline)(unit, names, by=by))
        except (BadFile, BadRequest, NotFound) as wrong:
            lines = [each.what for each in wrong.problems] if isinstance(wrong, BadFile) else [str(wrong)]
            return await self._show(request, visitor, 422, wrong=lines)
        return self.site.go(PATH, visitor.session, Said(said))


def accept(unit: Unit, names: Sequence[str], *, by: int) -> str:
    """Take over what a directory states, all of it or nothing; in words what was done. Raises `BadFile` and others."""
    chosen = differences.chosen(unit, names)
    plan = from_directory.accepted(unit, chosen)
    for each in chosen:
        differences.decide(unit, *each, DifferenceState.accepted, by=by)
    changes = at_once.do(unit, plan)
    at_once.note(unit, changes, "people", by=by)
    return f"Accepted: {plural(len(chosen), 'difference', 'differences')}."


def decline(unit: Unit, names: Sequence[str], *, by: int) -> str:
    """Keep what qabot has; in words what was done. Raises `NotFound`."""
    chosen = differences.chosen(unit, names)
    for each in chosen:
        differences.decide(unit, *each, DifferenceState.declined, by=by)
    return "Declined. It comes back when the directory states something else."


def _decision(given: FormData) -> tuple[list[str], bool]:
    """Which differences, by their names, and whether they are accepted. Raises `BadRequest`."""
    for name in (ACCEPTED, DECLINED):
        if number(parted(one := str(given.get(name, "")))[0]):
            return [one], name == ACCEPTED
    every = [one for each in given.getlist("shown") if number(parted(one := str(each))[0])]
    if str(given.get("all", "")) == ACCEPTED and 0 < len(every) <= PAGE:
        return every, True
    raise BadRequest(NOTHING)


def _shown(unit: Unit, row: Any, user: Any) -> dict[str, Any]:
    who = unit.directory.name(user.person_id) if user.person_id is not None else user.stated.get("name", user.user_name)
    # Who leaves is decided one by one: of many at once the directory may be wrong.
    alone = row.stated == differences.GONE_THERE and row.field == differences.WORKS
    return {
        "row": row,
        "name": differences.named(row),
        "who": who,
        "field": differences.FIELDS[row.field],
        "person": user.person_id,
        "alone": alone,
    }


def _cells(each: dict[str, Any]) -> tuple[Cell, ...]:
    row = each["row"]
    return each["who"], each["field"], row.known or "Nothing", row.stated, local_day(row.since)
