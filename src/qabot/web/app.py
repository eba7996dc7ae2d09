"""The web application: every group of pages, the adapters' own apps, and health."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from starlette.routing import Match, Route
from starlette.staticfiles import StaticFiles

from qabot.errors import SetupError
from qabot.web.actions import Actions
from qabot.web.administration.access import Access
from qabot.web.administration.data import Data
from qabot.web.administration.differences import Differences
from qabot.web.administration.overview import Overview
from qabot.web.administration.programs import Programs
from qabot.web.administration.rules import Rules
from qabot.web.administration.staff import Staff
from qabot.web.administration.uploads import Uploads
from qabot.web.administration.webhooks import Webhooks
from qabot.web.ahead import Ahead
from qabot.web.api.app import PATH as API
from qabot.web.api.app import create_api
from qabot.web.calendars import Calendars
from qabot.web.confirming import Confirming
from qabot.web.demo import Demo
from qabot.web.drawing import STATIC
from qabot.web.figures import Figures
from qabot.web.framed import Framed
from qabot.web.gatherings import Gatherings
from qabot.web.guards import Guards, names_of
from qabot.web.headers import SafeHeaders
from qabot.web.health import HEALTH, Health
from qabot.web.inbox import Inbox
from qabot.web.library import Library
from qabot.web.lists import Lists
from qabot.web.metrics import METRICS, Numbers
from qabot.web.person import People
from qabot.web.picking import Picking
from qabot.web.ports import Parts
from qabot.web.programme import Programme
from qabot.web.pulses import Pulses
from qabot.web.record import Records
from qabot.web.refusals import Refusals
from qabot.web.reports import Reports
from qabot.web.scim.door import PATH as SCIM
from qabot.web.scim.door import Door
from qabot.web.search import Search
from qabot.web.sign_on.reception import Place
from qabot.web.signin import SignIn
from qabot.web.signing_on import BACK, SignOn
from qabot.web.site import Site
from qabot.web.steering import Steering
from qabot.web.stories import Stories
from qabot.web.sub_path import SubPath
from qabot.web.surveys import Surveys
from qabot.web.tabs import Tabs
from qabot.web.team import Team
from qabot.web.teams_tab import TeamsTab
from qabot.web.today import Today


def create_app(parts: Parts) -> FastAPI:
    """The whole web side of one service. Raises `SetupError` if a demo has no timeline."""
    site = Site(parts)
    # A redirect to the address without its slash would copy the Host header.
    app = FastAPI(title="qabot", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    Refusals(site).put_on(app)
    # A route is looked for in this order, and no request is as frequent as a press. A router that is included has each
    # of its routes made twice, and looked for twice in each request: an eighth of a short one.
    for router in (Inbox(site).router(), *_special_pages(site, parts), *_usual_pages(site, parts)):
        app.router.routes += router.routes
    app.add_api_route(HEALTH, Health(parts).answer, methods=["GET", "HEAD"])
    app.router.routes += site.house.router().routes
    app.mount("/static", StaticFiles(directory=STATIC))
    if parts.units is not None:
        app.mount(API, create_api(site, parts.units))
        app.mount(SCIM, Door(site, parts.units))
    _guard(app, site, parts, [HEALTH, *_mount_metrics(app, parts), *_mount_adapters(app, parts)])
    return app


def _usual_pages(site: Site, parts: Parts) -> Iterator[APIRouter]:
    """Those that every service has. Raises `SetupError` if a demo has no timeline."""
    yield SignIn(site).router()
    if parts.reception is not None and not parts.settings.demo:
        yield SignOn(site, parts.reception).router()
        if (place := _tab_of(parts)) is not None:
            yield TeamsTab(site, parts.reception, place).router()
    yield Programme(site).router()
    yield Lists(site).router()
    yield Records(site).router()
    yield Picking(site).router()
    yield Confirming(site).router()
    yield Actions(site, parts.actions).router()
    yield Search(site).router()
    if parts.settings.demo:
        if parts.timeline is None:
            raise SetupError("The demo needs a timeline to move its clock.")
        demo = Demo(site, parts.timeline)
        yield Stories(site, demo, parts.timeline).router()
        yield demo.router()


def _tab_of(parts: Parts) -> Place | None:
    """The tenant whose people the tab in Teams signs in; None if there is no tab: frames need https."""
    if not (parts.tab and parts.reception is not None and parts.settings.base_url.startswith("https://")):
        return None
    return next((each for each in parts.reception.places if each.provider.tenant), None)


def _special_pages(site: Site, parts: Parts) -> Iterator[APIRouter]:
    """Those whose part the wiring gives. They come before the usual ones, which have the wider addresses."""
    if parts.gatherings is not None:
        yield Gatherings(site, parts.gatherings).router()
    if parts.ahead is not None:
        yield Today(site, parts.ahead).router()
    if parts.units is not None:
        yield Ahead(site, parts.units).router()
    if parts.team is not None:
        yield Team(site, parts.team).router()
    if parts.steered is not None:
        yield Steering(site, parts.steered).router()
    if parts.figures is not None:
        yield Figures(site, parts.figures).router()
    if parts.reports is not None:
        yield Reports(site, parts.reports).router()
    if parts.library is not None:
        yield Library(site, parts.library).router()
    if parts.pulses is not None:
        # Before the surveys, whose addresses begin alike.
        yield Pulses(site, parts.pulses).router()
    if parts.surveys is not None:
        yield Surveys(site, parts.surveys).router()
    if parts.units is not None:
        yield Calendars(site, parts.units).router()
        if parts.rules is not None:
            yield Rules(site, parts.units, parts.rules).router()
        for administered in (Overview, Staff, Access, Uploads, Data, Programs, Webhooks, Differences):
            yield administered(site, parts.units).router()
    if parts.people is not None:
        yield People(site, parts.people).router()


def _mount_metrics(app: FastAPI, parts: Parts) -> list[str]:
    """The numbers for Prometheus, where a token is set; their address, which needs the token and no session."""
    if parts.metrics is None or not parts.metrics_token:
        return []
    app.add_api_route(METRICS, Numbers(parts.store, parts.metrics, parts.metrics_token).answer, methods=["GET"])
    return [METRICS]


def _mount_adapters(app: FastAPI, parts: Parts) -> list[str]:
    """Give each adapter that has an app of its own its address; those addresses, which need no session."""
    open_paths = []
    for adapter in parts.adapters:
        mounted = adapter.app()
        if mounted is not None:
            # A mount would answer the bare path with a redirect to the same with a slash, which no platform follows.
            app.router.routes.append(Route(*mounted))
            open_paths.append(mounted[0])
    return open_paths


def _guard(app: FastAPI, site: Site, parts: Parts, open_paths: list[str]) -> None:
    """What stands around every page. Raises `SetupError` for a sub-path that is an address of ours."""
    if parts.settings.demo:
        app.add_middleware(Tabs, base_url=parts.settings.base_url, players=site.players)
    tab = _tab_of(parts) is not None and not parts.settings.demo
    if tab:
        app.add_middleware(Framed)
    # The last is the first that a request meets, so that refusals carry the headers too.
    app.add_middleware(
        Guards,
        names=_names(parts),
        open_paths=open_paths,
        guest=parts.guest,
        crowded=parts.crowded,
        long_paths=[BACK] if parts.reception is not None else (),
    )
    app.add_middleware(SafeHeaders, frame_ancestors=parts.frame_ancestors, https=site.secure, tab=tab)
    if prefix := urlsplit(parts.settings.base_url).path.rstrip("/"):
        _refuse_own(app, prefix)
        app.add_middleware(SubPath, prefix=prefix)


def _refuse_own(app: FastAPI, prefix: str) -> None:
    """Raise `SetupError` for a sub-path that is also an address of qabot's own: nobody could tell the two apart."""
    first = f"/{prefix.split('/')[1]}"
    for path in (first, f"{first}/x"):
        scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
        if any(each.matches(scope)[0] is not Match.NONE for each in app.routes):
            raise SetupError(f"QABOT_BASE_URL: {first} is an address of qabot's own. Choose another, such as /qabot.")


def _names(parts: Parts) -> frozenset[str]:
    return names_of(parts.settings.base_url, demo=parts.settings.demo, also=parts.hosts)
