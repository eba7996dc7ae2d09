"""The command `qabot` as a process that is forked (tests/support/forked.py), in the shape of `subprocess`."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from qabot.cli import main
from tests.support.forked import Forked
from tests.support.waiting import LONG


class Command:
    """One that runs: as `subprocess.Popen` with texts and two pipes, as far as tests use it."""

    def __init__(self, words: Sequence[str], environ: Mapping[str, str], cwd: Path) -> None:
        """`environ` is all of its environment."""
        self._said = tempfile.TemporaryDirectory()
        self._out, self._errors = (Path(self._said.name, name) for name in ("out", "errors"))
        self._process = Forked(_main, tuple(words), environ, cwd, self._out, self._errors)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self._process.kill()

    def communicate(self, timeout: float = LONG) -> tuple[str, str]:
        """What it wrote to standard output and error until it ended. `TimeoutExpired` after `timeout` seconds."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("qabot", timeout, self._read(self._out), self._read(self._errors))
        return self._read(self._out), self._read(self._errors)

    @staticmethod
    def _read(file: Path) -> str:
        return file.read_text("utf-8", "replace") if file.exists() else ""


def run(words: Sequence[str], environ: Mapping[str, str], cwd: Path) -> "subprocess.CompletedProcess[str]":
    """One command to its end."""
    process = Command(words, environ, cwd)
    out, errors = process.communicate()
    assert process.returncode is not None
    return subprocess.CompletedProcess(list(words), process.returncode, out, errors)


def without_settings() -> dict[str, str]:
    """This process's environment, but for qabot's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("QABOT_")}


def _main(*words: str) -> None:
    sys.argv[:] = ["qabot", *words]
    main()


def in_turn(several: list[list[str]]) -> None:
    """One command after another, until one fails."""
    for words in several:
        try:
            _main(*words)
        except SystemExit as end:
            if end.code:
                raise
