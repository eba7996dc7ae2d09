"""The council's own colour and logo on every page: a style sheet after ours, and a picture in the bar at the top.

The colour is the bar's, and on a light page that of links and of what is pressed first; on a dark one those stay ours,
as a colour that is dark enough to bear white letters cannot be read there.
"""

import hashlib

from fastapi import APIRouter
from starlette.responses import Response

from qabot.house import LOGOS
from qabot.web.web_settings import WebSettings

STYLE, LOGO = "/static/council.css", "/static/council-logo"
KEPT = "public, max-age=86400"


class HouseStyle:
    """Its two files, and their addresses; "" of what is not set."""

    def __init__(self, settings: WebSettings) -> None:
        colour, logo = settings.colour, settings.logo
        self._sheet = _sheet(colour) if colour else ""
        self._logo = logo.read_bytes() if logo is not None else b""
        self._media = LOGOS[logo.suffix.lower()] if logo is not None else ""
        self.style = f"{STYLE}?v={_mark(self._sheet.encode())}" if colour else ""
        self.logo = f"{LOGO}?v={_mark(self._logo)}" if logo is not None else ""

    def router(self) -> APIRouter:
        """Their routes: of what is set."""
        router = APIRouter()
        if self.style:
            router.add_api_route(STYLE, self.sheet, methods=["GET"])
        if self.logo:
            router.add_api_route(LOGO, self.picture, methods=["GET"])
        return router

    async def sheet(self) -> Response:
        """The style sheet."""
        return Response(self._sheet, media_type="text/css; charset=utf-8", headers={"Cache-Control": KEPT})

    async def picture(self) -> Response:
        """The logo."""
        return Response(self._logo, media_type=self._media, headers={"Cache-Control": KEPT})


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _sheet(colour: str) -> str:
    return (
        f":root {{ --top: {colour}; }}\n"
        f"@media (prefers-color-scheme: light) {{ :root {{ --strong: {colour}; --link: {colour}; }} }}\n"
        ".brand-council { color: #fff; }\n"
        ".nav a:hover, .nav a[aria-current] { border-bottom-color: #fff; }\n"
    )
