"""What people see when something cannot be done: plain sentences, never a traceback."""

from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from qabot.errors import Busy, NotAllowed, NotFound, QabotError, SignInNeeded
from qabot.web.guards import AWAY, busy_page, plain_page
from qabot.web.sessions import spell
from qabot.web.site import Site

TITLES = {
    400: "This cannot be done",
    403: "This is not open to you",
    404: "There is nothing here",
    405: "This cannot be done here",
}
SENTENCES = {
    403: "You do not have access to this page.",
    404: "The page may have moved, or the address is not complete.",
    405: "Go back, and use the page's own buttons.",
}


class Refusals:
    """The handlers of everything that is raised."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def put_on(self, app: FastAPI) -> None:
        """Register them."""
        app.add_exception_handler(SignInNeeded, self.sign_in)
        app.add_exception_handler(QabotError, self.refused)
        app.add_exception_handler(HTTPException, self.http)
        app.add_exception_handler(RequestValidationError, self.unreadable)

    async def sign_in(self, request: Request, error: Exception) -> Response:
        """In the demo, choose whom to be; else say how to get a link."""
        if self.site.parts.settings.demo:
            return self.site.go("/demo")
        visitor = await self.site.visitor(request)
        typed = await self.site.typed(request)
        sessions = self.site.sessions
        hours, idle = spell(sessions.longest), spell(sessions.idle)
        return self.site.page(
            request,
            visitor,
            "how-to-sign-in.html",
            status=401,
            typed=typed,
            hours=hours,
            idle=idle,
            ways=self.site.ways_in(request),
        )

    async def refused(self, request: Request, error: Exception) -> Response:
        """One of our own: its text is the sentence."""
        if isinstance(error, Busy):
            return busy_page(error)
        status = 403 if isinstance(error, NotAllowed) else 404 if isinstance(error, NotFound) else 400
        typed = await self.site.typed(request) if status == 403 else []
        return await self._page(request, status, str(error), typed)

    async def http(self, request: Request, error: Exception) -> Response:
        """No such page, or not so."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        return await self._page(request, status, SENTENCES.get(status, SENTENCES[404]))

    async def unreadable(self, request: Request, error: Exception) -> Response:
        """An address with a part that does not fit."""
        return await self._page(request, 404, SENTENCES[404])

    async def _page(self, request: Request, status: int, sentence: str, typed: Sequence[str] = ()) -> Response:
        title = TITLES.get(status, TITLES[400])
        try:
            visitor = await self.site.visitor(request)
        except AWAY:
            # The refusal holds without the database too; only the way back to the inbox is missing from it.
            return plain_page(status, title, sentence)
        return self.site.page(
            request, visitor, "refused.html", status=status, title=title, sentence=sentence, typed=typed
        )
