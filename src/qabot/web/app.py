"""The web application: every group of pages, the adapters' own apps, and health."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from qabot.delivery.supervisor import AdapterState
from qabot.errors import SetupError
from qabot.web.demo import Demo
from qabot.web.drawing import STATIC
from qabot.web.headers import LoopbackOnly, SafeHeaders
from qabot.web.inbox import Inbox
from qabot.web.ports import Parts
from qabot.web.programme import Programme
from qabot.web.record import Records
from qabot.web.refusals import Refusals
from qabot.web.signin import SignIn
from qabot.web.site import Site


def create_app(parts: Parts) -> FastAPI:
    """The whole web side of one service. Raises `SetupError` if a demo has no timeline."""
    site = Site(parts)
    app = FastAPI(title="qabot", docs_url=None, redoc_url=None, openapi_url=None)
    Refusals(site).put_on(app)
    groups: list[SignIn | Inbox | Programme | Records | Demo] = [
        SignIn(site), Inbox(site), Programme(site), Records(site)
    ]  # fmt: skip
    if parts.settings.demo:
        if parts.timeline is None:
            raise SetupError("The demo needs a timeline to move its clock.")
        groups.append(Demo(site, parts.timeline))
    for group in groups:
        app.include_router(group.router())
    app.add_api_route("/health", _health(parts), methods=["GET"])
    app.mount("/static", StaticFiles(directory=STATIC))
    for adapter in parts.adapters:
        mounted = adapter.app()
        if mounted is not None:
            # A mount would answer the bare path with a redirect to the same with a slash, which no platform follows.
            app.router.routes.append(Route(*mounted))
    app.add_middleware(SafeHeaders, frame_ancestors=parts.frame_ancestors, https=site.secure)
    if parts.settings.demo:
        app.add_middleware(LoopbackOnly)
    return app


def _chat(state: AdapterState) -> dict[str, str]:
    """How it is with one chat, for whoever watches the service; without what need not be said."""
    said = {"state": state.standing.value, "since": state.since.isoformat(), "why": state.why or state.trouble}
    if state.ends is not None:
        said["secret_ends"] = state.ends.isoformat()
    return {name: value for name, value in said.items() if value}


def _health(parts: Parts) -> Callable[[], Awaitable[JSONResponse]]:
    async def health() -> JSONResponse:
        """Well only if a whole tick has finished lately: a process that answers but does nothing is not well.

        A chat that is away, or a clock that jumped, makes it degraded, which is no reason to start it anew.
        """
        last, now = parts.last_tick(), parts.clock.now()
        well = last is not None and now - last <= parts.tick_limit
        chats, clock = parts.chats(), parts.clock_trouble()
        body = {
            "ok": well,
            "degraded": bool(clock) or not all(each.well for each in chats),
            "last_tick": last.isoformat() if last else None,
            "clock": clock or "well",
            "chats": {each.adapter: _chat(each) for each in chats},
        }
        return JSONResponse(body, 200 if well else 503)

    return health
