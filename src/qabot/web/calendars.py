"""Calendars: the page where a person makes or ends their address, the feed itself, and invitations; and their cover."""

import hashlib
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from fastapi import APIRouter
from itsdangerous import BadSignature, URLSafeSerializer
from sqlmodel import Session, select
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.models import Audit, FeedKind
from qabot.web.doors import place_of
from qabot.web.gatherings import CALENDAR
from qabot.web.ports import UnitsOfWork
from qabot.web.sessions import Said, signing
from qabot.web.site import Site, Visitor, number
from qabot.workflows.access import records
from qabot.workflows.core import told_apart
from qabot.workflows.people import cover, feeds
from qabot.workflows.programme import calendars, invitations

TITLES = {FeedKind.own: "Your calendar", FeedKind.programme: "The programme's calendar"}
NAMES = {FeedKind.own: "qabot", FeedKind.programme: "qabot, the whole programme"}
MADE = "The address is made. Any that there was before has ended."
ENDED = "The address has ended. Calendars that have it get nothing more."
NO_MEETING = "There is no meeting at this address that is open to you."


def _is_known(headers: Headers, tag: str, since: datetime) -> bool:
    """Whether a calendar says that it has this already; its tag counts, and its date only where it gives no tag."""
    if "if-none-match" in headers:
        known = [each.strip().removeprefix("W/") for each in headers["if-none-match"].split(",")]
        return tag in known or "*" in known
    try:
        return parsedate_to_datetime(headers.get("if-modified-since", "")) >= since
    except (ValueError, TypeError):
        return False


class Calendars:
    """Their pages."""

    def __init__(self, site: Site, units: UnitsOfWork) -> None:
        self.site, self.units = site, units
        self._seen: dict[int, tuple[str, datetime]] = {}
        self._addresses = URLSafeSerializer(signing(site.parts.settings.secret_keys), salt="qabot.calendar")

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route("/calendar", self.show, methods=["GET"])
        router.add_api_route("/calendar", self.change, methods=["POST"])
        router.add_api_route("/calendar/{text}.ics", self.feed, methods=["GET", "HEAD"])
        router.add_api_route("/audits/{reference}/meeting.ics", self.meeting, methods=["GET"])
        router.add_api_route("/cover", self.cover, methods=["GET"])
        router.add_api_route("/cover", self.choose, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """Which addresses this person has."""
        visitor = await self.site.person(request)
        rows, entries = await self.site.parts.store.run(
            lambda session: (self._rows(session, visitor.id), self._to_come(session, visitor.id))
        )
        return self.site.page(request, visitor, "calendars.html", rows=rows, entries=entries)

    def _to_come(self, session: Session, person_id: int) -> list[calendars.Entry]:
        """The meetings and reports of this person that are to come, each with a file of its own."""
        unit = self.units.unit(session)
        return [
            each
            for each in calendars.of_person(unit, unit.directory.people[person_id])
            if each.file and each.last >= unit.today
        ]

    def _rows(self, session: Session, person_id: int) -> list[dict[str, Any]]:
        unit = self.units.unit(session)
        known = feeds.of(unit, person_id)
        return [
            {
                "kind": kind.value,
                "title": TITLES[kind],
                "feed": known.get(kind),
                "address": self._address(known[kind].id, known[kind].nonce) if kind in known else "",
            }
            for kind in feeds.kinds(unit, person_id)
        ]

    async def change(self, request: Request) -> Response:
        """Make an address, in place of the one that there was, or end it."""
        visitor = await self.site.person(request)
        given = await self.site.posted(request, visitor)
        kind, me = str(given.get("kind", "")), visitor.id
        if str(given.get("step", "")) == "end":
            await self.units.run(lambda unit: feeds.end(unit, me, kind))
            return self.site.go("/calendar", visitor.session, Said(ENDED))
        await self.units.run(lambda unit: feeds.make(unit, me, kind))
        return self.site.go("/calendar", visitor.session, Said(MADE))

    def _address(self, feed_id: int, nonce: str) -> str:
        text = self._addresses.dumps([feed_id, nonce])
        return f"{self.site.parts.settings.base_url}/calendar/{text if isinstance(text, str) else text.decode()}.ics"

    async def feed(self, request: Request, text: str) -> Response:
        """What is due, for whoever has the address. An unknown one is not there, whatever it is."""
        try:
            feed_id, nonce = self._addresses.loads(text)
        except (BadSignature, ValueError, TypeError):
            # By itself: calendars that go on asking at an address that has ended must not keep people from signing in.
            self.site.parts.count_sign_in(f"calendar {place_of(request.client.host) if request.client else ''}")
            raise NotFound(feeds.NO_CALENDAR) from None
        feed, items = await self.units.run(lambda unit: feeds.read(unit, feed_id, nonce))
        body = invitations.feed(items, NAMES[FeedKind(feed.kind)], self.site.parts.settings.base_url)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        changed = max((each.changed_at for each in items), default=feed.made_at)
        since = self._since(feed_id, tag, changed)
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(since, usegmt=True),
            "Cache-Control": "private, no-cache",
        }
        if _is_known(request.headers, tag, since):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=CALENDAR, headers=headers)

    def _since(self, feed_id: int, tag: str, changed: datetime) -> datetime:
        """Since when (UTC, whole seconds) the feed is as it is: since this process first saw it so.

        What is no longer in a feed leaves no date behind, so that the dates of what is in it are not enough.
        """
        before, at = self._seen.get(feed_id, ("", None))
        if before != tag or at is None:
            now = max(changed, self.site.parts.clock.now()).replace(microsecond=0)
            at = now if at is None else max(now, at + timedelta(seconds=1))
            self._seen[feed_id] = (tag, at)
        return at

    async def meeting(self, request: Request, reference: str) -> Response:
        """An invitation to the meeting about an audit, for whoever is to be there or may see its grades."""
        visitor = await self.site.person(request)
        name, body = await self.site.parts.store.run(lambda session: self._meeting(session, reference, visitor.id))
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(body, media_type=CALENDAR, headers=headers)

    def _meeting(self, session: Session, reference: str, person_id: int) -> tuple[str, bytes]:
        unit = self.units.unit(session)
        audit = session.exec(select(Audit).where(Audit.reference == reference)).first()
        sight = records.sight(unit, audit, person_id) if audit is not None else None
        if audit is None or sight is None:
            raise NotFound(NO_MEETING)
        mine = [each for each in calendars.meetings(unit, audit) if sight.grade or person_id in each.people]
        if not mine:
            raise NotFound(NO_MEETING)
        meeting = mine[-1]
        people = {each: unit.directory.people[each] for each in sorted(meeting.people) if each in unit.directory.people}
        chair = meeting.chair if meeting.chair in people else None
        page = f"{self.site.parts.settings.base_url}/audits/{reference}"
        body = invitations.invitation(
            meeting,
            {people[chair].email: people[chair].name} if chair else {},
            {each.email: each.name for each in people.values()},
            page,
            unit.now,
        )
        return f"{reference}-meeting.ics", body

    async def cover(self, request: Request) -> Response:
        """Who stands in for this person in the next weeks, and for whom they do."""
        return await self._cover(request, await self.site.person(request))

    async def choose(self, request: Request) -> Response:
        """Somebody says who usually stands in for them."""
        visitor = await self.site.person(request)
        given = await self.site.posted(request, visitor)
        text, me = str(given.get("deputy", "")), visitor.id
        try:
            await self.units.run(lambda unit: cover.choose_deputy(unit, me, number(text) if text else None))
        except BadRequest as wrong:
            return await self._cover(request, visitor, str(wrong))
        return self.site.go("/cover", visitor.session, Said("Saved."))

    async def _cover(self, request: Request, visitor: Visitor, wrong: str = "") -> Response:
        def read(session: Session) -> tuple[cover.Cover, list[tuple[int, str]]]:
            unit = self.units.unit(session)
            colleagues = told_apart.labels(unit.directory).items()
            people = [(each, label) for each, label in colleagues if each != visitor.id]
            return cover.cover(unit, unit.directory.people[visitor.id]), people

        shown, people = await self.site.parts.store.run(read)
        return self.site.page(
            request, visitor, "cover.html", status=422 if wrong else 200, cover=shown, people=people, wrong=wrong
        )
