"""qabot below a path of a host that has other things too, such as https://intranet.council.example/qabot.

The pages know nothing of it: the path is taken from the address on the way in, and put before the addresses of what
comes back. A proxy may pass it on or take it off.
"""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LINK = re.compile(rb'\b(href|action|formaction|src)="/(?!/)')
"""An address on this site. What people write reaches a page with its quotes escaped, and so is never one."""


class SubPath:
    """Takes `prefix` (such as /qabot) from each request, and puts it before the addresses of each answer."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        inside = dict(scope)
        path = scope["path"]
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            inside["path"] = path[len(self._prefix) :] or "/"
            inside["raw_path"] = (scope.get("raw_path") or path.encode())[len(self._prefix) :] or b"/"
        await self._app(inside, receive, Answer(self._prefix, send))


class Answer:
    """An answer on its way out. A page is held until it is whole; everything else goes as it comes.

    `link` finds the addresses that get the prefix; a redirect to one of those that `keeps` names stays as it is.
    """

    def __init__(self, prefix: str, send: Send, link: re.Pattern[bytes] = _LINK, keeps: tuple[str, ...] = ()) -> None:
        self._prefix, self._send, self._link, self._keeps = prefix, send, link, keeps
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """One part of it."""
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._end(self._start)

    async def _begin(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        location = headers.get("location", "")
        if location.startswith("/") and not location.startswith("//") and location not in self._keeps:
            headers["location"] = f"{self._prefix}{location}"
        if headers.get("content-type", "").startswith("text/html"):
            self._start = message
        else:
            await self._send(message)

    async def _end(self, start: Message) -> None:
        body = self._link.sub(rb'\1="' + self._prefix.encode() + b"/", self._body)
        # The answer to a HEAD has no body, and says how long it would be.
        if self._body:
            MutableHeaders(scope=start)["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
