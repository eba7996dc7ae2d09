"""Slack over HTTP: `/slack/events`. Who signed the bytes is checked first, what they say afterwards.

What nobody signed, or more than five minutes ago, is answered with 401; what was signed and is nothing that Slack sends
with 400. Each is one line of the log.
"""

from urllib.parse import parse_qsl

import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from qabot_slack.dispatch import dispatch
from qabot_slack.secrets import Secrets
from qabot_slack.shapes import Unreadable, parsed

log = structlog.get_logger()

PATH = "/slack/events"
# A view of 250 kB, twice over, percent-encoded.
LARGEST = 2_000_000
_FIELDS = 100
_FORM = "application/x-www-form-urlencoded"


class Endpoint:
    """The ASGI app for Slack's requests."""

    def __init__(self, app: AsyncApp, secrets: Secrets) -> None:
        self._app = app
        self._secrets = secrets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise TypeError(f"not a kind of connection that Slack makes: {scope['type']}")
        response = await self._response(Request(scope, receive))
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        if request.method != "POST":
            return Response("Slack sends POST requests here.", 405, {"Allow": "POST"}, media_type="text/plain")
        try:
            body = await _body(request)
        except ClientDisconnect:
            return _refused(400, "it broke off")
        if body is None:
            return _refused(413, "it is too large")
        if not self._signed(request, body):
            return _refused(401, "not signed by Slack within five minutes")
        try:
            answer = await dispatch(self._app, _read(request, body))
        except Unreadable as wrong:
            return _refused(400, str(wrong))
        response = Response(answer.body, answer.status)
        for name, values in answer.headers.items():
            response.headers[name] = values[0]
        return response

    def _signed(self, request: Request, body: bytes) -> bool:
        stamp, signature = (request.headers.get(f"x-slack-{name}", "") for name in ("request-timestamp", "signature"))
        # The verifier raises for a time that is no number, and for what is not ASCII, and so for nothing of Slack's.
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12 and signature.isascii()):
            return False
        valid = self._valid(body, stamp, signature)
        return valid or (self._secrets.renew() and self._valid(body, stamp, signature))

    def _valid(self, body: bytes, stamp: str, signature: str) -> bool:
        try:
            return SignatureVerifier(self._secrets.signing_secret).is_valid(body, stamp, signature)
        except UnicodeDecodeError:  # Slack signs and sends UTF-8
            return False


def _read(request: Request, body: bytes) -> object:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM and (kind == "application/json" or body.lstrip()[:1] == b"{"):
        return parsed(body)
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        raise Unreadable("the form has too many fields") from None
    return parsed(fields["payload"]) if "payload" in fields else fields


async def _body(request: Request) -> bytes | None:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > LARGEST:
            return None
    return bytes(received)


def _refused(status: int, why: str) -> Response:
    log.warning("a request was refused", action="slack-request-refused", status=status, why=why)
    return Response("This is not a request that Slack makes.", status, media_type="text/plain")
