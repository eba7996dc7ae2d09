"""The ASGI app at /api/messages: who calls, then what it means, then an answer within Teams' time."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from qabot_teams.inbound import Inbound
from qabot_teams.once import Done, Turns
from qabot_teams.sdk import BadActivity, BotFramework, Incoming
from qabot_teams.settings import Settings, is_local
from qabot_teams.tokens_in import Unauthorised

PATH = "/api/messages"
IN_TIME = 2.5
"""Seconds from the request to the answer; Teams shows an error to the person after about three."""
MAX_BODY = 1024 * 1024
SLOW = "This takes a little longer. What comes of it will show here."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """What the endpoint works with while the adapter is started."""

    port: BotFramework
    inbound: Inbound
    turns: Turns


class Endpoint:
    """Takes POST requests alone. Before the adapter is started it answers 503, so that Teams tries again."""

    def __init__(self, settings: Settings, running: Callable[[], Running | None]) -> None:
        self._settings, self._running = settings, running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        running, request = self._running(), Request(scope, receive)
        if request.method != "POST":
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
        elif running is None:
            await Response(status_code=503, headers={"Retry-After": "5"})(scope, receive, send)
        else:
            done = await self._answer(running, request)
            response = Response(status_code=done.status) if done.body is None else JSONResponse(done.body, done.status)
            await response(scope, receive, send)
            running.turns.follow(done.after)

    async def _answer(self, running: Running, request: Request) -> Done:
        until = time.monotonic() + IN_TIME
        try:
            self._check_caller(request)
            activity = await running.port.verify_and_parse(request.headers, await _body(request))
        except Unauthorised as refused:
            log.warning("a request was refused", action="teams-request-unauthorised", reason=str(refused))
            return Done(
                {"error": {"code": "Unauthorized", "message": "The request's token does not hold."}}, status=401
            )
        except BadActivity as wrong:
            log.warning("a request was refused", action="teams-request-refused", reason=str(wrong))
            return Done({"error": {"code": "BadSyntax", "message": "This is not an activity."}}, status=400)
        except (_TooLarge, ClientDisconnect) as wrong:
            log.warning("a request was refused", action="teams-request-refused", reason=type(wrong).__name__.strip("_"))
            return Done({"error": {"code": "MessageSizeTooBig", "message": "The activity is too large."}}, status=413)
        return await self._turn(running, activity, until - time.monotonic())

    def _check_caller(self, request: Request) -> None:
        if self._settings.anonymous and not _from_here(request):
            raise Unauthorised("anonymous mode answers to this machine alone")

    async def _turn(self, running: Running, activity: Incoming, seconds: float) -> Done:
        key = (activity.kind, activity.name, activity.reference.conversation, activity.id or object())
        done = await running.turns.run(key, lambda: running.inbound.handle(activity), max(seconds, 0.1))
        if done is None:
            log.warning(
                "an answer took too long", action="teams-answer-delayed", kind=activity.kind, name=activity.name
            )
            return running.inbound.sorry(activity, SLOW) if activity.kind == "invoke" else Done()
        return done


class _TooLarge(Exception):
    pass


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _TooLarge
    return bytes(body)


def _from_here(request: Request) -> bool:
    """Straight from this machine: behind a proxy everybody's address would be the proxy's."""
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-forwarded-host"))
    client = request.client.host if request.client else ""
    return is_local(client) and is_local(request.url.hostname) and not forwarded
