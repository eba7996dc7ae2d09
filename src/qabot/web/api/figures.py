"""Results as aggregates: the figures of a period, as the pages and reports show them, also as one CSV table."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from qabot.errors import NotFound
from qabot.imports.formulas import safe_cell
from qabot.planning.figures import Figure, Line
from qabot.planning.periods import QUARTER, Period
from qabot.web.api.callers import Caller, having
from qabot.web.api.problems import described
from qabot.web.api.shapes import FigureShape, Page
from qabot.web.figure_words import is_hidden
from qabot.workflows.core.unit import Unit

router = APIRouter(tags=["figures"])
KEY = r"^(month|quarter|year|financial-year)-2[01][0-9]{2}-(0[1-9]|1[0-2])$"
PeriodKey = Annotated[
    str | None,
    Query(pattern=KEY, examples=["quarter-2026-10"], description="The last quarter that is over without it"),
]
COLUMNS = ("measure", "title", "by", "group", "period", "what", "number", "unit", "hidden", "target")
CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "A row for each number"}
}


@router.get("/figures", responses=described(404))
async def figures(caller: Annotated[Caller, having("figures:read")], period: PeriodKey = None) -> Page[FigureShape]:
    """The figures of a period, beside those of the periods that they are compared with."""
    return Page(items=await _read(caller, period))


@router.get("/figures.csv", responses={**described(404), **CSV}, response_class=Response)
async def figures_csv(caller: Annotated[Caller, having("figures:read")], period: PeriodKey = None) -> Response:
    """The same as one table, a row for each number: a feed for Power BI and Excel."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in await _read(caller, period):
        writer.writerows(_rows(each))
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8")


async def _read(caller: Caller, key: str | None) -> list[FigureShape]:
    parts = caller.callers.site.parts
    if parts.figures is None:
        raise NotFound("This service has no figures.")
    shown = parts.figures

    def read(unit: Unit) -> list[FigureShape]:
        period = Period.parse(key) if key else Period.of(QUARTER, unit.today).before
        if period is None:
            raise NotFound("No period begins in that month: a quarter begins in January, April, July or October.")
        return [
            _shaped(each, line, at)
            for each in shown(unit.session, caller.person.id, period)
            for line in each.lines
            for at in range(len(each.periods))
        ]

    return await caller.read(read)


def _shaped(figure: Figure, line: Line, at: int) -> FigureShape:
    counts, away = line.counts[at], is_hidden(figure, line, at)
    return FigureShape(
        measure=figure.key,
        title=figure.title,
        by=figure.by,
        group=line.name or "All",
        period=figure.periods[at],
        base=figure.base,
        size=line.sizes[at] if counts is not None else None,
        counts=dict(zip(figure.columns, counts, strict=True)) if counts is not None else None,
        headline=figure.headline,
        value=None if away else line.headlines[at],
        unit=figure.unit.strip(),
        hidden=away or counts is None,
        target=figure.target,
    )


def _rows(each: FigureShape) -> Iterator[list[str | float | None]]:
    """A row for how many there were, for each column, and for the number that is compared: each says of itself whether
    it is hidden, since of grades some columns of a row are, and others are not.
    """
    first = [safe_cell(text) for text in (each.measure, each.title, each.by, each.group, each.period)]
    yield [*first, safe_cell(each.base), each.size, "", _yes(each.size is None), each.target]
    for what, number in (each.counts or {}).items():
        yield [*first, safe_cell(what), number, "", _yes(number is None), each.target]
    yield [*first, safe_cell(each.headline), each.value, each.unit, _yes(each.hidden), each.target]


def _yes(said: bool) -> str:
    return "yes" if said else "no"
