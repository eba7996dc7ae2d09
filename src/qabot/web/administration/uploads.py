"""Taking in a file of people, cases, audits or days: read as the command reads it, looked at first, and then done.

The file travels with the page and not through the database: what of it is not ours is never kept, and another process
can go on with it.
"""

import asyncio
import base64
import binascii
import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadFile, BadRequest, SetupError
from qabot.framework import Framework
from qabot.framework.calendar import local_day
from qabot.imports import kinds
from qabot.imports.exporting import exported
from qabot.imports.kinds import Plan
from qabot.imports.mapping import PROFILES
from qabot.imports.people import Wishes
from qabot.imports.tables import Upload
from qabot.web.administration.ground import HOME, Ground, lines_of, sums
from qabot.web.sessions import Said
from qabot.web.site import Visitor

UPLOAD = f"{HOME}/upload"
KINDS = {
    "people": "People",
    "cases": "Cases",
    "audits": "Audits",
    "days": "Days of meetings and events",
    "picks": "Picked cases",
}
LARGEST = 2 * 1024 * 1024
"""Bytes of a file: some 20,000 rows. A longer one is for the command, which says so."""
LARGEST_SENT = 3 * LARGEST
LARGEST_INSIDE = 50 * 1024 * 1024
"""Bytes that a workbook may come to once it is unpacked."""
TOO_LARGE = (
    "This file is larger than 2 MB. Take out what qabot does not need, or have whoever runs qabot give it to "
    "`qabot people import`."
)
TICKS = ("leave_out_others", "all_new", "absent_have_left", "allow_vacant", "history")
TEXTS = ("kind", "profile", "renamed", "map")
IN_THE_FORM = (
    (re.compile(r"--renamed (\S+=\S+?)(?=[,.:]|$)"), r"write \1 under “Changed addresses”"),
    (re.compile(r"--renamed"), "“Changed addresses”"),
    (re.compile(r"--all-new"), "tick “Whoever looks like somebody who is missing is somebody else”"),
    (re.compile(r"(leave them out )?with --leave-out-others"), r"\1by the tick “Leave out columns that are not ours”"),
    (re.compile(r"With --allow-vacant the import goes on without"), "Tick “Go on although nobody holds some role”"),
    (re.compile(r"give --profile (\S+)"), r"choose “\1” under “Exported by”"),
    (re.compile(r"--profile and --map"), "“Exported by” and “A map of your own”"),
    (re.compile(r"--map"), "“A map of your own”"),
)
"""What the commands say of their options, and where the same is on the page."""


@dataclass(slots=True)
class Given:
    """What was chosen and ticked, and the file: its name, and what is in it."""

    texts: Mapping[str, str]
    ticks: Mapping[str, bool]
    name: str = ""
    content: bytes = b""
    errors: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Which kind of file it is; people unless another one was chosen."""
        return self.texts["kind"] if self.texts["kind"] in KINDS else "people"

    def kept(self) -> Sequence[tuple[str, str]]:
        """The same as fields of a page."""
        ticks = [(name, "yes") for name, ticked in self.ticks.items() if ticked]
        return [*self.texts.items(), *ticks, ("name", self.name), ("content", _packed(self.content))]


class Uploads(Ground):
    """Its page."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix=HOME)
        router.add_api_route("/upload", self.show, methods=["GET"])
        router.add_api_route("/upload", self.send, methods=["POST"])
        router.add_api_route("/people.csv", self.export, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """Which file, and how it is to be read."""
        visitor = await self.administrator(request)
        texts = dict.fromkeys(TEXTS, "") | {"kind": request.query_params.get("kind", "people")}
        return self._page(request, visitor, Given(texts, dict.fromkeys(TICKS, False)))

    async def send(self, request: Request) -> Response:
        """A file: what it would do, and then it is done."""
        visitor = await self.administrator(request)
        form = await self.site.posted(request, visitor, largest=LARGEST_SENT)
        given = await _given(form)
        if str(form.get("step", "")) == "edit" or given.errors:
            return self._page(request, visitor, given)
        try:
            plan = await asyncio.to_thread(_work, given, self.site.parts.framework)
            if str(form.get("step", "")) == "save":
                done = await self.do(plan, str(form.get("mark", "")), visitor, given.kind)
                if done is not None:
                    to = "/programme/people" if given.kind == "people" else UPLOAD
                    return self.site.go(to, visitor.session, Said(f"{given.name} is taken in. {sums(done)}"))
            rehearsed = await self.rehearse(plan)
        except (BadFile, BadRequest, SetupError) as wrong:
            given.errors += (
                lines_of(wrong, in_the_form) if isinstance(wrong, BadFile | BadRequest) else [in_the_form(str(wrong))]
            )
            return self._page(request, visitor, given)
        warnings = (
            lines_of(BadFile(list(rehearsed.changes.warnings)), in_the_form) if rehearsed.changes.warnings else []
        )
        return self.preview(
            request,
            visitor,
            rehearsed,
            title=f"{KINDS[given.kind]}: {given.name}",
            address=UPLOAD,
            kept=given.kept(),
            confirm="Take it in",
            warnings=warnings,
            notes=rehearsed.changes.notes,
            changed="mark" in form,
            of_file=True,
        )

    async def export(self, request: Request) -> Response:
        """Everybody who is here as a file to edit and take in again; that it was taken is in the log."""
        visitor = await self.administrator(request)
        today = local_day(self.site.parts.clock.now())
        text = await self.site.parts.store.run(lambda session: exported(session, today))
        await self.site.record("people-exported", visitor.id)
        headers = {"Content-Disposition": f'attachment; filename="qabot-people-{today.isoformat()}.csv"'}
        return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)

    def _page(self, request: Request, visitor: Visitor, given: Given) -> Response:
        return self.page(
            request,
            visitor,
            "admin-upload.html",
            status=422 if given.errors else 200,
            given=given,
            kinds=KINDS,
            profiles=sorted(each.stem for each in PROFILES.glob("*.yaml")),
            content=_packed(given.content),
        )


def in_the_form(sentence: str) -> str:
    """A sentence of the commands, with the page's own names for their options."""
    for option, name in IN_THE_FORM:
        sentence = option.sub(name, sentence)
    return sentence


def _work(given: Given, framework: Framework) -> Plan:
    """What the file would do. Raises `BadFile` or `SetupError` of what cannot be read."""
    file = Upload(given.name, given.content)
    _check_size(file)
    own = given.texts["map"].strip()
    map_file = Upload("the map", own.encode()) if own else None
    others = given.ticks["leave_out_others"]
    match given.kind:
        case "cases":
            return kinds.cases(file, map_file=map_file, others=others)
        case "audits":
            return kinds.audits(file, framework, map_file=map_file, others=others, history=given.ticks["history"])
        case "days":
            return kinds.days(file, map_file=map_file, others=others)
        case "picks":
            return kinds.picks(file)
    pairs = [each for each in re.split(r"[\s,;]+", given.texts["renamed"]) if each]
    wishes = Wishes(kinds.renamed(pairs), given.ticks["all_new"], given.ticks["absent_have_left"])
    return kinds.people(
        file,
        map_file=map_file,
        profile=given.texts["profile"],
        others=others,
        wishes=wishes,
        allow_vacant=given.ticks["allow_vacant"],
    )


def _check_size(file: Upload) -> None:
    """A workbook is a packed file, which may be far larger than it looks. Raises `SetupError`."""
    try:
        with zipfile.ZipFile(io.BytesIO(file.content)) as packed:
            size = sum(each.file_size for each in packed.infolist())
    except zipfile.BadZipFile:
        return
    if size > LARGEST_INSIDE:
        raise SetupError(f"{file}: this workbook is far larger than it looks. Save the sheet as CSV.")


async def _given(form: FormData) -> Given:
    """What was sent: a new file, or the one that the page had."""
    given = Given(
        {name: str(form.get(name, "")).strip() for name in TEXTS}, {name: bool(form.get(name)) for name in TICKS}
    )
    sent = form.get("file")
    if isinstance(sent, UploadFile) and sent.filename:
        given.name, given.content = _base_name(sent.filename), await sent.read(LARGEST + 1)
    elif form.get("content"):
        given.name, given.content = _base_name(str(form.get("name", ""))), _unpacked(str(form.get("content", "")))
    if len(given.content) > LARGEST:
        given.content = b""
        given.errors.append(TOO_LARGE)
    elif not given.content:
        given.errors.append("Choose a file, and one that is not empty.")
    return given


def _base_name(name: str) -> str:
    """The name without a folder, as some browsers send one."""
    return re.split(r"[\\/]", name)[-1][:100] or "file"


def _packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content)).decode() if content else ""


def _unpacked(text: str) -> bytes:
    """The file that a page had; empty if that is none of ours."""
    try:
        return zlib.decompressobj().decompress(base64.urlsafe_b64decode(text.encode()), LARGEST + 1)
    except (binascii.Error, zlib.error, ValueError):
        return b""
