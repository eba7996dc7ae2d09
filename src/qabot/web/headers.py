"""The headers that every page carries, and the refusal of strange hosts in the demo."""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qabot.web.adapter import LOOPBACK

KEEP = "public, max-age=31536000, immutable"
"""For our own files: their address changes with their content."""


def policy(frame_ancestors: Sequence[str]) -> str:
    """The content security policy: nothing but our own files; no inline script or style."""
    framed = " ".join(frame_ancestors) or "'none'"
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {framed}"
    )


class SafeHeaders:
    """Sets them on every answer."""

    def __init__(self, app: ASGIApp, *, frame_ancestors: Sequence[str] = (), https: bool = True) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy(frame_ancestors),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        }
        if not frame_ancestors:
            self._headers["X-Frame-Options"] = "DENY"
        if https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", KEEP if scope["path"].startswith("/static/") else "no-store")
                headers.update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class LoopbackOnly:
    """Refuses any host name but this machine's, so that no page elsewhere can reach a demo by a name of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and _host(Headers(scope=scope).get("host", "")) not in LOOPBACK:
            refusal = PlainTextResponse("The demo answers only on this machine, at http://127.0.0.1.", 421)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _host(value: str) -> str:
    if value.startswith("["):
        return value[1:].partition("]")[0]
    return value.partition(":")[0]
