"""The fake's HTTP side: the Web API with tokens, scopes, rates and faults; response URLs; web sockets."""

import asyncio
import json
import secrets
import socket as sockets
import struct
from typing import Any

import aiohttp
from aiohttp import web

from tests.support.slack.methods import FORMS, SCOPES, Methods, content
from tests.support.slack.records import ApiCall, Fault, Json, SlackError
from tests.support.slack.workspace import ResponseUrl, Workspace

RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 1800
MOST_SOCKETS = 10
# Calls in a number of seconds. Slack documents 1/s for each channel with bursts; the burst of 4 is our reading.
POSTS = (4, 4.0)
TIERS = {
    "chat.update": 50,
    "conversations.open": 50,
    "users.lookupByEmail": 50,
    "users.info": 100,
    "users.list": 20,
    "views.open": 100,
    "views.update": 100,
    "views.publish": 100,
    "apps.connections.open": 1,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
}


class Server:
    """Listens on 127.0.0.1. `calls` is everything that was asked; `faults` is taken from first to last."""

    def __init__(self, workspace: Workspace, methods: Methods, *, bot_token: str, app_token: str) -> None:
        self.workspace = workspace
        self.methods = methods
        self.tokens = {"bot": bot_token, "app": app_token}
        self.scopes = {
            "chat:write",
            "commands",
            "files:write",
            "im:history",
            "im:write",
            "users:read",
            "users:read.email",
        }
        self.enforce_rates = False
        self.calls: list[ApiCall] = []
        self.faults: list[Fault] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.acknowledged: dict[str, asyncio.Future[Any]] = {}
        self.changed = asyncio.Event()
        self.around: list[Any] = []
        """Middlewares of aiohttp that see each request first. Set before `start`."""
        self.url = ""
        # Where Slack has its web sockets and response URLs, if not at the same place.
        self.sockets_url = self.hooks_url = ""
        self._tickets: set[str] = set()
        self._recent: dict[str, list[float]] = {}
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=4 * 2**20, middlewares=self.around)
        app.router.add_post("/api/{method}", self._api)
        app.router.add_post("/response/{name}", self._response_url)
        app.router.add_get("/link/", self._link)
        app.router.add_post("/upload/{name}", self._upload)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = self.methods.files_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        for socket in list(self.sockets):
            await socket.close()
        if self._runner:
            await self._runner.cleanup()

    def poke(self) -> None:
        """Wake whoever waits for something to change."""
        self.changed.set()
        self.changed = asyncio.Event()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        call = ApiCall(request.match_info["method"], at=self.workspace.now, connection=_peer(request))
        self.calls.append(call)
        try:
            return await self._answer(request, call)
        except SlackError as refused:
            call.error, call.status = refused.error, refused.status
            body = {"ok": False, "error": refused.error, **refused.extra}
            return web.json_response(body, status=refused.status, headers=refused.headers)
        finally:
            self.poke()

    async def _answer(self, request: web.Request, call: ApiCall) -> web.StreamResponse:
        call.args = args = {**request.query, **await _arguments(request)}
        if call.method in FORMS and request.content_type == "application/json":
            raise SlackError("invalid_arguments")
        fault = self._fault(call)
        if fault and (broken := await _break(request, fault)):
            call.status = broken.status
            return broken
        self._authorise(request, call.method)
        self._limit(call.method, args)
        answer = self._connection() if call.method == "apps.connections.open" else self._do(call.method, args)
        call.ok, call.status = True, 200
        if fault and fault.kind == "reset_after":
            return _reset(request)
        return web.json_response({"ok": True, **answer}, headers={"x-oauth-scopes": ",".join(sorted(self.scopes))})

    def _do(self, method: str, args: Json) -> Json:
        if method not in self.methods.by_name:
            raise SlackError("unknown_method")
        return self.methods.by_name[method](args)

    def _connection(self) -> Json:
        ticket = secrets.token_hex(12)
        self._tickets.add(ticket)
        return {"url": f"{(self.sockets_url or self.url).replace('http', 'ws')}/link/?ticket={ticket}"}

    def _fault(self, call: ApiCall) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method in ("*", call.method) and fault.when(call.args):
                fault.times -= 1
                call.fault = fault.kind
                return fault
        return None

    def _authorise(self, request: web.Request, method: str) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            raise SlackError("not_authed")
        if token not in self.tokens.values():
            raise SlackError("invalid_auth")
        if (method == "apps.connections.open") != (token == self.tokens["app"]):
            raise SlackError("not_allowed_token_type")
        needed = SCOPES.get(method)
        if needed and needed not in self.scopes:
            raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))

    def _limit(self, method: str, args: Json) -> None:
        if not self.enforce_rates or (method != "chat.postMessage" and method not in TIERS):
            return
        posts = method == "chat.postMessage"
        most, seconds = POSTS if posts else (TIERS[method], 60.0)
        now = self.workspace.now
        recent = self._recent.setdefault(f"{method} {args['channel']}" if posts else method, [])
        recent[:] = [at for at in recent if now - at < seconds]
        if len(recent) >= most:
            wait = str(int(seconds - (now - recent[0])) + 1)
            raise SlackError("ratelimited", status=429, headers={"Retry-After": wait})
        recent.append(now)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """What a file holds. Its address is a secret of its own; no token goes there."""
        call = ApiCall("upload", at=self.workspace.now, connection=_peer(request))
        self.calls.append(call)
        fault = self._fault(call)
        if fault and (broken := await _break(request, fault)):
            return broken
        file = self.workspace.files.get(request.match_info["name"])
        if file is None or "Authorization" in request.headers:
            return web.Response(status=400)
        file.data = await request.read()
        call.ok, call.status = True, 200
        return web.Response(text=f"OK - {len(file.data)}")

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        place = self.workspace.response_urls.get(request.match_info["name"])
        call = ApiCall("response_url", await request.json(), self.workspace.now, connection=_peer(request))
        self.calls.append(call)
        try:
            fault = self._fault(call)
            if fault and (broken := await _break(request, fault)):
                return broken
            self._respond(place, call.args)
        except SlackError as refused:
            call.error, call.status = refused.error, refused.status if refused.status != 200 else 400
            return web.Response(status=call.status, text=refused.error)
        finally:
            self.poke()
        call.ok, call.status = True, 200
        return web.Response(text="ok")

    def _respond(self, place: ResponseUrl | None, args: Json) -> None:
        if place is None or self.workspace.now - place.at > RESPONSE_URL_SECONDS:
            raise SlackError("expired_url", status=404)
        if place.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url", status=404)
        place.uses += 1
        text, blocks = content(args)
        if args.get("replace_original") and place.message:
            place.message.change(text, self.workspace.with_ids(blocks))
        else:
            seen_by = "" if args.get("response_type") == "in_channel" else place.user
            self.workspace.post(place.channel, text, blocks, to=seen_by)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=408)
        self._tickets.discard(request.query["ticket"])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.sockets) >= MOST_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            return socket
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": len(self.sockets)})
        self.poke()
        try:
            async for frame in socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._acknowledge(json.loads(frame.data))
        finally:
            self.sockets.remove(socket)
            self.poke()
        return socket

    def _acknowledge(self, envelope: Json) -> None:
        waiting = self.acknowledged.get(str(envelope.get("envelope_id")))
        if waiting and not waiting.done():
            waiting.set_result(envelope.get("payload"))


async def _arguments(request: web.Request) -> Json:
    if request.content_type != "application/json":
        return dict(await request.post())
    try:
        given = await request.json()
    except ValueError as wrong:
        raise SlackError("invalid_json") from wrong
    if not isinstance(given, dict):
        raise SlackError("json_not_object")
    return given


async def _break(request: web.Request, fault: Fault) -> web.StreamResponse | None:
    await asyncio.sleep(fault.delay)  # real time: an answer that comes late, or never
    match fault.kind:
        case "reset_before":
            return _reset(request)
        case "429":
            raise SlackError("ratelimited", status=429, headers={"Retry-After": str(fault.retry_after)})
        case "500" | "503":
            raise SlackError(fault.error, status=int(fault.kind))
        case "error":
            raise SlackError(fault.error)
        case "as_is":
            return web.Response(status=fault.status, body=fault.body, headers=fault.headers)
        case "html":
            page = "<html>Bad gateway</html>"
            return web.Response(status=502, text=page, content_type="text/html")
        case "filter":
            return web.Response(status=403, text="<html>Blocked by policy</html>", content_type="text/html")
        case "text":
            return web.Response(status=502, text="bad gateway", content_type="text/plain")
    return None


def _reset(request: web.Request) -> web.Response:
    assert request.transport is not None
    raw = request.transport.get_extra_info("socket")
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
    return web.Response()


def _peer(request: web.Request) -> tuple[str, int] | None:
    return request.transport.get_extra_info("peername") if request.transport else None
