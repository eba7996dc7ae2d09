"""qabot status: what it says of the database is so, and nothing but the service itself answers for the service."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import orjson
import pytest

from qabot.cli import status
from qabot.models import Notice, NoticeState, Person, Store
from qabot.models.columns import new_token
from qabot.models.migrate import upgrade
from qabot.settings import read_settings
from tests.support.postgres import free_port
from tests.unit.cli.conftest import SECRET, Cli

WELL = {"ok": True, "last_tick": "2026-11-23T10:00:00+00:00", "clock": "well", "standstill": "none", "chats": {}}
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
CONTAINERFILE = Path(__file__).parents[3] / "deploy" / "container" / "Containerfile"


@contextmanager
def service(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[int]:
    """What answers in the service's place; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_given: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def says(code: int) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        body = orjson.dumps(WELL)
        request.send_response(code)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


@pytest.fixture
def a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The council's proxy, which knows nothing of this machine's own ports."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("a_proxy")
def test_a_proxy_does_not_stand_between_a_machine_and_itself(cli: Cli, database: Path) -> None:
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    store.close()
    with service(says(200)) as port:
        ran = cli("status", secret_key=SECRET, port=str(port))
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "All is well.")


@pytest.mark.usefixtures("a_proxy")
@pytest.mark.parametrize(("code", "well"), [(200, True), (503, False)])
def test_nor_between_a_container_and_its_health_check(monkeypatch: pytest.MonkeyPatch, code: int, well: bool) -> None:
    line = next(each for each in CONTAINERFILE.read_text("utf-8").splitlines() if each.startswith("HEALTHCHECK"))
    words = orjson.loads(line.partition(" CMD ")[2])
    assert words[0] == "python"
    with service(says(code)) as port:
        monkeypatch.setenv("QABOT_PORT", str(port))
        done = subprocess.run([sys.executable, *words[1:]], capture_output=True, check=False)
    assert (done.returncode == 0) == well, done.stderr


def test_what_answers_a_letter_at_a_time_is_not_waited_for(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Event()
    letters: list[str] = []

    def trickle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        for _ in range(1000):
            if ended.wait(0.01):  # real time: each letter comes before a wait for the next one is over
                return
            request.wfile.write(b" ")
            letters.append(" ")

    monkeypatch.setattr(status, "PATIENCE", 0.3)
    with service(trickle) as port:
        ran = cli("status", secret_key=SECRET, port=str(port))
        ended.set()
    assert len(letters) < 900
    assert "The service does not answer." in ran.out


def test_what_a_process_holds_is_due_as_well(tmp_path: Path) -> None:
    """Where the process is dead nobody else says so before the next one starts."""
    settings = read_settings(
        secret_key=SECRET, database_url=f"sqlite:///{tmp_path}/qabot.sqlite3", port=free_port(), host="127.0.0.1"
    )
    store = Store(settings.database_url, inline=True)
    upgrade(store)
    ages = {NoticeState.planned: 20, NoticeState.claimed: 30, NoticeState.begun: 40, NoticeState.sent: 50}
    with store.transaction() as session:
        ana = Person(name="Ana Costa", email="ana@council.example")
        session.add(ana)
        session.flush()
        for state, minutes in {**ages, NoticeState.held: 60}.items():
            session.add(
                Notice(
                    key=new_token(),
                    rule="",
                    message="test-message",
                    lane="alert",
                    recipient_id=ana.id,
                    subject_type="person",
                    subject_id=ana.id,
                    created_at=NOW,
                    not_before=NOW - timedelta(minutes=minutes),
                    state=state,
                )
            )
    store.close()
    report = status.look(settings, NOW)
    assert (report.due, report.oldest) == (3, (NOW - timedelta(minutes=40)).isoformat())
    assert "3 notices are due and did not go, the oldest since 09:20 UTC." in report.troubles
