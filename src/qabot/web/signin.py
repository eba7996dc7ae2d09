"""Signing in with personal, signed links that run out and open one session each: for whoever has no other way.

A link is made with `personal_url` and sent to the person in their own chat, or by `qabot link PERSON`. Opening it only
shows a page with a button, because chats and mail scanners open links too; the button uses it up.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session as Database
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import NotAllowed
from qabot.models import EndedSession, Person, UsedLink
from qabot.models.columns import insert_new, new_token
from qabot.web.doors import place_of
from qabot.web.sessions import signing
from qabot.web.site import Site, Visitor, safe_path
from qabot.web.web_settings import WebSettings
from qabot.workflows.people.identities import has_one
from qabot.workflows.people.sign_outs import sign_out_everywhere

OPEN_WITHIN = timedelta(minutes=15)
AGAIN = "Ask for a new one: write “link” to qabot in your chat, or ask your administrator."


@dataclass(frozen=True, slots=True)
class Link:
    """What a personal link says. `id` is its own, for being used once. `glass`: it counts where others do not."""

    id: str
    person_id: int
    expires: datetime
    path: str
    glass: bool = False


def personal_url(
    settings: WebSettings, person_id: int, now: datetime, path: str = "/", *, break_glass: bool = False
) -> str:
    """A link that signs this person in once, within 15 minutes of `now` (UTC), and goes on to `path`.

    With `break_glass` it does so also where the council lets nobody in by links.
    """
    expires = (now + OPEN_WITHIN).timestamp()
    text = _serializer(settings).dumps([new_token(), person_id, expires, path, *([1] if break_glass else [])])
    return f"{settings.base_url.rstrip('/')}/in/{text if isinstance(text, str) else text.decode()}"


def read_link(settings: WebSettings, text: str) -> Link:
    """What a link says, whether it has run out or not. Raises `NotAllowed` if we did not sign it."""
    try:
        link_id, person_id, expires, path, *glass = _serializer(settings).loads(text)
    except (BadSignature, ValueError) as wrong:
        raise NotAllowed(f"This link is not complete. {AGAIN}") from wrong
    return Link(link_id, person_id, datetime.fromtimestamp(expires, UTC), safe_path(path), bool(glass))


def _serializer(settings: WebSettings) -> URLSafeSerializer:
    return URLSafeSerializer(signing(settings.secret_keys), salt="qabot.link")


class SignIn:
    """The pages around signing in."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route("/in/{text}", self.show, methods=["GET"])
        router.add_api_route("/in/{text}", self.use, methods=["POST"])
        router.add_api_route("/out", self.out, methods=["POST"])
        router.add_api_route("/out/everywhere", self.out_everywhere, methods=["POST"])
        return router

    async def show(self, request: Request, text: str) -> Response:
        """Who would be signed in, and a button."""
        visitor = await self.site.visitor(request)
        link = self._read(request, text)
        await self._refuse_other(visitor, link)
        if visitor.person is not None:
            return self.site.go(link.path)
        person = await self.site.parts.store.run(lambda database: self._open(database, link))
        return self.site.page(request, visitor, "sign-in.html", name=person.name)

    async def use(self, request: Request, text: str) -> Response:
        """Use the link up and begin the session."""
        visitor = await self.site.visitor(request)
        await self.site.posted(request, visitor)
        link = self._read(request, text)
        await self._refuse_other(visitor, link)
        try:
            await self.site.parts.store.run(lambda database: self._use_up(database, link))
        except IntegrityError as twice:
            raise NotAllowed(f"This link was used before. {AGAIN}") from twice
        await self.site.record("signed-in", link.person_id, "with a break-glass link" if link.glass else "")
        await self.site.parts.desk.arrived(link.person_id)
        return self.site.go(link.path, self.site.sessions.begin(link.person_id, framed=visitor.session.framed))

    def _read(self, request: Request, text: str) -> Link:
        """The link, of an address that has not tried too many: nobody has sixty links to try in a minute."""
        self.site.parts.count_sign_in(place_of(request.client.host) if request.client else "")
        return read_link(self.site.parts.settings, text)

    async def out(self, request: Request) -> Response:
        """End the session, also for whoever holds a copy of its cookie."""
        visitor = await self.site.visitor(request)
        await self.site.posted(request, visitor)
        if visitor.person is not None:
            await self.site.parts.store.run(lambda database: self._end(database, visitor))
            await self.site.record("signed-out", visitor.id)
        return self.site.go("/", self.site.sessions.begin(None, framed=visitor.session.framed))

    async def out_everywhere(self, request: Request) -> Response:
        """End every session of this person, wherever it is open."""
        visitor = await self.site.person(request)
        await self.site.posted(request, visitor)
        now, me = self.site.parts.clock.now(), visitor.id
        await self.site.parts.store.run(lambda database: sign_out_everywhere(database, me, now, by=me))
        return self.site.go("/", self.site.sessions.begin(None, framed=visitor.session.framed))

    def _end(self, database: Database, visitor: Visitor) -> None:
        """Note that the session is over; forget those whose cookies no longer count by themselves."""
        now = self.site.parts.clock.now()
        if not self.site.parts.settings.demo:
            # In the demo, whose clock leaps, a cookie counts for ever.
            longest = self.site.sessions.longest
            database.execute(delete(EndedSession).where(col(EndedSession.ended_at) <= now - longest))
        row = {"session": visitor.session.id, "person_id": visitor.id, "ended_at": now}
        insert_new(database, EndedSession, [row])

    async def _refuse_other(self, visitor: Visitor, link: Link) -> None:
        if visitor.person is None or visitor.person.id == link.person_id:
            return
        await self.site.record(
            "link-refused",
            visitor.person.id,
            "a personal link was opened by another person's session",
            subject_type="person",
            subject_id=link.person_id,
        )
        raise NotAllowed(
            "This link belongs to somebody else, and you are signed in as yourself. "
            "Links are personal: please do not pass them on. It was not used, and this was recorded."
        )

    def _open(self, database: Database, link: Link) -> Person:
        person = database.get(Person, link.person_id)
        if person is None or not person.active:
            raise NotAllowed("This link belongs to somebody who no longer works here.")
        if link.expires <= self.site.parts.clock.now():
            raise NotAllowed(f"This link has run out: it can be opened for 15 minutes. {AGAIN}")
        if person.signed_out_at is not None and link.expires - OPEN_WITHIN <= person.signed_out_at:
            raise NotAllowed(f"This link does not count any more: you were signed out everywhere since. {AGAIN}")
        only_unbound = self.site.parts.settings.personal_links == "unbound" and not link.glass
        if only_unbound and has_one(database, link.person_id):
            raise NotAllowed(
                "You sign in with your work account, so links are not for you here. Open the page that you want, and "
                "choose your work account. If that is out of order, tell your administrator."
            )
        if database.get(UsedLink, link.id) is not None:
            raise NotAllowed(f"This link was used before. {AGAIN}")
        return person

    def _use_up(self, database: Database, link: Link) -> None:
        self._open(database, link)
        database.add(UsedLink(link=link.id, person_id=link.person_id, used_at=self.site.parts.clock.now()))
        database.flush()
