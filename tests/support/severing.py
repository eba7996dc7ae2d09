"""What stands between qabot and a PostgreSQL server, and cuts a connection just as its transaction is to be committed.

with Severing(port) as between:
    store = Store(between.url(database))
    between.cut(Cut.answer)           # the next COMMIT is done, and its answer never comes
    between.cut(None, Cut.question)   # one passes, and the server does not hear of the one after it
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum, auto
from types import TracebackType
from urllib.parse import urlsplit

import pytest
from sqlalchemy.engine import make_url

from tests.support.waiting import LONG

COMMIT = b"COMMIT\0"
PIECE = 65536


class Cut(Enum):
    """Where a connection is cut."""

    question = auto()
    """Before the server hears of the COMMIT."""
    answer = auto()
    """After the server has committed, before that is known."""


class Severing:
    """A way to a server on this machine. `cuts` are the connections that were cut so far."""

    def __init__(self, port: int) -> None:
        self._port, self._next = port, list[Cut | None]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self.cuts = 0
        threading.Thread(target=self._take, daemon=True).start()

    def __enter__(self) -> "Severing":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        _end(self._listener, *self._sockets)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def cut(self, *where: Cut | None) -> None:
        """What becomes of the next COMMIT, and of those after it, one for each. None lets it pass."""
        self._next = list(where)

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port), LONG)
                self._sockets += [client, server]
                threading.Thread(target=self._ask, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        """Pass on what is asked, and cut where that is wanted. One thread answers until then."""
        passing = threading.Event()
        passing.set()
        threading.Thread(target=_answer, args=(server, client, passing), daemon=True).start()
        with suppress(OSError):
            while asked := client.recv(PIECE):
                where = self._next.pop(0) if self._next and COMMIT in asked else None
                if where is not None:
                    passing.clear()
                if where is not Cut.question:
                    server.sendall(asked)
                if where is not None:
                    self._sever(client, server, where)
        _end(client, server)

    def _sever(self, client: socket.socket, server: socket.socket, where: Cut) -> None:
        if where is Cut.answer:
            # The server's next words are its answer; `_answer` lets them lie.
            server.recv(1, socket.MSG_PEEK)
        self.cuts += 1
        _end(client, server)


def _answer(server: socket.socket, client: socket.socket, passing: threading.Event) -> None:
    with suppress(OSError):
        while server.recv(1, socket.MSG_PEEK) and passing.is_set():
            client.sendall(server.recv(PIECE))


def _end(*sockets: socket.socket) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@pytest.fixture
def between(postgres_url: str) -> Iterator[Severing]:
    """The way to a test's own server."""
    port = urlsplit(postgres_url).port
    assert port is not None
    with Severing(port) as way:
        yield way


@pytest.fixture
def severed_url(postgres_url: str, between: Severing) -> str:
    """The test's own database, by that way."""
    return make_url(postgres_url).set(port=between.port).render_as_string(hide_password=False)
