"""The HTTP server, with limits: no number of connections, and no slowness of theirs, takes anything from the alerts.

uvicorn waits for ever for a request's first line, its headers and its body, and takes as many connections as there are.
Each connection here has one timer, for whichever of these it is at.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import h11
import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from qabot.early_end import end_at_the_next, heard
from qabot.web.doors import Doors
from qabot.web.short_answers import short_answer

log = structlog.get_logger()
KEEP_ALIVE_SECONDS = 5
GRACE_SECONDS = 5
BACKLOG = 64
"""So many are accepted at once, before any of them can be refused: each takes one of the files a process may open."""
LEAVE_SECONDS = 2.0
"""For how long somebody who was turned away may still send: to close on what is unread takes the answer from them."""
MOST_LEAVING = 32
"""So many at once; who else is turned away may lose the answer."""


class LimitedProtocol(H11Protocol):
    """One connection. `doors` is given by `server`."""

    doors: Doors

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody comes."""
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._at = ""
        self.address = self.client[0] if self.client else ""
        self._inside = not (status := self.doors.enter(self))
        if status:
            log.info("a connection was refused", action="connection-refused", status=status)
            self._refuse(status)
        else:
            self._time()

    def connection_lost(self, exc: Exception | None) -> None:
        """They went."""
        self._stop()
        self._leave()
        if self._leaving is not None:
            self._leaving.cancel()
            self.doors.leaving -= 1
        super().connection_lost(exc)

    def make_room(self) -> None:
        """Its other end is waited for, and another connection needs the room."""
        log.info("a connection made room for another", action="connection-ended", at=self._at)
        self._inside = False
        self._give_up()

    def data_received(self, data: bytes) -> None:
        """Something of a request."""
        if self._leaving is not None or self.transport.is_closing():
            return
        super().data_received(data)
        self._time()

    def on_response_complete(self) -> None:
        """The answer is out; the next request may begin."""
        super().on_response_complete()
        self._time()

    def pause_writing(self) -> None:
        """Whoever asked does not read: that has an end too."""
        super().pause_writing()
        self._begin("reading", self.doors.body_seconds)

    def resume_writing(self) -> None:
        """They read on."""
        super().resume_writing()
        self._stop()
        self._time()

    def timeout_keep_alive_handler(self) -> None:
        """No other request came."""
        super().timeout_keep_alive_handler()
        self._time()

    def _time(self) -> None:
        """Begin the timer of what this connection is at now, unless it has been at it before."""
        state = self.conn.their_state
        if self.transport.is_closing():
            # It closes once what is still to be read is read, and somebody may never do that.
            if self.transport.get_write_buffer_size():
                self._begin("reading", self.doors.body_seconds)
            else:
                self._stop()
        elif state is h11.SEND_BODY:
            self._begin("body", self.doors.body_seconds)
        elif state is h11.IDLE:
            # Between two requests uvicorn's own timer runs; from the first byte of the next one, this does.
            self._begin("headers", self.doors.header_seconds)
        elif self._at in ("headers", "body"):
            self._stop()

    def _begin(self, what: str, seconds: float) -> None:
        if self._at == what:
            return
        self._stop()
        self._at, self._timer = what, self.loop.call_later(seconds, self._too_slow)
        if self._inside:
            self.doors.wait(self)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._at, self._timer = "", None
        if self._inside:
            self.doors.go_on(self)

    def _too_slow(self) -> None:
        log.info("a connection was too slow", action="connection-delayed", at=self._at)
        self._give_up()

    def send_400_response(self, msg: str) -> None:
        """What came is no request, or not the rest of one. uvicorn answers into an answer, and then fails with it."""
        if self.cycle is not None and not self.cycle.response_complete:
            # Its page may not have begun, or may not be waiting: it must not answer any more either.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._give_up(400)

    def _unsupported_upgrade_warning(self) -> None:
        """Whoever asks for a web socket is answered without; uvicorn would tell the operator to fetch a package."""

    def _give_up(self, status: int = 408) -> None:
        """Say that it was too slow, or so, unless an answer has begun: then nothing else can be said."""
        answered = self.cycle is not None and self.cycle.response_started and self.conn.our_state is not h11.IDLE
        if self._at == "reading" or answered or self.transport.get_write_buffer_size():
            self._stop()
            self.transport.abort()
        else:
            self._refuse(status)

    def _refuse(self, status: int) -> None:
        self._stop()
        if not self.transport.is_closing():
            self.transport.write(short_answer(status))
            if self.cycle is not None and not self.cycle.response_complete:
                # A page waits for the rest of it, and must hear that none comes.
                self._close()
            elif self.doors.leaving < MOST_LEAVING:
                self._leave()
                self.doors.leaving += 1
                self._leaving = self.loop.call_later(LEAVE_SECONDS, self._close)
                self.transport.write_eof()
            else:
                self._close()

    def _leave(self) -> None:
        if self._inside:
            self._inside = False
            self.doors.leave(self)

    def _close(self) -> None:
        self.transport.close()
        self._time()


class Server(uvicorn.Server):
    """uvicorn, which ends by itself and leaves the process to us: it would raise the signal again, and end both."""

    def __init__(self, config: uvicorn.Config, end_soon: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_soon, self._asked = end_soon, asyncio.Event()

    async def unless_ended(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this, unless and until it is asked to end."""
        doing, end = asyncio.create_task(work), asyncio.create_task(self._asked.wait())
        try:
            await asyncio.wait({doing, end}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                doing.result()
        finally:
            doing.cancel()
            end.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM, Ctrl+C, a closed terminal: the round under way is finished. The second one ends the process at once.

        May be asked for before `serve`, which does it too. From a coroutine.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        if not self.should_exit:
            self._loop = asyncio.get_running_loop()
            for number in heard():
                signal.signal(number, self.handle_exit)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called with the first signal, and not again."""
        end_at_the_next()
        self._end_soon()
        self._loop.call_soon_threadsafe(self._asked.set)
        super().handle_exit(sig, frame)


def server(app: ASGIApp, host: str, port: int, doors: Doors, end_soon: Callable[[], None] = lambda: None) -> Server:
    """The server; `end_soon` is called once it is asked to end.

    Addresses come from X-Forwarded-For if, and only if, one of `doors.trusted` says so.
    """
    protocol: Any = type("Protocol", (LimitedProtocol,), {"doors": doors})
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol,
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
        backlog=BACKLOG,
        forwarded_allow_ips=list(doors.trusted),
        proxy_headers=bool(doors.trusted),
    )
    return Server(config, end_soon)
