"""Processes that need not read all modules anew: real ones, but forked from one that has read them already.

Each start of `qabot` reads modules and messages for some seconds of processor time, and tests that kill processes start
many. A fork has its own memory, connections and end as any process; what it does not show is the start, which
tests/unit/cli/test_serve_starts.py does with processes of its own.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from functools import cache
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import IO, Any

Main = Callable[..., None]


@cache
def _context() -> ForkServerContext:
    """The process that is forked from. It has one thread, and has read what `tests.support.reading` reads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.reading"])
    return context


class Forked:
    """A process that does `main(*words)`: as `asyncio.subprocess.Process`, as far as tests use it."""

    def __init__(
        self,
        main: Main,
        words: tuple[str, ...],
        environ: Mapping[str, str],
        cwd: Path,
        log: Path,
        errors: Path | None = None,
    ) -> None:
        """`environ` is all of its environment. What it writes to standard output and error is added to `log`.

        To `errors` what it writes to standard error, if that is given.
        """
        files = (str(log), str(errors or log))
        target = _context().Process(target=_begin, args=(main, words, dict(environ), str(cwd), files), daemon=True)
        target.start()
        self._process: ForkServerProcess = target

    @property
    def pid(self) -> int:
        assert self._process.pid is not None, "it was not started"
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended: its exit code, or less than 0 for the signal that ended it; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """As a machine that loses its power does it."""
        self.send_signal(signal.SIGKILL)

    def join(self, seconds: float) -> None:
        """Until it has ended, for so long at most."""
        self._process.join(seconds)

    async def wait(self) -> int:
        """Until it has ended; how."""
        await asyncio.to_thread(wait, [self._process.sentinel])
        self._process.join()
        assert self.returncode is not None
        return self.returncode


def _begin(main: Main, words: tuple[str, ...], environ: dict[str, str], cwd: str, files: tuple[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    os.chdir(cwd)
    # What is installed for this process alone is found first, as with a start of its own.
    sys.path[:0] = [each for each in environ.get("PYTHONPATH", "").split(":") if each not in {"", *sys.path}]
    for number, file in enumerate(files, start=1):
        into: IO[Any] = Path(file).open("ab", buffering=0)  # noqa: SIM115 - it is this process's output until it ends
        os.dup2(into.fileno(), number)
    main(*words)
