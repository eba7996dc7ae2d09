"""The way in to SCIM: what it is made of is loaded with the first request.

Its types make it take a fifth longer to load the web application, in every process that serves, and few councils have
a directory that asks (`python -X importtime -c "import qabot.web.app, qabot.web.scim.app"`).
"""

import asyncio
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from qabot.web.ports import UnitsOfWork
from qabot.web.site import Site

if TYPE_CHECKING:
    from qabot.web.scim.app import Provisioning

PATH = "/scim/v2"


class Door:
    """Stands where SCIM is mounted."""

    def __init__(self, site: Site, units: UnitsOfWork) -> None:
        self._site, self._units = site, units
        self._inside: Provisioning | None = None
        self._opening = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        async with self._opening:
            if self._inside is None:
                self._inside = await asyncio.to_thread(self._open)
        await self._inside(scope, receive, send)

    def _open(self) -> "Provisioning":
        from qabot.web.scim.app import Provisioning

        return Provisioning(self._site, self._units, PATH)
