"""How somebody gets in: what they have open on the pages, and ending it."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import NotFound
from qabot.models import Person
from qabot.web.administration.ground import HOME, Ground
from qabot.web.administration.staff import NOBODY
from qabot.web.sessions import Said, spell
from qabot.web.site import number
from qabot.workflows.people.sign_outs import sign_out_everywhere


class Access(Ground):
    """The page of how one person signs in, for administrators."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix=f"{HOME}/people")
        router.add_api_route("/{person}/access", self.show, methods=["GET"])
        router.add_api_route("/{person}/access", self.end, methods=["POST"])
        return router

    async def show(self, request: Request, person: str) -> Response:
        """How they sign in, and a button that ends what they have open."""
        visitor = await self.administrator(request)
        staff = await self._staff(person)
        sessions = self.site.sessions
        return self.page(
            request,
            visitor,
            "admin-access.html",
            staff=staff,
            hours=spell(sessions.longest),
            idle=spell(sessions.idle),
        )

    async def end(self, request: Request, person: str) -> Response:
        """End every session of this person, and every link of theirs that was not used."""
        visitor = await self.administrator(request)
        await self.site.posted(request, visitor)
        staff, now, me = await self._staff(person), self.site.parts.clock.now(), visitor.id
        await self.site.parts.store.run(lambda session: sign_out_everywhere(session, staff.id, now, by=me))
        if staff.id == me:
            return self.site.go("/", self.site.sessions.begin(None))
        said = Said(f"{staff.name} is signed out everywhere. They can sign in again as usual.")
        return self.site.go(f"{HOME}/people/{staff.id}/access", visitor.session, said)

    async def _staff(self, person: str) -> Person:
        """Somebody of the list of people, who may have left. Raises `NotFound`."""
        wanted = number(person)
        found = await self.site.parts.store.run(lambda session: session.get(Person, wanted) if wanted else None)
        if found is None:
            raise NotFound(NOBODY)
        return found
