"""How somebody gets in: the accounts that are theirs, those that claim to be, and what they have open."""

from urllib.parse import urlsplit

from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import BadRequest, NotFound
from qabot.models import Person
from qabot.web.administration.ground import HOME, Ground
from qabot.web.administration.staff import NOBODY
from qabot.web.sessions import Said, spell
from qabot.web.site import number
from qabot.workflows.people import identities
from qabot.workflows.people.sign_outs import sign_out_everywhere


class Access(Ground):
    """The page of how one person signs in, for administrators."""

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter(prefix=f"{HOME}/people")
        router.add_api_route("/{person}/access", self.show, methods=["GET"])
        router.add_api_route("/{person}/access", self.decide, methods=["POST"])
        return router

    async def show(self, request: Request, person: str) -> Response:
        """How they sign in, and a button that ends what they have open."""
        visitor = await self.administrator(request)
        staff = await self._staff(person)
        sessions, number = self.site.sessions, staff.id
        bound, requests = await self.site.parts.store.run(
            lambda session: (identities.of(session, number), identities.asked(session, number))
        )
        return self.page(
            request,
            visitor,
            "admin-access.html",
            staff=staff,
            name=self._name,
            bound=bound,
            asked=[each for _, each in requests],
            hours=spell(sessions.longest),
            idle=spell(sessions.idle),
        )

    async def decide(self, request: Request, person: str) -> Response:
        """End what they have open, or decide which account is theirs. Raises `BadRequest` if that was decided."""
        visitor = await self.administrator(request)
        given = await self.site.posted(request, visitor)
        staff, now, me = await self._staff(person), self.site.parts.clock.now(), visitor.id
        step, clash = str(given.get("step", "")), str(given.get("account", ""))

        def do(session: Session) -> str:
            match step:
                case "accept":
                    identities.accept(session, staff.id, clash, now, me)
                    return f"{staff.name} signs in with the other account from now on."
                case "refuse":
                    identities.refuse(session, staff.id, clash, now, me)
                    return f"The other account is not {staff.name}'s. Whoever tries it is told so."
                case "forget":
                    identities.forget(session, staff.id, now, me)
                    sign_out_everywhere(session, staff.id, now, by=me)
                    return f"{staff.name} is signed out, and their next sign-in finds them by their address once more."
                case "end":
                    sign_out_everywhere(session, staff.id, now, by=me)
                    return f"{staff.name} is signed out everywhere. They can sign in again as usual."
            raise BadRequest("Choose one of the page's own buttons.")

        said = await self.site.parts.store.run(do)
        if staff.id == me and step in ("forget", "end"):
            return self.site.go("/", self.site.sessions.begin(None, framed=visitor.session.framed))
        return self.site.go(f"{HOME}/people/{staff.id}/access", visitor.session, Said(said))

    def _name(self, issuer: str) -> str:
        """What people call an issuer; its host if it is in no setting any more."""
        reception = self.site.parts.reception
        places = reception.places if reception is not None else ()
        names = {each.provider.issuer.rstrip("/"): each.provider.name for each in places}
        return names.get(issuer) or urlsplit(issuer).hostname or issuer

    async def _staff(self, person: str) -> Person:
        """Somebody of the list of people, who may have left. Raises `NotFound`."""
        person_id = number(person)
        staff = await self.site.parts.store.run(lambda session: session.get(Person, person_id) if person_id else None)
        if staff is None:
            raise NotFound(NOBODY)
        return staff
