"""The real client: started here if it is installed, skipped loudly if not."""

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.forked import Forked, Main
from tests.support.postgres import free_port
from tests.support.waiting import LONG, wait_until

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CHROMIUM = os.environ.get("QABOT_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"

Steps = list[dict[str, Any]]
Play = Callable[..., list[dict[str, Any]]]


def _missing() -> list[str]:
    packages = ("@microsoft/m365agentsplayground", "playwright-core")
    gone = [name for name in packages if not (HERE / "node_modules" / name).is_dir()]
    return gone + ([] if Path(CHROMIUM).exists() else [CHROMIUM]) + ([] if shutil.which("node") else ["node"])


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """Serve a script on loopback, drive the client through steps, give back what was exchanged."""
    if gone := _missing():
        pytest.skip(f"THE PLAYGROUND DID NOT RUN, missing: {', '.join(gone)}. Run `npm ci --prefix tests/playground`.")
    servers: list[Forked] = []

    def run(serve: Main, name: str, steps: Steps, *words_after_the_port: str) -> list[dict[str, Any]]:
        port = free_port()
        words = (str(port), *words_after_the_port)
        servers.append(Forked(serve, words, os.environ, ROOT, tmp_path / "server.log"))
        _wait_for(port, servers[-1])
        out = _pictures(name)
        (tmp_path / "steps.json").write_text(json.dumps(steps), encoding="utf-8")
        command = ["node", str(HERE / "drive.mjs"), "--chromium", CHROMIUM, "--out", str(out)]
        command += ["--endpoint", f"http://127.0.0.1:{port}/api/messages", "--steps", str(tmp_path / "steps.json")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr + (tmp_path / "server.log").read_text()
        exchanged: list[dict[str, Any]] = json.loads((out / "exchanges.json").read_text())
        return exchanged

    yield run
    for server in servers:
        server.send_signal(signal.SIGTERM)
        server.join(LONG)


def _pictures(name: str) -> Path:
    """Where the pictures go: kept after the run, so that somebody can look at them."""
    return ROOT / "test-output" / "playground" / name


def _wait_for(port: int, server: Forked) -> None:
    def answers() -> bool:
        assert server.returncode is None, "the server did not start"
        with socket.socket() as trying:
            return trying.connect_ex(("127.0.0.1", port)) == 0

    wait_until(answers, "the server's start")
