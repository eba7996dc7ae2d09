"""Real processes: `qabot serve`, killed, stopped and gone on with as a machine does it; and qabot's other commands."""

import asyncio
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.faults import serving
from tests.faults.machine import DidNotCome, pause, until
from tests.support.forked import Forked
from tests.support.postgres import free_port
from tests.support.waiting import LONG

ROOT = Path(__file__).parents[2]
PATHS = ("src", "adapters/slack/src", "adapters/teams/src", ".")


def run_path(extra: Path) -> str:
    """The module path of every process: the sources, and the folder in which the gateway is installed."""
    return ":".join([*(str(ROOT / each) for each in PATHS), str(extra)])


class Serve:
    """One `qabot serve`, or one `qabot worker`: `word` says which."""

    def __init__(self, environ: Mapping[str, str], log: Path, word: str = "serve") -> None:
        self.word = word
        self.port = free_port()
        self.log = log
        self._environ = {**environ, "QABOT_PORT": str(self.port)}
        self._process: Process | Forked | None = None

    @property
    def process(self) -> Process | Forked:
        assert self._process is not None, "it was not started"
        return self._process

    async def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until it listens. Raises `DidNotCome` with its last words if it does not."""
        self._process = await _start(self._environ, self.log.parent, self.log, self.word)
        if wait and self.word == "serve":
            await self.listening()

    async def listening(self) -> None:
        """Until it answers on its port."""
        await until(lambda: not self.alive or self._listens(), lambda: f"qabot serve listens\n{self.words()}")
        if not self.alive:
            raise DidNotCome(f"qabot serve has ended with {self.process.returncode}:\n{self.words()}")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def words(self) -> str:
        """The end of what it has written."""
        return self.log.read_text(errors="replace")[-3000:]

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def kill(self) -> None:
        """As a machine that loses its power does it to a process."""
        if self.alive:
            self.process.kill()
        await self.process.wait()

    async def end(self) -> int:
        """Ask it to end (SIGTERM), and wait; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), LONG)

    async def freeze_at_rest(self, held: Callable[[], bool]) -> None:
        """Put it to sleep while it holds nothing of the database, which nobody could take from it."""
        self.freeze()
        while not self._asleep() or held():
            self.thaw()
            await pause(0.01)
            self.freeze()

    async def freeze_at_work(self, held: Callable[[], bool]) -> None:
        """Put it to sleep while it holds something of the database: in planning, in claiming or at a beat."""
        self.freeze()
        while not (self._asleep() and held()):
            self.thaw()
            await pause(0.003)
            self.freeze()

    def _asleep(self) -> bool:
        stat = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8", "replace")
        return stat.rpartition(")")[2].split()[0] == "T"

    def freeze(self) -> None:
        """As a machine that is put to sleep."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)


async def command(environ: Mapping[str, str], *words: str) -> str:
    """One of qabot's other commands, to its end; what it says. Raises `AssertionError` if it fails."""
    with tempfile.NamedTemporaryFile() as said:
        process = await _start(environ, ROOT, Path(said.name), *words)
        code = await process.wait()
        text = said.read().decode(errors="replace")
    assert code == 0, text
    return text


async def _start(environ: Mapping[str, str], cwd: Path, log: Path, *words: str) -> Process | Forked:
    """Start qabot. What is to be loaded before a program begins (libfaketime) wants a program of its own."""
    if "LD_PRELOAD" not in environ:
        return await asyncio.to_thread(Forked, serving.run, words, environ, cwd, log)
    with log.open("ab") as into:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.serving",
            *words,
            env=dict(environ),
            cwd=cwd,
            stdout=into,
            stderr=into,
            stdin=asyncio.subprocess.DEVNULL,
        )
