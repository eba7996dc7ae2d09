"""Reports on the web: the list, the one that is written to, and what was issued, as pages and as files."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.framework.calendar import local_day
from qabot.messaging.form import LOOK_ALIKE
from qabot.web import report_files
from qabot.web.figures import GROUPS, by_measure, tables_of
from qabot.web.ports import ReportPages
from qabot.web.sessions import Said
from qabot.web.site import Site, Visitor
from qabot.web.table_files import CSV, MEDIA, XLSX, Table, add_files, download, ending_of, file_of
from qabot.web.typed_texts import what_it_is
from qabot.workflows.programme.report_content import Content
from qabot.workflows.verbs.reports import NO_REPORT, ShownReport

T = TypeVar("T")
PATH = "/programme/reports"
SAVED = "The texts are kept."
ISSUED = ("Report", "Issue", "Period", "Issued", "By")
ENDINGS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    **MEDIA,
}


class Reports:
    """Their pages and files."""

    def __init__(self, site: Site, pages: ReportPages) -> None:
        self.site, self.pages = site, pages

    def router(self) -> APIRouter:
        """Their routes."""
        router = APIRouter(prefix=PATH)
        router.add_api_route("", self.shelf, methods=["GET"])
        add_files(router, "", self.shelf_file)
        router.add_api_route("/open", self.open, methods=["GET"])
        router.add_api_route("/issued/{token}", self.issued, methods=["GET"])
        router.add_api_route("/issued/{token}/as/{ending}", self.issued_file, methods=["GET"])
        router.add_api_route("/{kind}/{key}", self.draft, methods=["GET"])
        router.add_api_route("/{kind}/{key}", self.write, methods=["POST"])
        router.add_api_route("/{kind}/{key}/as/{ending}", self.draft_file, methods=["GET"])
        return router

    async def shelf(self, request: Request) -> Response:
        """The list: what can be written, and what was issued."""
        visitor = await self.site.person(request)
        shelf = await self._run(lambda session: self.pages.shelf(session, visitor.id))
        return self._page(request, visitor, "reports.html", shelf=shelf)

    async def shelf_file(self, request: Request) -> Response:
        """What was issued as a list in a file; that it was taken is in the log."""
        visitor = await self.site.person(request)
        shelf = await self._run(lambda session: self.pages.shelf(session, visitor.id))
        rows = [(each.title, each.number, each.period, each.at, each.by) for each in shelf.issued]
        await self.site.record("reports-exported", visitor.id)
        name = f"qabot-reports-{local_day(self.site.parts.clock.now()).isoformat()}"
        return download(name, ending_of(request), [Table("Issued", ISSUED, rows)])

    async def open(self, request: Request) -> Response:
        """The report of a kind and a period, as a form without JavaScript asks for it."""
        visitor = await self.site.person(request)
        chosen = request.query_params.get("report", "")
        kind, _, key = chosen.partition("/")
        await self._run(lambda session: self.pages.draft(session, visitor.id, kind, key))
        return self.site.go(f"{PATH}/{kind}/{key}")

    async def draft(self, request: Request, kind: str, key: str) -> Response:
        """One that is written to."""
        visitor = await self.site.person(request)
        shown = await self._run(lambda session: self.pages.draft(session, visitor.id, kind, key))
        return self._shown(request, visitor, shown, f"{PATH}/{kind}/{key}")

    async def write(self, request: Request, kind: str, key: str) -> Response:
        """Keep the texts; and issue it, if that was meant."""
        visitor = await self.site.person(request)
        given = await self.site.posted(request, visitor)
        texts = {name: str(text) for name, text in given.items() if isinstance(text, str)}
        here = f"{PATH}/{kind}/{key}"
        errors = await self._run(lambda session: self.pages.save(session, visitor.id, kind, key, texts))
        to_issue = given.get("do") == "issue"
        if to_issue and given.get("sure") != "yes":
            errors = {**errors, "sure": "Tick this to issue it."}
        if errors:
            shown = await self._run(lambda session: self.pages.draft(session, visitor.id, kind, key))
            return self._shown(request, visitor, shown, here, texts=texts, errors=errors, status=400)
        if not to_issue:
            return self.site.go(here, visitor.session, Said(SAVED))
        issued = await self._run(lambda session: self.pages.issue(session, visitor.id, kind, key))
        return self.site.go(
            f"{PATH}/issued/{issued.token}", visitor.session, Said(f"{issued.title}, {issued.period}, is issued.")
        )

    async def issued(self, request: Request, token: str) -> Response:
        """One that was issued, as it was."""
        visitor = await self.site.person(request)
        shown = await self._run(lambda session: self.pages.show(session, visitor.id, token))
        return self._shown(request, visitor, shown, f"{PATH}/issued/{token}")

    async def draft_file(self, request: Request, kind: str, key: str, ending: str) -> Response:
        """One that is written to, as a file that says so."""
        visitor = await self.site.person(request)
        shown = await self._run(lambda session: self.pages.draft(session, visitor.id, kind, key))
        return await self._file(visitor, shown, ending)

    async def issued_file(self, request: Request, token: str, ending: str) -> Response:
        """One that was issued, as a file."""
        visitor = await self.site.person(request)
        shown = await self._run(lambda session: self.pages.show(session, visitor.id, token))
        return await self._file(visitor, shown, ending)

    async def _run(self, work: Callable[[Session], T]) -> T:
        return await self.site.parts.store.run(work)

    async def _file(self, visitor: Visitor, shown: ShownReport, ending: str) -> Response:
        if ending not in ENDINGS:
            raise NotFound(NO_REPORT)
        await self.site.record("report-exported", visitor.id, f"{shown.content.title}, {shown.key}, {ending}")
        content = await asyncio.to_thread(_made, shown, ending)
        state = f"-{shown.issued.number}" if shown.issued else "-draft"
        name = f"qabot-{shown.kind}-{shown.key}{state}.{ending}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(content, media_type=ENDINGS[ending], headers=headers)

    def _shown(
        self,
        request: Request,
        visitor: Visitor,
        shown: ShownReport,
        here: str,
        *,
        texts: dict[str, str] | None = None,
        errors: object = None,
        status: int = 200,
    ) -> Response:
        typed, labels = texts or {}, shown.content.labels
        return self._page(
            request,
            visitor,
            "report.html",
            status=status,
            shown=shown,
            address=here,
            texts=shown.texts if texts is None else texts,
            errors=errors or {},
            what_it_is=what_it_is([text for name, text in typed.items() if name in labels], typed.get(LOOK_ALIKE, "")),
            measures=by_measure(shown.content.figures),
            groups=GROUPS,
            can_pdf=report_files.can_pdf(),
        )

    def _page(
        self, request: Request, visitor: Visitor, template: str, status: int = 200, **context: object
    ) -> Response:
        parts = self.site.parts
        return self.site.page(
            request,
            visitor,
            template,
            status=status,
            chats=parts.chats(),
            clock_trouble=parts.clock_trouble(),
            **context,
        )


def _made(shown: ShownReport, ending: str) -> bytes:
    """A report as a file. Raises `BadRequest` of a PDF where none can be made."""
    if ending in (CSV, XLSX):
        return file_of(ending, tables(shown))
    if ending == "docx":
        return report_files.as_word(shown, GROUPS)
    if not report_files.can_pdf():
        raise BadRequest(report_files.NO_PDF)
    return report_files.as_pdf(shown, GROUPS, by_measure(shown.content.figures))


def tables(shown: ShownReport) -> list[Table]:
    """All tables of a report, its texts first."""
    content: Content = shown.content
    texts = [[content.labels[name], text] for name, text in shown.texts.items() if name in content.labels]
    about = [["Report", content.title], ["Council", content.council], ["Period", content.period]]
    about += [["Counted", content.made], ["Issued", report_files.issued_words(shown)]]
    return [
        Table("About", ("What", "Text"), [*about, *texts, *(["Method", each] for each in content.method)]),
        *tables_of(content.figures),
        *(Table(each.title, each.headings, each.rows) for each in content.sheets),
    ]
