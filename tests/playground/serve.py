"""The adapter in anonymous mode on loopback, with a way for the steps to have something sent."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from qabot.adapter import Address, Sent
from qabot.messaging.card import Card
from qabot_teams import create
from tests.support.teams import service as samples

ACCOUNT = "33333333-3333-4333-8333-333333333330"
CARDS: dict[str, Callable[[], Card]] = {"reminder": samples.reminder_card, "alert": samples.alert_card}


def build(sdk: str) -> Starlette:
    """The app: the endpoint that Teams calls, and `/send/reminder` and `/send/alert` for the steps."""
    service = samples.MemoryService()
    adapter = create(service, {"QABOT_TEAMS_AUTH": "anonymous", "QABOT_TEAMS_SDK": sdk})
    endpoint = adapter.app()
    assert endpoint is not None

    async def send(request: Request) -> JSONResponse:
        kept: Address | None = await service.conversation("teams", ACCOUNT)
        if kept is None:
            return JSONResponse({"met": list(service.accounts)}, 404)
        outcome = await adapter.send(kept, CARDS[request.path_params["name"]]())
        return JSONResponse({"outcome": repr(outcome)}, 200 if isinstance(outcome, Sent) else 502)

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        await adapter.start()
        yield
        await adapter.stop()

    routes = [Route("/send/{name}", send, methods=["POST"]), Route(*endpoint)]
    return Starlette(routes=routes, lifespan=running)


def serve(port: str, sdk: str) -> None:
    """Serve it until the process is asked to end."""
    uvicorn.run(build(sdk), host="127.0.0.1", port=int(port), log_level="warning")
