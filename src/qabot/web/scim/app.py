"""SCIM as an application of its own, below /scim/v2 of the web application."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qsl

from scim2_models import (
    ConflictException,
    ForbiddenException,
    PayloadTooLargeException,
    SCIMException,
    UnauthorizedException,
)
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from qabot.web.api.callers import Caller, Callers
from qabot.web.api.problems import RETRY_AFTER, Refused
from qabot.web.ports import UnitsOfWork
from qabot.web.scim.entra import put_right
from qabot.web.scim.shapes import provider
from qabot.web.scim.storage import Users
from qabot.web.site import Site
from qabot.workflows.access.tokens import PROVISIONING
from qabot.workflows.core.unit import Unit

LARGEST = 256 * 1024
"""Bytes of a body: one user has a few thousand."""
AT_ONCE = "The same was stated twice at once. Look for it, and state it again."
KINDS: Mapping[int, type[SCIMException]] = {401: UnauthorizedException, 403: ForbiddenException}


class Undone(Exception):
    """What is answered to somebody whose request was refused half-way: nothing of it stays."""

    def __init__(self, response: ScimResponse) -> None:
        super().__init__()
        self.response = response


class TooMany(SCIMException):
    """Too many calls."""

    status = 429


class Provisioning:
    """Answers directories."""

    def __init__(self, site: Site, units: UnitsOfWork, path: str) -> None:
        """`path`: where it stands in the council's address."""
        self.callers, self.units = Callers(site, units), units
        self.base = f"{site.parts.settings.base_url}{path}"
        self.service = ScimService(provider())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        try:
            caller = await self._known(request)
            answer = await self._answer(caller, await self._read(request))
        except SCIMException as wrong:
            answer = self.service.error_response(wrong)
        await _sent(answer)(scope, receive, send)

    async def _known(self, request: Request) -> Caller:
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        try:
            return await self.callers.known(request, text.strip() if kind.casefold() == "bearer" else "", PROVISIONING)
        except Refused as refused:
            raise KINDS.get(refused.status, TooMany)(detail=refused.detail) from None

    async def _read(self, request: Request) -> ScimRequest:
        length = request.headers.get("content-length", "0")
        if length.isdecimal() and int(length) > LARGEST:
            raise PayloadTooLargeException(detail=f"Send at most {LARGEST} bytes.")
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise PayloadTooLargeException(detail=f"Send at most {LARGEST} bytes.")
        return ScimRequest(
            method=request.method,
            base_url=self.base,
            path=request.scope["path"].removeprefix(request.scope.get("root_path", "")),
            query=dict(parse_qsl(request.scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)),
            headers=request.headers.items(),
            body=put_right(body),
        )

    async def _answer(self, caller: Caller, scim_request: ScimRequest) -> ScimResponse:
        work = partial(self._handle, caller, scim_request)
        if scim_request.method in ("GET", "HEAD"):
            return await caller.read(work)

        def write(unit: Unit) -> ScimResponse:
            answer = work(unit)
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise Undone(answer)
            unit.event("api-written", actor=caller.person.id, token=caller.name, scope=PROVISIONING)
            return answer

        try:
            return await self.units.run(write)
        except Undone as undone:
            return undone.response
        except IntegrityError:
            raise ConflictException(detail=AT_ONCE) from None

    def _handle(self, caller: Caller, scim_request: ScimRequest, unit: Unit) -> ScimResponse:
        try:
            return ScimHandler(self.service, Users(unit, by=caller.person.id)).handle(scim_request)
        except SCIMException as wrong:
            return self.service.error_response(wrong)


def _sent(answer: ScimResponse) -> Response:
    status = int(answer.status)
    wait = {"Retry-After": str(RETRY_AFTER[status])} if status in RETRY_AFTER else {}
    headers = {name: text for name, text in answer.headers.items() if name != "Content-Type"} | wait
    if answer.body is None:
        return Response(status_code=status, headers=headers)
    return JSONResponse(answer.body, status, headers, answer.headers["Content-Type"])
