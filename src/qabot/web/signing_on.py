"""The pages around signing in with an account of the council's: off to the issuer, and back."""

from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from qabot.errors import NotFound
from qabot.web.arrivals import Arrivals
from qabot.web.sign_on import flow as flows
from qabot.web.sign_on.reception import Place, Reception
from qabot.web.sign_on.refusals import Refusal, Why
from qabot.web.site import Site, number, safe_path

BACK = "/sign-on/back"
COOKIE = "qabot-flow"
STATUS: dict[Why, int] = {
    "away": 503,
    "set-up": 503,
    "token": 400,
    "odd": 400,
    "there": 400,
    "late": 400,
    "cancelled": 400,
}
"""What a page that refuses says of itself; 403 for the rest."""


class SignOn:
    """The pages."""

    def __init__(self, site: Site, reception: Reception) -> None:
        self.site, self.reception, self.arrivals = site, reception, Arrivals(site, reception)
        settings = site.parts.settings
        self.flows = flows.Flows(settings.secret_keys)
        self.back = f"{settings.base_url.rstrip('/')}{BACK}"
        self.cookie = site.sessions.prefixed(COOKIE)

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(BACK, self.arrive, methods=["GET"])
        router.add_api_route("/sign-on/{provider}", self.leave, methods=["GET"])
        return router

    async def leave(self, request: Request, provider: str) -> Response:
        """Off to an issuer. Whoever is signed in already just goes on."""
        visitor, path = await self.site.visitor(request), safe_path(request.query_params.get("to", "/"))
        if visitor.person is not None:
            return self.site.go(path)
        place, now = self._place(number(provider)), self.site.parts.clock.now()
        flow = self.flows.begin(self.reception.places.index(place), path, now)
        try:
            away = RedirectResponse(await flows.address(place.provider, place.issuer, flow, self.back), 303)
        except Refusal as wrong:
            return await self._refuse(request, place, wrong, path)
        away.headers.append("Set-Cookie", self._keep(self.flows.write(flow), flows.WITHIN))
        return away

    async def arrive(self, request: Request) -> Response:
        """Back from an issuer: signed in, or told why not."""
        self.arrivals.count(request)
        given, now = request.query_params, self.site.parts.clock.now()
        place, path = self.reception.places[0], "/"
        try:
            flow = self.flows.read(request.cookies.get(self.cookie), given.get("state", ""), now)
            place, path = self._place(flow.provider), flow.path
            identity = await flows.known(place.provider, place.issuer, flow, given, self.back, now)
            person_id = await self.arrivals.let_in(place, identity, f"with {place.provider.name}")
        except Refusal as wrong:
            visitor = await self.site.visitor(request)
            if wrong.why == "late" and visitor.person is not None:
                # The same answer a second time: reload, or back and forth.
                return self.site.go(path)
            return await self._refuse(request, place, wrong, path)
        inside = self.site.go(path, self.site.sessions.begin(person_id))
        inside.headers.append("Set-Cookie", self._keep("", timedelta(0)))
        return inside

    async def _refuse(self, request: Request, place: Place, wrong: Refusal, path: str) -> Response:
        """Say kindly why not, and how else."""
        await self.arrivals.note(place, wrong)
        page = self.site.page(
            request,
            await self.site.visitor(request),
            "sign-on-refused.html",
            status=STATUS.get(wrong.why, 403),
            sentence=wrong.sentence(place.provider.name),
            name=place.provider.name,
            again=f"/sign-on/{self.reception.places.index(place)}",
            to=path,
        )
        page.headers.append("Set-Cookie", self._keep("", timedelta(0)))
        return page

    def _place(self, at: int | None) -> Place:
        places = self.reception.places
        if at is None or at >= len(places):
            raise NotFound("There is no such way to sign in. Open the page that you wanted once more.")
        return places[at]

    def _keep(self, value: str, time: timedelta) -> str:
        return self.site.sessions.small(self.cookie, value, time)
