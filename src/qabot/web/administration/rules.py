"""The framework as people read it, with its year; and a try-out of an edited file before it counts."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import NotFound
from qabot.framework import Framework
from qabot.framework.calendar import local_day
from qabot.framework.describe import describe
from qabot.framework.describe_words import Naming
from qabot.framework.sections import Item, Section
from qabot.framework.year import Row, last_day, year
from qabot.imports.exporting import cases_exported, exported
from qabot.messaging.values import day
from qabot.web.administration.ground import HOME, Ground
from qabot.web.administration.trying import LARGEST, Council, TryOut, TryOuts
from qabot.web.differences import in_use, open_lines
from qabot.web.ports import RuleFiles, UnitsOfWork
from qabot.web.sessions import Said
from qabot.web.site import Site
from qabot.web.table_files import Table, add_files
from qabot.workflows.programme.readings import readings

_A_WEEK = timedelta(days=7)
TRY = f"{HOME}/try-out"
OF_YEAR = ("What", "How often", "Days")
OF_RULES = ("Section", "Rule", "What it says", "Notes", "Reading")
WIDTH = 1000
"""Units of the year's picture from its first day to its last."""
TOO_LARGE = "This file is larger than 1 MB, which no framework is."


class Rules(Ground):
    """Their pages."""

    def __init__(self, site: Site, units: UnitsOfWork, rules: RuleFiles) -> None:
        super().__init__(site, units)
        self.rules = rules
        self._tried = TryOuts(rules)

    def router(self) -> APIRouter:
        """Their routes."""
        router = APIRouter(prefix=HOME)
        router.add_api_route("/rules", self.show, methods=["GET"])
        add_files(router, "/rules", self.export)
        router.add_api_route("/try-out", self.form, methods=["GET"])
        router.add_api_route("/try-out", self.begin, methods=["POST"])
        router.add_api_route("/try-out/{token}", self.result, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """The rules in plain English, and the year that begins with this month."""
        visitor = await self.administrator(request)
        framework = self.site.parts.framework
        confirmed = await self._confirmed()
        first = local_day(self.site.parts.clock.now()).replace(day=1)
        return self.page(
            request,
            visitor,
            "admin-rules.html",
            framework=framework,
            sections=self._described(),
            confirmed=confirmed,
            year=drawn(year(framework, first), first),
        )

    def _described(self) -> list[Section]:
        """The rules for people, who have no use for the names that the file has for things."""
        return describe(self.site.parts.framework, Naming(self.site.titles.messages))

    async def _confirmed(self) -> set[str]:
        """The rules whose reading the council has confirmed."""
        framework = self.site.parts.framework
        known = await self.site.parts.store.run(lambda session: readings(session, framework))
        return {rule for rule, each in known.items() if each.confirmed}

    async def export(self, request: Request) -> Response:
        """The year as a file, and each line of the rules with whether its reading is confirmed."""
        visitor = await self.administrator(request)
        framework = self.site.parts.framework
        confirmed = await self._confirmed()
        first = local_day(self.site.parts.clock.now()).replace(day=1)
        calendar = [(each.title, each.often, _days(each)) for each in year(framework, first)]
        rules = [
            (section.title, item.rule, item.text, " ".join(item.notes), _standing(item, confirmed))
            for section in self._described()
            for item in section.items
        ]
        tables = [Table("The year", OF_YEAR, calendar), Table("The rules", OF_RULES, rules)]
        return await self.file(request, visitor, "rules", tables)

    async def form(self, request: Request) -> Response:
        """Where an edited file goes in."""
        visitor = await self.administrator(request)
        return self.page(request, visitor, "admin-try-out.html", text="", wrong="")

    async def begin(self, request: Request) -> Response:
        """Try a file out: it is checked at once, and played in a process of its own."""
        visitor = await self.administrator(request)
        given = await self.site.posted(request, visitor, largest=2 * LARGEST)
        text = await _text(given)
        wrong = "" if text.strip() else "Choose a file, or write into the field."
        if len(text.encode()) > LARGEST:
            text, wrong = "", TOO_LARGE
        if wrong:
            return self.page(request, visitor, "admin-try-out.html", status=422, text=text, wrong=wrong)
        council = await self.site.parts.store.run(self._council)
        tried = await self._tried.begin(text, council, visitor.id)
        await self.site.record("rules-tried", visitor.id)
        return self.site.go(f"{TRY}/{tried.token}", visitor.session, Said(""))

    def _council(self, session: Session) -> Council:
        today = local_day(self.site.parts.clock.now())
        return Council(exported(session, today), cases_exported(session), today)

    async def result(self, request: Request, token: str) -> Response:
        """What came of a try-out; while it is played, the page asks again by itself."""
        visitor = await self.administrator(request)
        tried = self._tried.find(token, visitor.id)
        if tried is None:
            raise NotFound("This try-out is no longer kept: one is for half an hour, in the process that made it.")
        now, parts = self.site.parts.clock.now(), self.site.parts
        opened = await parts.store.run(lambda session: _opened(session, parts.framework, tried, now))
        return self.page(
            request, visitor, "admin-tried.html", tried=tried, opened=opened, title=self.site.titles.message
        )


def _standing(item: Item, confirmed: Collection[str]) -> str:
    if not item.confirm:
        return ""
    return "Confirmed" if item.rule in confirmed else "To confirm"


def _days(row: Row) -> str:
    """The days of an activity or gathering, in words."""
    spans = [f"{day(first)} to {day(last)}" for first, last in row.spans]
    return "; ".join([*spans, *map(day, row.days)]) or "No days of the calendar"


def _opened(session: Session, running: Framework, tried: TryOut, now: datetime) -> list[str]:
    """What it would mean for what is open now."""
    if tried.framework is None:
        return []
    used = in_use(session, running, tried.framework, tried.changes, now)
    return [line for line in open_lines(tried.framework, used) if line]


async def _text(given: FormData) -> str:
    """The file that was sent, or else what was written."""
    sent = given.get("file")
    if isinstance(sent, UploadFile) and sent.filename:
        return (await sent.read(LARGEST + 1)).decode("utf-8", errors="replace")
    return str(given.get("text", ""))


def drawn(rows: list[Row], first: date) -> dict[str, Any]:
    """The year as places on a line of `WIDTH` units: months, and of each row its bars and its marks."""
    last = last_day(first)
    length = (last - first).days + 1

    def at(day: date) -> float:
        return round((day - first).days / length * WIDTH, 1)

    months = []
    month = first
    while month <= last:
        months.append((at(month), f"{month:%b}"))
        month = (month.replace(day=28) + _A_WEEK).replace(day=1)
    return {
        "first": first,
        "last": last,
        "months": months,
        "width": WIDTH,
        "rows": [
            {
                "row": row,
                "days": _days(row),
                "bars": [(at(start), max(at(end) - at(start), 1.0)) for start, end in row.spans],
                "marks": [at(day) for day in row.days],
            }
            for row in rows
        ],
    }
