"""What a program is told when something cannot be done (RFC 9457): what was wrong, where, and what to do."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from qabot.errors import BadFile, BadRequest, Busy, IdentifierFound, NotAllowed, NotFound, QabotError, Unfinished
from qabot.web.guards import AWAY, RETRY_SECONDS, UNFINISHED
from qabot.web.guards import BUSY as BUSY_WORDS

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "This cannot be done",
    401: "A token is needed",
    403: "This token may not do that",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "This cannot be done now",
    413: "This is too much at once",
    415: "This is no JSON",
    422: "This is not as the description says",
    429: "Too many calls",
    500: "Something went wrong on our side",
    503: "Try again in a moment",
}
ADVICE = {
    400: "Put right what `errors` or the detail names, and send it again.",
    401: "Send a token that has not ended as Authorization: Bearer. Administrators make one at /administration/tokens.",
    403: "Ask an administrator for a token with this scope.",
    404: "Check the address and the reference.",
    405: "See /api/v1/openapi.json for what can be done at this address.",
    409: "Read what is there now, and decide whether this is still to be done.",
    413: "Send it in parts.",
    415: "Send JSON as application/json.",
    422: "Compare what `errors` names with /api/v1/openapi.json, and send it again.",
    429: "Wait as long as Retry-After says, and send it again.",
    500: "Try again in a few minutes, and tell whoever runs qabot if it happens again.",
    503: "Wait as long as Retry-After says, and send it again with the same Idempotency-Key.",
}
RETRY_AFTER = {429: 60, 503: RETRY_SECONDS}


class Fault(BaseModel):
    """One thing that is wrong. `where` is a JSON pointer into the body, or the name of a parameter."""

    where: str = Field(examples=["/audits/0/auditor"])
    what: str = Field(examples=["nobody with this e-mail is known here"])


class Problem(BaseModel):
    """What was wrong, where, and what to do."""

    type: str = Field(examples=["urn:qabot:problem:422"])
    title: str
    status: int
    detail: str
    advice: str
    errors: list[Fault] = Field(default_factory=list)


class Refused(Exception):
    """Something that a caller is told, with its status."""

    def __init__(self, status: int, detail: str, errors: Sequence[Fault] = (), scope: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.scope = status, detail, errors, scope


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These problems, for the description of the API; and those that every address can answer."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        each: {"description": TITLES[each], "content": content} for each in (400, 401, 403, 422, 429, 503, *statuses)
    }


def answer(status: int, detail: str, errors: Sequence[Fault] = (), headers: Mapping[str, str] = {}) -> JSONResponse:
    """A problem as an answer."""
    known = status if status in TITLES else 400
    problem = Problem(
        type=f"urn:qabot:problem:{status}",
        title=TITLES[known],
        status=status,
        detail=detail,
        advice=ADVICE[known],
        errors=list(errors),
    )
    extra = {"Retry-After": str(RETRY_AFTER[status])} if status in RETRY_AFTER else {}
    return JSONResponse(problem.model_dump(mode="json"), status, {**extra, **headers}, MEDIA_TYPE)


def put_on(app: FastAPI) -> None:
    """Register what answers everything that is raised."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(QabotError, _own)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Exception, _broken)
    for each in AWAY:
        app.add_exception_handler(each, _busy)


def faults_of(wrong: BadFile, name: str) -> list[Fault]:
    """What is wrong with rows that were sent, each at its place: the first row of a file stands in line 1."""
    return [
        Fault(where=f"/{name}/{each.line - 1}/{each.where}" if each.line else f"/{name}", what=each.what)
        for each in wrong.problems
    ]


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)  # noqa: S101 - it is registered for these alone
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    elif error.scope:
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error.scope}"'
    return answer(error.status, error.detail, error.errors, headers)


async def _own(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Busy):
        return await _busy(request, error)
    if isinstance(error, NotFound):
        return answer(404, str(error))
    if isinstance(error, NotAllowed):
        return answer(403, str(error))
    if isinstance(error, IdentifierFound):
        return answer(400, str(error))
    return answer(409 if isinstance(error, BadRequest) else 400, str(error))


async def _busy(request: Request, error: Exception) -> JSONResponse:
    return answer(503, UNFINISHED if isinstance(error, Unfinished) else BUSY_WORDS)


async def _broken(request: Request, error: Exception) -> JSONResponse:
    return answer(500, "It was recorded.")


async def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict((error.headers if isinstance(error, HTTPException) else None) or {})
    if status == 405:
        # One route of several at this address answered: it knows its own methods alone.
        headers["Allow"] = ", ".join(_methods(request))
    return answer(status, TITLES.get(status, TITLES[400]) + ".", headers=headers)


def _methods(request: Request) -> list[str]:
    """What can be done at an address, by the description."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    described: Mapping[str, Mapping[str, Any]] = request.app.openapi()["paths"]
    fits = (each for each in described if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path))
    # "/figures.csv" is no "/{name}": an address without a part to fill in goes first.
    chosen = min(fits, key=lambda each: each.count("{"), default="")
    return sorted(each.upper() for each in described.get(chosen, ()))


async def _unreadable(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for these alone
    faults = [_fault(each["loc"], each["msg"]) for each in error.errors()]
    return answer(422, "What was sent is not as /api/v1/openapi.json says.", faults)


def _fault(place: tuple[int | str, ...], said: str) -> Fault:
    kind, *rest = place
    where = f"/{'/'.join(map(str, rest))}" if kind == "body" else ".".join(map(str, rest))
    return Fault(where=where or "/", what=said)
