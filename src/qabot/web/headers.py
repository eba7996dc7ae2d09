"""The headers that every page carries."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qabot.web.framed import TEAMS, is_framed

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
    """Sets them on every answer. With `tab`, Teams may frame the pages of its tab, and no others."""

    def __init__(
        self, app: ASGIApp, *, frame_ancestors: Sequence[str] = (), https: bool = True, tab: bool = False
    ) -> None:
        self._app, self._tab = app, tab
        self._tab_policy = policy([*frame_ancestors, *TEAMS])
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
                if self._tab and is_framed(scope["path"]):
                    headers["Content-Security-Policy"] = self._tab_policy
                    del headers["X-Frame-Options"]
            await send(message)

        await self._app(scope, receive, send_with_headers)
