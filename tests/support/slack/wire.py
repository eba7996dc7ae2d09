"""What Slack sends to the app: signed HTTP requests, or envelopes over a web socket; 3 seconds for each answer."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.support.slack.records import Delivery, Json
from tests.support.slack.server import Server
from tests.support.slack.workspace import APP, BOT_USER, TEAM
from tests.support.waiting import LONG, within

RETRIES = 3
FORM = "application/x-www-form-urlencoded"


class Wire:
    """Delivers. `mode` is "socket" or "http"; `request_url` is the app's address over HTTP.

    Slack waits three seconds for an acknowledgement; here it waits as long as a busy machine may need. That an
    acknowledgement waits for nothing slow is shown by a service that is held.
    """

    def __init__(self, server: Server, *, mode: str, signing_secret: str) -> None:
        self.server = server
        self.mode = mode
        self.request_url = ""
        self.deliveries: list[Delivery] = []
        self._secret = signing_secret
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        if self._session:
            await self._session.close()

    async def deliver(self, kind: str, payload: Json, *, attempt: int = 0, tamper: str = "") -> Delivery:
        """`kind`: interactive, slash_commands or events_api. `tamper`: bad_signature, stale or unsigned (HTTP)."""
        delivery = Delivery(kind, payload, attempt)
        self.deliveries.append(delivery)
        if self.mode == "socket":
            await self._envelope(delivery)
        else:
            await self._request(delivery, tamper)
        delivery.user_sees_error = kind != "events_api" and not delivery.acked
        self.server.poke()
        return delivery

    async def event(self, event: Json, *, again: int = 0) -> list[Delivery]:
        """An event: sent again, with the same id, until it is acknowledged; and `again` times although it was."""
        payload = {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": APP,
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(time.time()),  # real time: signed
            "event": event,
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}],
        }
        if grid := self.server.workspace.organisation:
            whole = {"enterprise_id": grid, "team_id": None, "user_id": BOT_USER, "is_enterprise_install": True}
            payload |= {"enterprise_id": grid, "authorizations": [{**whole, "is_bot": True}]}
        sent = [await self.deliver("events_api", payload)]
        for attempt in range(1, RETRIES + 1):
            if (sent[-1].acked or sent[-1].no_retry) and attempt > again:
                break
            sent.append(await self.deliver("events_api", payload, attempt=attempt))
        return sent

    def sign(self, body: str, *, at: int | None = None) -> dict[str, str]:
        """The headers that prove where a body comes from."""
        stamp = str(int(time.time()) if at is None else at)  # real time: signed
        digest = hmac.new(self._secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    async def _envelope(self, delivery: Delivery) -> None:
        if not self.server.sockets:
            return
        socket = secrets.choice(self.server.sockets)
        name = secrets.token_hex(8)
        envelope: Json = {"envelope_id": name, "type": delivery.kind, "payload": delivery.payload}
        if delivery.attempt:
            envelope |= {"retry_attempt": delivery.attempt, "retry_reason": "timeout"}
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.server.acknowledged[name] = answer
        try:
            await socket.send_json(envelope)
            delivery.body = await within(answer)
            delivery.acked, delivery.status = True, 200
        except (TimeoutError, ConnectionError):
            pass
        finally:
            del self.server.acknowledged[name]

    async def _request(self, delivery: Delivery, tamper: str) -> None:
        assert self._session is not None
        body, kind = _encoded(delivery)
        headers = self.sign(body, at=int(time.time()) - (600 if tamper == "stale" else 0))  # real time: signed
        if tamper == "bad_signature":
            headers["X-Slack-Signature"] = f"v0={'0' * 64}"
        if tamper == "unsigned":
            headers = {}
        if delivery.attempt:
            headers |= {"X-Slack-Retry-Num": str(delivery.attempt), "X-Slack-Retry-Reason": "http_timeout"}
        headers["Content-Type"] = kind
        window = aiohttp.ClientTimeout(total=LONG)
        try:
            posted = self._session.post(
                self.request_url, data=body, headers=headers, timeout=window, allow_redirects=False
            )
            async with posted as response:
                answer = await response.text()
                delivery.status, delivery.acked = response.status, response.status == 200
                delivery.body = json.loads(answer) if answer[:1] == "{" else answer
                delivery.no_retry = "X-Slack-No-Retry" in response.headers
        except (TimeoutError, aiohttp.ClientError):
            pass


def _encoded(delivery: Delivery) -> tuple[str, str]:
    match delivery.kind:
        case "events_api":
            return json.dumps(delivery.payload), "application/json"
        case "slash_commands":
            return urlencode(delivery.payload), FORM
    return urlencode({"payload": json.dumps(delivery.payload)}), FORM
