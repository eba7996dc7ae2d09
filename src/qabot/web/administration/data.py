"""People's data: how long each kind is kept, legal holds, a copy of all about one person, and erasing who has left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, IdentifierFound, NotFound
from qabot.framework.calendar import local_day
from qabot.messaging.folding import plain_letters
from qabot.models import Audit, LegalHold, Person
from qabot.models.columns import alphabetical
from qabot.rights import erasing, exporting, finding, holds, retaining
from qabot.rights.kinds import KINDS
from qabot.web import labels
from qabot.web.administration.ground import HOME, Ground
from qabot.web.administration.staff import NOBODY
from qabot.web.sessions import Said
from qabot.web.site import Visitor, number
from qabot.web.table_files import Table, add_files

PATH = f"{HOME}/data"
OF_KINDS = ("Kind", "Kept for", "Would go today", "Why")
OF_HOLDS = ("On", "Why", "Since")
NOT_THE_NAME = "Write the whole name as it stands above. Nothing was changed."


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of data as the page shows it. `days`: None of what is kept for as long as `why` says."""

    title: str
    days: int | None
    why: str
    gone: Sequence[retaining.Gone]

    @property
    def kept_for(self) -> str:
        """How long, in words."""
        return f"{self.days} days" if self.days else "No end is set"

    @property
    def going(self) -> str:
        """What would go today, in words."""
        return "; ".join(f"{each.count}: {each.what}" for each in self.gone) or "Nothing"


class Data(Ground):
    """The pages of people's data."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix=PATH)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.hold, methods=["POST"])
        add_files(router, "", self.export)
        router.add_api_route("/{person}", self.of_person, methods=["GET"])
        router.add_api_route("/{person}", self.act, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """What is kept for how long, what would go today, and what is held."""
        return await self._show(request, await self.administrator(request))

    async def _show(self, request: Request, visitor: Visitor, wrong: str = "", **typed: str) -> Response:
        contents = await self.site.parts.store.run(self._read)
        status = 422 if wrong else 200
        return self.page(request, visitor, "admin-data.html", status=status, wrong=wrong, typed=typed, **contents)

    def _read(self, session: Session) -> dict[str, Any]:
        kept, now = self.site.parts.settings.retention or {}, self.site.parts.clock.now()
        gone, days = retaining.plan(session, now, kept), retaining.days_of(kept)
        kinds = [
            KindRow(kind.title, days[name], kind.why, [each for each in gone if each.kind == name and each.count])
            for name, kind in KINDS.items()
        ]
        lasting = [(each, _named(session, each)) for each in holds.open_holds(session)]
        everybody = session.exec(
            select(Person.id, Person.active).order_by(alphabetical(Person.name), col(Person.id))
        ).all()
        known = labels.names(session, (number for number, _ in everybody))
        people = [(number, known[number or 0], active) for number, active in everybody]
        return {"kinds": kinds, "holds": lasting, "people": people}

    async def export(self, request: Request) -> Response:
        """The kinds and the holds as a file."""
        visitor = await self.administrator(request)
        contents = await self.site.parts.store.run(self._read)
        kinds = [(each.title, each.kept_for, each.going, each.why) for each in contents["kinds"]]
        lasting = [(name, hold.why, local_day(hold.placed_at)) for hold, name in contents["holds"]]
        tables = [Table("Kinds of data", OF_KINDS, kinds), Table("Legal holds", OF_HOLDS, lasting)]
        return await self.file(request, visitor, "data", tables)

    async def hold(self, request: Request) -> Response:
        """Place a hold, or end one."""
        visitor = await self.administrator(request)
        given = await self.site.posted(request, visitor)
        now, me = self.site.parts.clock.now(), visitor.id
        on, why, ends = (str(given.get(name, "")).strip() for name in ("on", "why", "end"))

        def do(session: Session) -> str:
            if ends:
                return f"Hold {holds.end(session, number(ends) or 0, now, by=me).id} is ended."
            return f"Hold {holds.place(session, _subject(session, on), why, now, by=me).id} is placed."

        try:
            said = await self.site.parts.store.run(do)
        except (BadRequest, IdentifierFound) as refused:
            return await self._show(request, visitor, str(refused), on=on, why=why)
        return self.site.go(PATH, visitor.session, Said(said))

    async def of_person(self, request: Request, person: str) -> Response:
        """What would go of somebody, and what would stay."""
        return await self._of_person(request, await self.administrator(request), person)

    async def _of_person(self, request: Request, visitor: Visitor, person: str, wrong: str = "") -> Response:
        def read(session: Session) -> erasing.Erasure:
            return erasing.plan(session, _person(session, person))

        planned = await self.site.parts.store.run(read)
        return self.page(
            request,
            visitor,
            "admin-person-data.html",
            status=422 if wrong else 200,
            planned=planned,
            not_here=exporting.NOT_HERE,
            warning=exporting.WARNING,
            wrong=wrong,
        )

    async def act(self, request: Request, person: str) -> Response:
        """Take a copy, or erase."""
        visitor = await self.administrator(request)
        given = await self.site.posted(request, visitor)
        if str(given.get("step", "")) == "erase":
            return await self._erase(request, visitor, person, str(given.get("name", "")))
        return await self._copy(visitor, person)

    async def _copy(self, visitor: Visitor, person: str) -> Response:
        framework, now, me = self.site.parts.framework, self.site.parts.clock.now(), visitor.id

        def read(session: Session) -> tuple[int, bytes]:
            row = _person(session, person)
            whole = exporting.export(session, framework, row, now)
            exporting.note(session, row, now, by=me)
            return row.id, whole

        staff, whole = await self.site.parts.store.run(read)
        headers = {"Content-Disposition": f'attachment; filename="person-{staff}.json"'}
        return Response(whole, media_type="application/json", headers=headers)

    async def _erase(self, request: Request, visitor: Visitor, person: str, name: str) -> Response:
        now, me = self.site.parts.clock.now(), visitor.id

        def do(session: Session) -> erasing.Erasure:
            row = _person(session, person)
            if plain_letters(name) != plain_letters(row.name):
                raise BadRequest(NOT_THE_NAME)
            return erasing.erase(session, row, now, by=me)

        try:
            planned = await self.site.parts.store.run(do)
        except NotFound:
            raise
        except BadRequest as refused:
            return await self._of_person(request, visitor, person, str(refused))
        said = Said(f"It is done: {planned.becomes} stands there from now on. {planned.again()}")
        return self.site.go(f"{PATH}/{planned.person_id}", visitor.session, said)


def _person(session: Session, person: str) -> Person:
    person_id = number(person)
    row = session.get(Person, person_id) if person_id is not None else None
    if row is None:
        raise NotFound(NOBODY)
    return row


def _subject(session: Session, on: str) -> tuple[str, int]:
    """A person by address or number, or an audit by reference. Raises `BadRequest`."""
    if audit_id := session.exec(select(Audit.id).where(col(Audit.reference) == on.upper())).first():
        return "audit", audit_id
    if not on:
        raise BadRequest("Say what is held: the e-mail address of a person, or an audit such as QA-1042.")
    return "person", finding.person_of(session, on).id


def _named(session: Session, hold: LegalHold) -> str:
    row = session.get(Person if hold.subject_type == "person" else Audit, hold.subject_id)
    return row.name if isinstance(row, Person) else row.reference if isinstance(row, Audit) else ""
