"""The pages inside the tab in Teams: below /tab, and there alone, Teams may frame them.

Below /tab/in every page of qabot's stands once more, with the tab's own session. The pages know nothing of it: the path
is taken from the address on the way in, and put before the addresses of what comes back.
"""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from qabot.web.sub_path import Answer

TAB_PAGE, INSIDE = "/tab", "/tab/in"
FRAMED = "qabot.framed"
"""Under which name a request's scope says that it comes from the tab."""
TEAMS = ("https://teams.microsoft.com", "https://*.teams.microsoft.com", "https://teams.cloud.microsoft")
"""Where Teams shows its tabs: in the browser and, by the same addresses, in its apps."""
_LINK = re.compile(rb'\b(href|action|formaction)="/(?!/|static/|tab["/])')


def is_framed(path: str) -> bool:
    """Whether an address is one of the tab's."""
    return path == TAB_PAGE or path.startswith(f"{TAB_PAGE}/")


class Framed:
    """Takes /tab/in from each request of the tab, and puts it before the addresses of each answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not is_framed(scope["path"]):
            await self._app(scope, receive, send)
            return
        inside, path = {**scope, FRAMED: True}, scope["path"]
        if path == INSIDE or path.startswith(f"{INSIDE}/"):
            inside["path"] = path[len(INSIDE) :] or "/"
            inside["raw_path"] = (scope.get("raw_path") or path.encode())[len(INSIDE) :] or b"/"
        await self._app(inside, receive, Answer(INSIDE, send, _LINK, keeps=(TAB_PAGE,)))
