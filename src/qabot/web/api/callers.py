"""Who calls: the token of a request, what it may do, how often, and that it called."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Annotated, Any, TypeVar

import structlog
from fastapi import Depends, Header, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select
from starlette.requests import Request

from qabot.errors import BadRequest, QabotError
from qabot.framework.calendar import at_local
from qabot.models import ApiReply, Event
from qabot.planning.directory import Staff
from qabot.web.api.problems import Fault, Refused
from qabot.web.doors import place_of
from qabot.web.ports import UnitsOfWork
from qabot.web.site import Site
from qabot.workflows.access import tokens
from qabot.workflows.access.acting import take_care
from qabot.workflows.core.unit import Unit

T = TypeVar("T")
log = structlog.get_logger()
BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="A token of /administration/tokens")
Given = Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
STRANGER = "There is no such token, or it has ended, or whoever it acts for no longer looks after the programme."
OTHER_BODY = "This Idempotency-Key was used for something else. Nothing was done. Use a new key for each thing."
KEPT = timedelta(days=2)
"""How long what a key was answered is kept."""
_MIDNIGHT = time(0, 0)


class Callers:
    """Lets calls in."""

    def __init__(self, site: Site, units: UnitsOfWork) -> None:
        self.site, self.units = site, units

    async def known(self, request: Request, text: str, scope: str) -> "Caller":
        """Who sent this token, and may use it for what `scope` says. Raises `Refused`."""
        caller = await self.site.parts.store.run(lambda session: self._find(self.units.unit(session), text, scope))
        if caller is None:
            self._count_stranger(request)
            raise Refused(401, STRANGER)
        route = getattr(request.scope.get("route"), "path", "")
        log.info("a program called", action="api-called", token=caller.name, method=request.method, route=route)
        try:
            self.site.parts.count_call(caller.token_id)
        except BadRequest as many:
            raise Refused(429, str(many)) from None
        if scope not in caller.scopes:
            raise Refused(403, f"The token {caller.name} has no scope {scope}.", scope=scope)
        return caller

    def _find(self, unit: Unit, text: str, scope: str) -> "Caller | None":
        token = tokens.recognise(unit, text) if text else None
        if token is None:
            return None
        person = unit.directory.people[token.person_id]
        return Caller(self, token.id, token.name, frozenset(token.scopes), person, scope)

    def _count_stranger(self, request: Request) -> None:
        # By itself: a program that goes on with a token that has ended must keep nobody beside it from signing in.
        try:
            self.site.parts.count_sign_in(f"token {place_of(request.client.host) if request.client else ''}")
        except BadRequest as many:
            raise Refused(429, str(many)) from None


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that calls, by its token: for whom it acts, what it may do, and which of its scopes it uses now."""

    callers: Callers
    token_id: int
    name: str
    scopes: frozenset[str]
    person: Staff
    scope: str

    async def read(self, work: Callable[[Unit], T]) -> T:
        """What it reads; that it did is in the event log, once on a day in England for each scope."""

        def both(unit: Unit) -> T:
            since, detail = at_local(unit.today, _MIDNIGHT), {"token": self.name, "scope": self.scope}
            today = select(Event.detail).where(Event.what == "api-read", col(Event.at) >= since)
            if detail not in unit.session.exec(today).all():
                unit.event("api-read", actor=self.person.id, token=self.name, scope=self.scope)
            return work(unit)

        units = self.callers.units
        return await self.callers.site.parts.store.run(lambda session: both(units.unit(session)))

    async def write(self, sending: "Sending", work: Callable[[Unit], dict[str, Any]]) -> dict[str, Any]:
        """What it writes, and what it is answered: all of it in one transaction, or nothing.

        What came before with the same key is answered as then, and not done again. Raises `Refused`.
        """

        def both(unit: Unit) -> tuple[dict[str, Any], bool]:
            before = _before(unit, self.token_id, sending)
            if before is not None:
                return before, True
            body = work(unit)
            unit.event("api-written", actor=self.person.id, token=self.name, scope=self.scope)
            _keep(unit, self.token_id, sending, body)
            return body, False

        def carefully(unit: Unit) -> tuple[dict[str, Any], bool]:
            take_care(unit.session)
            return both(unit)

        try:
            body, again = await self.callers.units.run(both)
        except IntegrityError:
            # The same was sent twice at once: by now the other one has been answered.
            body, again = await self.callers.units.run(both)
        except (QabotError, Refused):
            raise
        except Exception:
            # As for what people do: no alert fails because something beside it does.
            log.exception("what a program wrote has failed, and is done once more", action="answer-repeated")
            body, again = await self.callers.units.run(carefully)
        if again:
            sending.response.headers["Idempotency-Replayed"] = "true"
        return body


@dataclass(frozen=True, slots=True)
class Sending:
    """Something that is sent to be written: under which key ("" for none), and what it is, as a hash."""

    key: str
    digest: str
    response: Response


async def sending(
    request: Request,
    response: Response,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            pattern=r"^[A-Za-z0-9._:-]{1,100}$",
            description="Of your choice, new for each thing: what is sent again with it is done once",
        ),
    ] = None,
) -> Sending:
    """A dependency: the key of what is sent, and its hash."""
    whole = b"\n".join((request.method.encode(), request.url.path.encode(), await request.body()))
    return Sending(key or "", hashlib.sha256(whole).hexdigest(), response)


Sent = Annotated[Sending, Depends(sending)]


def _before(unit: Unit, token_id: int, sending: Sending) -> dict[str, Any] | None:
    """What was answered to this key before; None if nothing was. Raises `Refused` if it came with something else."""
    if not sending.key:
        return None
    query = select(ApiReply).where(ApiReply.token_id == token_id, ApiReply.key == sending.key)
    row = unit.session.exec(query).first()
    if row is None:
        return None
    if row.digest != sending.digest:
        raise Refused(422, OTHER_BODY, [Fault(where="Idempotency-Key", what="it came with something else before")])
    return row.body


def _keep(unit: Unit, token_id: int, sending: Sending, body: dict[str, Any]) -> None:
    if not sending.key:
        return
    unit.session.execute(delete(ApiReply).where(col(ApiReply.at) < unit.now - KEPT))
    unit.session.add(ApiReply(token_id=token_id, key=sending.key, digest=sending.digest, body=body, at=unit.now))
    unit.session.flush()


def having(scope: str) -> Any:
    """A dependency: the caller, whose token has this scope."""

    async def caller(request: Request, given: Given) -> Caller:
        callers: Callers = request.app.state.callers
        return await callers.known(request, given.credentials if given else "", scope)

    return Depends(caller)
