"""What stands before every page: strange hosts and endless addresses are turned away, and no error leaves bare.

None of it needs the database, a session or a route.
"""

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qabot.errors import Busy, Unfinished
from qabot.models.availability import is_away
from qabot.models.turns import GUEST, Guest
from qabot.web.adapter import LOOPBACK
from qabot.web.drawing import draw

log = structlog.get_logger()
LONGEST_ADDRESS = 2000
"""Bytes of an address with its query: a personal link, the longest of ours, has some three hundred."""
LONGEST_ANSWER = 12_000
"""Bytes of an address with which a browser comes back from an issuer, whose codes are as long as it likes."""
RETRY_SECONDS = 5
PROGRAMS, DIRECTORIES = "/api/", "/scim/"
"""Addresses of programs, and of directories: they read no pages."""
SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
AWAY = (Busy, OperationalError, InterfaceError, PendingRollbackError, NoConnection)
"""What the database raises when it is locked, away or busy, and not when a query is wrong."""
BUSY = "qabot is busy just now, or its database is away. Please try again in a moment. Nothing was changed."

UNFINISHED = (
    "qabot is busy just now, or its database is away, and cannot say whether this was done. Please look in a moment, "
    "and do it once more only if it was not."
)


def plain_page(status: int, title: str, sentence: str) -> HTMLResponse:
    """A page that needs nothing of what may be broken."""
    headers = {"Retry-After": str(RETRY_SECONDS)} if status in (429, 503) else None
    return HTMLResponse(draw("broken.html", title=title, sentence=sentence), status, headers)


def plain_answer(scope: Scope, page: HTMLResponse, sentence: str) -> Response:
    """The page; for a program the same as a problem (RFC 9457), for a directory as SCIM has it (RFC 7644)."""
    path, status = scope["path"], page.status_code
    if not path.startswith((PROGRAMS, DIRECTORIES)):
        return page
    body = {"type": f"urn:qabot:problem:{status}", "title": sentence, "status": status, "detail": sentence}
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else None
    if path.startswith(DIRECTORIES):
        error = {"schemas": [SCIM_ERROR], "status": str(status), "detail": sentence}
        return JSONResponse(error, status, headers, "application/scim+json")
    whole = {**body, "advice": "Read the detail, and send it again.", "errors": []}
    return JSONResponse(whole, status, headers, "application/problem+json")


def busy_page(wrong: Exception | None = None) -> HTMLResponse:
    """Try again in a moment."""
    if isinstance(wrong, Unfinished):
        return plain_page(503, "Look again in a moment", UNFINISHED)
    return plain_page(503, "Try again in a moment", BUSY)


class Guards:
    """In this order: the host, the address, room for pages, the patience with the database, and what goes wrong all the
    same.

    `names` are the hosts by which the pages are reached. `open_paths` may be asked by any name, and also while it is
    `crowded`: a probe knows only an address, and what a platform sends is signed. `long_paths` are those to which
    issuers send a browser back.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        names: Collection[str],
        open_paths: Collection[str],
        guest: Guest | None,
        crowded: Callable[[], bool],
        long_paths: Collection[str] = (),
    ) -> None:
        self._app = app
        self._names, self._open, self._guest = frozenset(names), frozenset(open_paths), guest
        self._crowded, self._long = crowded, frozenset(long_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if refusal := self._refusal(scope):
            await refusal(scope, receive, send)
            return
        token = GUEST.set(None if scope["path"] in self._open else self._guest)
        try:
            await self._answer(scope, receive, send)
        finally:
            GUEST.reset(token)

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["path"] not in self._open and _host(Headers(scope=scope).getlist("host")) not in self._names:
            return self._say(scope, 421, "Not at this address", "qabot is reached by its own address only. Check it.")
        query = scope.get("query_string", b"")
        longest = LONGEST_ANSWER if scope["path"] in self._long else LONGEST_ADDRESS
        if len(scope.get("raw_path") or scope["path"].encode()) + len(query) > longest:
            return self._say(scope, 414, "This cannot be done", "This address is longer than any of qabot's. Check it.")
        if "\0" in scope["path"] or b"\0" in query or b"%00" in query:
            return self._say(scope, 400, "This cannot be done", "This address is not one of qabot's. Check it.")
        if scope["path"] not in self._open and self._crowded():
            log.warning("too many pages are under way", action="page-refused")
            return plain_answer(scope, busy_page(), BUSY)
        return None

    def _say(self, scope: Scope, status: int, title: str, sentence: str) -> Response:
        return plain_answer(scope, plain_page(status, title, sentence), sentence)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except AWAY as wrong:
            # A database that is away says so itself, and not with each page.
            if not is_away(wrong):
                log.warning("a page had to wait too long", action="page-refused", route=_route(scope))
            if begun:
                raise
            await plain_answer(scope, busy_page(wrong), BUSY)(scope, receive, send)
        except ClientDisconnect:
            # They went, or were too slow: there is nobody to answer.
            return
        except Exception:
            # The route, not the address: an address can hold a personal link.
            log.exception("a page failed", action="page-failed", route=_route(scope))
            if begun:
                raise
            await plain_answer(scope, broken_page(), "It was recorded.")(scope, receive, send)


def broken_page() -> HTMLResponse:
    """Our own mistake."""
    sentence = "It was recorded. Please try again in a few minutes, and tell your administrator if it happens again."
    return plain_page(500, "Something went wrong on our side", sentence)


def names_of(base_url: str, *, demo: bool = False, also: Collection[str] = ()) -> frozenset[str]:
    """The hosts of the pages: the base address's, and every name of this machine where that is one of them."""
    host = urlsplit(base_url).hostname or ""
    here = LOOPBACK if demo or host in LOOPBACK else ()
    return frozenset({host, *here} if not demo else here) | {each.lower() for each in also}


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", ""))


def _host(given: list[str]) -> str:
    """The name in a Host header, without a port; "" if there is not exactly one that could be a name."""
    if len(given) != 1:
        return ""
    value = given[0].strip().lower()
    name, colon, port = value.rpartition(":") if not value.endswith("]") and ":" in value else (value, "", "")
    if colon and not (port.isascii() and port.isdecimal()):
        return ""
    return name.removeprefix("[").removesuffix("]").removesuffix(".")
