"""Two tabs of the demo can be two people: below /as/ID every page is that person's, whoever the browser else is.

The demo only. The pages know nothing of it: their addresses are written anew on the way out.
"""

import re
from collections.abc import Collection
from time import monotonic
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TAB = "qabot.tab"
"""Under which name a request's scope has the id of the person whom its tab is."""
STAYS = 1800.0
"""Seconds after its last page for which a tab still counts as somebody who plays."""
_PREFIX = re.compile(r"/as/([0-9]{1,9})(?=/|$)")
_LINK = r'(href|action)="(?:{base})?/(?!static/|as/|demo(?!/time))'


class Players:
    """Whom the tabs are: invented colleagues do nothing in their name."""

    def __init__(self) -> None:
        self._seen: dict[int, float] = {}

    def note(self, person_id: int) -> None:
        """A tab has shown a page of this person."""
        self._seen[person_id] = monotonic()

    def now(self) -> Collection[int]:
        """Those whose tabs are still in use."""
        oldest = monotonic() - STAYS
        return {each for each, at in self._seen.items() if at >= oldest}


class Tabs:
    """Takes the prefix from the address, and puts it before the addresses of what comes back."""

    def __init__(self, app: ASGIApp, *, base_url: str, players: Players) -> None:
        self._app, self._players = app, players
        self._link = re.compile(_LINK.format(base=re.escape(base_url)).encode())
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        match = _PREFIX.match(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
            return
        person_id = int(match[1])
        self._players.note(person_id)
        path = scope["path"][match.end() :] or "/"
        await self._app(
            {**scope, "path": path, "raw_path": path.encode(), TAB: person_id}, receive, self._back(match[0], send)
        )

    def _back(self, prefix: str, send: Send) -> Send:
        start: Message | None = None
        body = b""

        async def prefixed(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            assert start is not None  # noqa: S101 - a response begins before it ends
            headers = MutableHeaders(scope=start)
            if location := headers.get("location", ""):
                headers["location"] = self._located(location, prefix)
            if headers.get("content-type", "").startswith("text/html"):
                body = self._link.sub(rb'\1="' + prefix.encode() + b"/", body)
                headers["content-length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        return prefixed

    def _located(self, location: str, prefix: str) -> str:
        parts = urlsplit(location.removeprefix(self._base_url))
        ours = not parts.netloc and parts.path.startswith("/") and not _PREFIX.match(parts.path)
        keeps = not parts.path.startswith("/demo")
        return f"{prefix}{location.removeprefix(self._base_url)}" if ours and keeps else location
