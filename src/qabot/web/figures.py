"""The figures of the programme on the web: a period beside others, as charts, tables and files."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest
from qabot.framework.calendar import local_day
from qabot.planning.figures import Figure, Line
from qabot.planning.periods import KINDS, MONTH, QUARTER, Period
from qabot.web.figure_words import is_hidden, target_words
from qabot.web.ports import FiguresOf
from qabot.web.site import Site, Visitor
from qabot.web.table_files import Cell, Table, add_files, download, ending_of

PATH = "/programme/figures"
GROUPS = {
    "service": "Service",
    "activity": "Kind of work",
    "grade": "First grade",
    "survey": "Survey",
}
HIDDEN = "Hidden"
OFFERED = {MONTH: 13, QUARTER: 9}
"""How many periods of a kind are offered to choose from; of years fewer."""
YEARS = 4


class Figures:
    """Their page and its files."""

    def __init__(self, site: Site, reader: FiguresOf) -> None:
        self.site = site
        self.read = reader

    def router(self) -> APIRouter:
        """Their routes."""
        router = APIRouter()
        router.add_api_route(PATH, self.show, methods=["GET"])
        add_files(router, PATH, self.export)
        return router

    async def show(self, request: Request) -> Response:
        """One period. Where none is asked for and there was nothing yet in the last, the one that runs."""
        visitor = await self.site.person(request)
        today = local_day(self.site.parts.clock.now())
        period_key = request.query_params.get("period", "")
        period = period_of(period_key, today)
        figures = await self._read(visitor, period)
        if not period_key.strip() and all(each.is_empty for each in figures):
            period = Period.of(QUARTER, today)
            figures = await self._read(visitor, period)
        parts = self.site.parts
        return self.site.page(
            request,
            visitor,
            "figures.html",
            period=period,
            ended=period.ends < today,
            by_kind=[(words, _offered(kind, today, period)) for kind, words in KINDS.items()],
            figures=figures,
            measures=by_measure(figures),
            groups=GROUPS,
            query=f"period={period.key}",
            chats=parts.chats(),
            clock_trouble=parts.clock_trouble(),
        )

    async def export(self, request: Request) -> Response:
        """The same numbers as a file; that it was taken is in the log."""
        visitor = await self.site.person(request)
        period = period_of(request.query_params.get("period", ""), local_day(self.site.parts.clock.now()))
        figures = await self._read(visitor, period)
        await self.site.record("figures-exported", visitor.id, period.title)
        return download(f"qabot-figures-{period.key}", ending_of(request), tables_of(figures))

    async def _read(self, visitor: Visitor, period: Period) -> Sequence[Figure]:
        return await self.site.parts.store.run(lambda session: self.read(session, visitor.id, period))


def period_of(key: str, today: date) -> Period:
    """The period that an address names; without one the last quarter that is over. Raises `BadRequest`."""
    if not key.strip():
        return Period.of(QUARTER, today).before
    period = Period.parse(key.strip())
    if period is None:
        raise BadRequest("There is no such period. Choose one from the list, such as a quarter.")
    return period


def _offered(kind: str, today: date, chosen: Period) -> list[Period]:
    period, periods = Period.of(kind, today), []
    for _ in range(OFFERED.get(kind, YEARS)):
        periods.append(period)
        period = period.before
    return periods if chosen in periods or chosen.kind != kind else [*periods, chosen]


def by_measure(figures: Sequence[Figure]) -> list[list[Figure]]:
    """The tables of each measure together."""
    return [list(of) for _, of in groupby(figures, lambda each: each.key)]


def tables_of(figures: Sequence[Figure]) -> list[Table]:
    """Figures as the tables of a file, a row for each group and period."""
    return [
        Table(
            f"{each.title}, {GROUPS[each.by].lower()}",
            (
                GROUPS[each.by],
                "Period",
                *([] if each.is_one_number else [each.base]),
                *each.columns,
                each.headline_with_unit,
                *(["Target"] if each.target is not None else []),
            ),
            [_cells(each, line, at) for line in each.lines for at in range(len(each.periods))],
        )
        for each in figures
    ]


def _cells(figure: Figure, line: Line, at: int) -> list[Cell]:
    size, counts, headline = line.sizes[at], line.counts[at], line.headlines[at]
    every: list[int | None] = [None] * (1 + len(figure.columns)) if counts is None else [size, *counts]
    shown: list[Cell] = [HIDDEN if each is None else each for each in every]
    number: Cell = HIDDEN if is_hidden(figure, line, at) else headline
    aim = [target_words(figure)] if figure.target is not None else []
    return [line.name or "All", figure.periods[at], *(shown[1:] if figure.is_one_number else shown), number, *aim]
