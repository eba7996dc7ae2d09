"""The real client: started here if it is installed, skipped loudly if not."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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
    servers: list[subprocess.Popen[bytes]] = []

    def run(script: str, name: str, steps: Steps, *words_after_the_port: str) -> list[dict[str, Any]]:
        port = _free_port()
        log = (tmp_path / "server.log").open("wb")
        command = [sys.executable, str(HERE / script), str(port), *words_after_the_port]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        servers.append(subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=subprocess.STDOUT))
        _wait_for(port, servers[-1])
        out = _pictures(name)
        (tmp_path / "steps.json").write_text(json.dumps(steps), encoding="utf-8")
        words = ["node", str(HERE / "drive.mjs"), "--chromium", CHROMIUM, "--out", str(out)]
        words += ["--endpoint", f"http://127.0.0.1:{port}/api/messages", "--steps", str(tmp_path / "steps.json")]
        done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr + (tmp_path / "server.log").read_text()
        exchanged: list[dict[str, Any]] = json.loads((out / "exchanges.json").read_text())
        return exchanged

    yield run
    for server in servers:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=LONG)


def _pictures(name: str) -> Path:
    """Where the pictures go: kept after the run, so that somebody can look at them."""
    return ROOT / "test-output" / "playground" / name


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    def answers() -> bool:
        assert server.poll() is None, "the server did not start"
        with socket.socket() as trying:
            return trying.connect_ex(("127.0.0.1", port)) == 0

    wait_until(answers, "the server's start")
