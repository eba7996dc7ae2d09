"""The tab in Teams: it signs in by itself, with a token that Teams gives it and that is checked here.

What Teams tells a tab of its user is a hint that any page could make up. The token is signed by the council's tenant.
"""

from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qabot.errors import NotAllowed
from qabot.web.arrivals import Arrivals
from qabot.web.drawing import address_of
from qabot.web.framed import INSIDE, TAB_PAGE
from qabot.web.sign_on.providers import Known, Provider
from qabot.web.sign_on.reception import Place, Reception
from qabot.web.sign_on.refusals import Refusal
from qabot.web.sign_on.tokens import checked
from qabot.web.site import Site, safe_path

SCOPE = "access_as_user"
"""What the registration exposes to Teams: a token of an application alone, with no user, has none."""


class TeamsTab:
    """The tab's first page, and where it brings its token."""

    def __init__(self, site: Site, reception: Reception, place: Place) -> None:
        self.site, self.place = site, place
        self.arrivals = Arrivals(site, reception)
        host = urlsplit(site.parts.settings.base_url).netloc
        self.audiences, self.issuers = audiences(place.provider, host), issuers(place.provider)

    def router(self) -> APIRouter:
        """Its routes."""
        router = APIRouter()
        router.add_api_route(TAB_PAGE, self.show, methods=["GET"])
        router.add_api_route(f"{TAB_PAGE}/sign-in", self.sign_in, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """A page whose script asks Teams for a token."""
        return self.site.page(
            request,
            await self.site.visitor(request),
            "teams-tab.html",
            teams=address_of("teams.min.js"),
            tab=address_of("tab.js"),
            outside=self.site.parts.settings.base_url,
        )

    async def sign_in(self, request: Request) -> Response:
        """Begin the tab's session for whoever the token is about; else a sentence that says why not."""
        self.arrivals.count(request)
        if not self.site.is_from_here(request):
            raise NotAllowed("Only the tab itself signs in here.")
        try:
            person_id = await self.arrivals.let_in(self.place, await self._known(request), "in the Teams tab")
        except Refusal as wrong:
            await self.arrivals.note(self.place, wrong)
            return JSONResponse({"sentence": wrong.sentence(self.place.provider.name)}, 403)
        answer = JSONResponse({"to": f"{INSIDE}{safe_path(request.query_params.get('to', '/'))}"})
        session = self.site.sessions.begin(person_id, framed=True)
        answer.headers.append("Set-Cookie", self.site.sessions.cookie(session, self.site.parts.clock.now()))
        return answer

    async def _known(self, request: Request) -> Known:
        """Whom the token is about that the tab brought. Raises `Refusal`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            claims = await checked(
                token if scheme.lower() == "bearer" else "",
                self.place.issuer,
                issuers=self.issuers,
                audiences=self.audiences,
                now=self.site.parts.clock.now(),
            )
        except Refusal as wrong:
            # Anybody can bring one that is none: that is no trouble with the tenant.
            raise Refusal("odd" if wrong.why == "token" else wrong.why, wrong.detail) from None
        if SCOPE not in str(claims.get("scp", "")).split():
            raise Refusal("odd", "it is no user's for this tab (scp)")
        return self.place.provider.known(claims)


def audiences(provider: Provider, host: str) -> tuple[str, ...]:
    """How a token for the tab may name whom it is for: the registration's id, or an address that has it."""
    own = provider.client_id
    return own, f"api://{own}", f"api://{host}/{own}", f"api://{host}/botid-{own}"


def issuers(provider: Provider) -> tuple[str, ...]:
    """How the council's tenant names itself: in tokens of both versions that Entra ID has."""
    return provider.issuer, provider.issuer.rstrip("/"), f"https://sts.windows.net/{provider.tenant}/"
