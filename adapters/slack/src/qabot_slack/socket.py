"""Socket Mode: Slack's requests over web sockets that we open, so no port of the council's network is opened.

Two connections, so that one carries on while Slack replaces the other. `apps.connections.open` is allowed about once a
minute: a connection that does not last is tried again later and later, never in a tight loop.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp

from qabot.adapter import RefusedForAll
from qabot.adapter_kit.network import reason
from qabot_slack.api import Api
from qabot_slack.dispatch import dispatch
from qabot_slack.elements import Json
from qabot_slack.outcomes import LOST, NO_JSON, CallFailed, outcome
from qabot_slack.shapes import Unreadable, parsed

log = structlog.get_logger()

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the connections are, in seconds."""

    first: float = 10.0
    longest: float = 300.0
    steady: float = 60.0
    heartbeat: float = 10.0
    finish: float = 3.0

    def wait(self, failures: int, connection: int) -> float:
        """How long to wait after so many failures; each connection a little differently, so not all at once."""
        wait: float = min(self.longest, self.first * 2 ** (failures - 1))
        return wait * (1 + connection / 4)


class Sockets:
    """The connections."""

    def __init__(
        self,
        api: Api,
        app: AsyncApp,
        *,
        connections: int = 2,
        pace: Pace | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`sleep` is given by tests, which wait for nothing."""
        self._api = api
        self._app = app
        self._connections = connections
        self._pace = pace or Pace()
        self._sleep = sleep
        self._tasks: list[asyncio.Task[None]] = []
        self._open_now = 0
        self._why = ""

    @property
    def trouble(self) -> str:
        """Why no connection is open, as a sentence; "" if one is, or if the first is being opened."""
        return "" if self._open_now else self._why

    def start(self) -> None:
        """Open the connections and keep them; nothing waits for it. Doing it again does nothing."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._keep(number)) for number in range(self._connections)]

    async def stop(self) -> None:
        """Close every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        answer = await self._api.call_as_app("apps.connections.open")
        return await self._api.connect(str(answer.get("url", "")), self._pace.heartbeat)

    async def _keep(self, number: int) -> None:
        failures = 0
        while True:
            since, pause = time.monotonic(), 0.0
            try:
                await self._listen(await self._open())
            except CallFailed as failed:
                pause = self._refused(failed)
            except Exception as failed:
                # Whatever comes over it: a connection that ended is opened again.
                log.warning("Socket Mode was not opened", action="slack-socket-failed", error=reason(failed))
                self._why = f"Slack's Socket Mode could not be opened: {_advice(failed)}"
            lasted = time.monotonic() - since >= self._pace.steady
            failures = 0 if lasted else failures + 1
            if failures:
                await self._sleep(max(pause, self._pace.wait(failures, number)))

    def _refused(self, failed: CallFailed) -> float:
        """For how many seconds to leave it. Who does not let us in is asked rarely: it is allowed once a minute."""
        log.warning("Socket Mode was not opened", action="slack-socket-refused", error=failed.sentence_end)
        self._why = f"Slack's Socket Mode could not be opened: {_advice(failed)}"
        return self._pace.longest if isinstance(outcome(failed), RefusedForAll) else failed.retry_after or 0.0

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        working: set[asyncio.Task[None]] = set()
        self._open_now += 1
        try:
            async for frame in socket:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    continue
                envelope = _envelope(frame.data)
                if envelope.get("type") == "disconnect":
                    why = str(envelope.get("reason"))
                    log.info("Slack replaces a connection", action="slack-socket-replaced", why=why)
                    return
                if "envelope_id" in envelope:
                    task = asyncio.create_task(self._take(socket, envelope))
                    working.add(task)
                    task.add_done_callback(working.discard)
        finally:
            self._open_now -= 1
            self._why = "Slack ended the connections of Socket Mode; they are being opened again."
            if working:
                await asyncio.wait(working, timeout=self._pace.finish)
            await socket.close()

    async def _take(self, socket: aiohttp.ClientWebSocketResponse, envelope: Json) -> None:
        try:
            answer = await dispatch(self._app, envelope.get("payload"))
            if answer.status != 200:
                log.warning("a request was not acknowledged", action="slack-answer-failed", status=answer.status)
                return
            await socket.send_json({"envelope_id": envelope["envelope_id"], **_payload(answer.body)})
        except ConnectionError:
            # Slack sends it again, over the other connection.
            log.warning("an acknowledgement was not sent", action="slack-answer-failed")
        except Unreadable as wrong:
            log.warning("a request was refused", action="slack-request-refused", why=str(wrong))
        except Exception:
            log.exception("a request could not be taken", action="slack-answer-failed")


def _envelope(text: str) -> Json:
    """What a frame says; nothing of what is no envelope, so that one odd frame does not end the connection."""
    try:
        envelope = parsed(text)
    except Unreadable:
        envelope = None
    if isinstance(envelope, dict):
        return envelope
    log.warning("a request was refused", action="slack-request-refused", why="it is no envelope")
    return {}


def _payload(body: Any) -> Json:
    if not body:
        return {}
    return {"payload": json.loads(body)}


def _advice(failed: Exception) -> str:
    if not isinstance(failed, CallFailed):
        return f"{reason(failed)}. Does the network let web sockets (wss) to Slack out?"
    if failed.detail:
        return f"{failed.detail}."
    result = outcome(failed)
    if failed.error in {LOST, NO_JSON}:
        return f"{failed.sentence_end}."
    if isinstance(result, RefusedForAll):
        return f"{failed.error}. Check QABOT_SLACK_APP_TOKEN, and that it has the scope connections:write."
    return f"{failed.error}."
