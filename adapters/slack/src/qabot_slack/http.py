"""Slack over HTTP: `/slack/events`. Bolt checks the signature and that the request is at most 5 minutes old."""

from collections.abc import Sequence

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PATH = "/slack/events"
# A view of 250 kB, twice over, percent-encoded.
LARGEST = 2_000_000
# Nothing else reaches Bolt: some of its own headers change what it runs.
_PASSED = ("content-type", "x-slack-signature", "x-slack-request-timestamp")


class Endpoint:
    """The ASGI app for Slack's requests."""

    def __init__(self, app: AsyncApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise TypeError(f"not a kind of connection that Slack makes: {scope['type']}")
        response = await self._response(Request(scope, receive))
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        if request.method != "POST":
            return Response("Slack sends POST requests here.", 405, media_type="text/plain")
        body = await _body(request)
        if body is None:
            return Response("too large", 413, media_type="text/plain")
        headers: dict[str, str | Sequence[str]] = {
            name: request.headers[name] for name in _PASSED if name in request.headers
        }
        answer = await self._app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
        response = Response(answer.body, answer.status)
        for name, values in answer.headers.items():
            response.headers[name] = values[0]
        return response


async def _body(request: Request) -> str | None:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > LARGEST:
            return None
    # What is not UTF-8 cannot have a valid signature: Slack signs and sends UTF-8.
    return received.decode("utf-8", errors="replace")
