"""/metrics: the numbers of this service for Prometheus. It is there only if the settings have a token."""

import hmac
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qabot.models import Store
from qabot.models.turns import GUEST, Guest

METRICS = "/metrics"
PATIENCE = Guest(begin=5.0, end=5.0, rank=1)
"""Its questions go behind what people do."""


class Numbers:
    """Answers Prometheus."""

    def __init__(self, store: Store, reader: Callable[[Session], bytes], token: str) -> None:
        self._store, self._read = store, reader
        self._expected = f"Bearer {token}".encode()

    async def answer(self, request: Request) -> Response:
        """The page, for whoever sends the token; 401 for everybody else."""
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._expected):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"})
        GUEST.set(PATIENCE)
        body = await self._store.run(self._read)
        return Response(body, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})
