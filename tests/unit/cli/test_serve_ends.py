"""A service that is asked to end before it listens ends at once, with 0 and without a word of what went wrong."""

import json
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.waiting import LONG, wait_until
from tests.unit.cli.test_serve_starts import SLACK, Process, Serve, health, serve

__all__ = ["serve"]
ASKED = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])


def ends_well(process: Process, number: signal.Signals) -> None:
    process.send_signal(number)
    _, errors = process.communicate(timeout=LONG)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


def has_open(process: Process, file: Path) -> bool:
    """Whether it has the file open."""
    assert process.poll() is None, process.communicate()
    for each in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            if each.readlink() == file:
                return True
    return False


@ASKED
def test_while_it_waits_for_a_locked_database(serve: Serve, tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "q.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN EXCLUSIVE")
        process, _ = serve()
        wait_until(lambda: has_open(process, file), "its connection")
        ends_well(process, number)


@ASKED
def test_while_its_chats_are_being_connected(serve: Serve, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(LONG)
        address = f"http://127.0.0.1:{mute.getsockname()[1]}/api/"
        process, _ = serve(QABOT_ADAPTERS="slack", **{**SLACK, "QABOT_SLACK_API_URL": address})
        connection, _ = mute.accept()
        with connection:
            ends_well(process, number)


@contextmanager
def slow_directory() -> Iterator[tuple[str, threading.Event]]:
    """A Slack that lets the bot in, and whose list of people does not come; its address, and whether that was asked."""
    asked, over = threading.Event(), threading.Event()

    class Slack(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.endswith("users.list"):
                asked.set()
                over.wait(LONG)
            body = json.dumps({"ok": True, "team_id": "T1", "user_id": "U1", "bot_id": "B1", "members": []}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the tests say what matters."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slack)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/", asked
    finally:
        over.set()
        server.shutdown()
        server.server_close()


@ASKED
def test_while_a_directory_is_read_for_the_first_time(serve: Serve, tmp_path: Path, number: signal.Signals) -> None:
    with slow_directory() as (address, asked):
        http = {"QABOT_SLACK_MODE": "http", "QABOT_SLACK_SIGNING_SECRET": "s"}
        process, _ = serve(QABOT_ADAPTERS="slack", **{**SLACK, **http, "QABOT_SLACK_API_URL": address})
        assert asked.wait(LONG), process.communicate()
        ends_well(process, number)
    with closing(sqlite3.connect(tmp_path / "q.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM process").fetchone() == (0,), "it is still known to claim"


@contextmanager
def hang_ups(meant: signal.Handlers) -> Iterator[None]:
    """What SIGHUP means to whoever is started meanwhile."""
    before = signal.signal(signal.SIGHUP, meant)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_terminal_that_closes_ends_it_in_good_order(serve: Serve) -> None:
    with hang_ups(signal.SIG_DFL):
        process, address = serve(anew=True)
    health(process, address)
    ends_well(process, signal.SIGHUP)


def test_who_was_started_to_outlive_its_terminal_does(serve: Serve) -> None:
    """As `nohup qabot serve` is."""
    with hang_ups(signal.SIG_IGN):
        process, address = serve(anew=True)
    health(process, address)
    process.send_signal(signal.SIGHUP)
    assert health(process, address)["ok"]
    ends_well(process, signal.SIGTERM)
