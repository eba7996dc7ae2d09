"""Calling the council's other programs: each call is tried until it is taken, longer and longer apart, for three days.

It is no notice: a notice goes to a person, in their hours and in the chat in which they are reached, as a card that is
drawn anew. A call has none of that. What the two share is what keeps them from being lost: the row is written in the
transaction of what happened, a process takes it by moving the time of its next try, and if that process dies, it is
tried again then. It has a loop of its own, so that a receiver that is slow or away holds up no alert.
"""

import asyncio
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from sqlmodel import col, delete, select, update

from qabot.adapter_kit.network import Network, read_network, reason
from qabot.errors import BadRequest
from qabot.models import CallState, Webhook, WebhookCall
from qabot.models.availability import is_away
from qabot.workflows.access import webhooks
from qabot.workflows.core.unit import Unit
from qabot.workflows.desk import Desk

log = structlog.get_logger()
EVERY_SECONDS = 5.0
AT_ONCE = 20
SECONDS = 15
LEASE = timedelta(minutes=2)
"""When a call is tried again whose process died: later than any try takes."""
AFTER = tuple(timedelta(seconds=each) for each in (5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
"""How long after each try that failed the next one comes."""
KEPT = timedelta(days=30)
INSIDE = "its name leads into the council's own network, which QABOT_WEBHOOK_PRIVATE does not allow"


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that this process has taken: what is sent, and where."""

    number: int
    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a try ended. `gone`: the receiver wants no more calls."""

    taken: bool
    why: str
    gone: bool = False


class Calls:
    """Makes the calls of one service. `keys` are its secret keys, the newest first."""

    def __init__(self, desk: Desk, keys: Sequence[str], *, private: bool, network: Network | None = None) -> None:
        self.desk, self.keys, self.private = desk, keys, private
        self.network = network or read_network(os.environ)

    async def run(self) -> None:
        """Look now and then, until cancelled. What fails is said, and tried again."""
        while True:
            try:
                await self.look()
            except Exception as error:
                if not is_away(error):
                    log.exception("the council's programs could not be called", action="calls-failed")
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> int:
        """Make the calls that are due; how many were tried."""
        ready = await self.desk.store.run(lambda session: self._take(self.desk.unit(session)))
        if ready:
            async with self._session() as session:
                await asyncio.gather(*(self._make(session, each) for each in ready))
        return len(ready)

    async def test(self, name: str) -> Ended:
        """Call a webhook now, to see whether it answers. Raises `NotFound`."""

        def plan(unit: Unit) -> Ready:
            row = webhooks.named(unit, name)
            call = webhooks.add_test(unit, row)
            call.not_before, call.attempt = unit.now + LEASE, len(AFTER)
            return self._ready(unit, row, call)

        ready = await self.desk.store.run(lambda session: plan(self.desk.unit(session)))
        async with self._session() as session:
            return await self._make(session, ready)

    def _take(self, unit: Unit) -> list[Ready]:
        unit.session.execute(delete(WebhookCall).where(col(WebhookCall.closed_at) < unit.now - KEPT))
        due = (
            select(WebhookCall, Webhook)
            .join(Webhook, col(Webhook.id) == col(WebhookCall.webhook_id))
            .where(WebhookCall.state == CallState.planned, WebhookCall.not_before <= unit.now)
            .order_by(col(WebhookCall.not_before), col(WebhookCall.id))
            .limit(AT_ONCE)
        )
        return [
            self._ready(unit, row, call) for call, row in unit.session.exec(due).all() if self._is_ours(unit, row, call)
        ]

    def _is_ours(self, unit: Unit, row: Webhook, call: WebhookCall) -> bool:
        """Take a call, unless another process was first, or nobody waits for it any more."""
        if row.ended_at is not None:
            call.state, call.closed_at, call.why = CallState.failed, unit.now, "the webhook has ended"
            unit.session.add(call)
            return False
        same = (col(WebhookCall.id) == call.id, col(WebhookCall.attempt) == call.attempt)
        after = {"attempt": call.attempt + 1, "not_before": unit.now + LEASE}
        taken = update(WebhookCall).where(*same, col(WebhookCall.state) == CallState.planned).values(**after)
        return unit.changed(taken.execution_options(synchronize_session=False)) > 0

    def _ready(self, unit: Unit, row: Webhook, call: WebhookCall) -> Ready:
        body = webhooks.body_of(unit, row, call)
        headers = webhooks.signed(call, body, webhooks.secrets_of(row, self.keys), unit.now)
        whole = {**headers, "content-type": "application/json", "user-agent": "qabot"}
        return Ready(call.id, row.url, body, whole)

    def _session(self) -> aiohttp.ClientSession:
        resolver = None if self.private else Outside()
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        jar = aiohttp.DummyCookieJar()
        return self.network.session(limit=AT_ONCE, keepalive=5, timeout=timeout, resolver=resolver, cookie_jar=jar)

    async def _make(self, session: aiohttp.ClientSession, ready: Ready) -> Ended:
        ended = await self._try(session, ready)
        await self.desk.store.run(lambda database: self._note(self.desk.unit(database), ready, ended))
        return ended

    async def _try(self, session: aiohttp.ClientSession, ready: Ready) -> Ended:
        try:
            webhooks.check_url(ready.url, private=self.private)
            # What it answers besides its status is read by nobody; where it sends us instead, nobody has allowed.
            sent = session.post(ready.url, data=ready.body, headers=ready.headers, allow_redirects=False)
            async with sent as answer:
                status = answer.status
        except BadRequest as wrong:
            return Ended(False, str(wrong))
        except Inside:
            return Ended(False, INSIDE)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            inside = isinstance(getattr(error, "os_error", None), Inside)
            return Ended(False, INSIDE if inside else reason(error))
        return Ended(200 <= status < 300, f"it answered {status}", gone=status == HTTPStatus.GONE)

    def _note(self, unit: Unit, ready: Ready, ended: Ended) -> None:
        """Keep how a try ended, and when the next one comes."""
        call = unit.session.get_one(WebhookCall, ready.number)
        row = unit.session.get_one(Webhook, call.webhook_id)
        call.why = ended.why
        if ended.taken:
            call.state, call.closed_at = CallState.made, unit.now
        elif ended.gone or call.attempt > len(AFTER) or call.event == webhooks.TEST:
            call.state, call.closed_at = CallState.failed, unit.now
            unit.event("webhook-failed", webhook=row.name, why=ended.why)
            log.error("a program could not be called", action="call-failed", webhook=row.name, why=ended.why)
        else:
            call.not_before = unit.now + AFTER[call.attempt - 1]
        unit.session.add(call)
        if ended.gone and row.ended_at is None:
            webhooks.end(unit, row, by=None, why=ended.why)


class Inside(OSError):
    """A name leads to an address that may not be called."""


class Outside(AbstractResolver):
    """Finds addresses of the internet alone. What it gives is what is connected to: no name can change in between."""

    def __init__(self) -> None:
        self._all = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises `Inside` if any of them is not outside."""
        addresses = await self._all.resolve(host, port, family)
        if any(not webhooks.is_outside(each["host"]) for each in addresses):
            raise Inside(INSIDE)
        return addresses

    async def close(self) -> None:
        """Nothing is open."""
