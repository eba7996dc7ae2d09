"""The command line. Errors that a person can mend are one clear message and exit code 2; nothing is half done then."""

import gc
import os
import sys
from contextlib import nullcontext
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import Any, NoReturn

from qabot.early_end import ending_at_once
from qabot.errors import QabotError
from qabot.private_files import make_private

WRONG, INTERRUPTED = 2, 130
SERVICES = ("serve", "demo")
"""Commands that run until they are asked to end."""

TIDYING = (50_000, 20, 20)
"""New objects before Python looks for what nobody holds any more. What a start makes (modules, templates) stays:
with Python's own 700, an eighth of the time to start, and of a simulated year, goes into looking through it."""


def main() -> None:
    """Run the command line."""
    _have_streams()
    make_private()
    _write_any_letter()
    gc.set_threshold(*TIDYING)
    if sys.argv[1:2] and sys.argv[1] not in SERVICES:
        _let_readers_go()
    with ending_at_once() if sys.argv[1:2] and sys.argv[1] in SERVICES else nullcontext():
        _run()


def _run() -> None:
    try:
        # Reading all that there is takes a second or two, in which somebody may think better of it.
        from qabot.cli.app import app

        app(prog_name="qabot")
    except QabotError as error:
        _end(str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        from qabot.cli.troubles import to_mend

        if not (why := to_mend(error)):
            raise
        _end(why)


def _end(why: str) -> NoReturn:
    """What was in a file may tell a terminal what to do; nothing of that is repeated to it."""
    from qabot.messaging.letters import clean

    print(clean(why, lines=True), file=sys.stderr)  # noqa: T201 - this is the command line
    sys.exit(WRONG)


class _Read(FileIO):
    """Standard output whose reader may go before the end, as head and less do: that is their right, and no mistake."""

    full = False

    def write(self, data: Any, /) -> int:
        if self.full:
            return len(data)  # what is left in between would be tried once more at the end, and was told
        try:
            return super().write(data)
        except BrokenPipeError:
            os._exit(0)
        except OSError as error:
            self.full = True
            raise OSError(error.errno, error.strerror, "What this command prints") from None


def _let_readers_go() -> None:
    old = sys.stdout
    if not isinstance(old, TextIOWrapper) or not isinstance(getattr(old.buffer, "raw", old.buffer), FileIO):
        return
    raw = _Read(old.fileno(), "wb", closefd=False)
    # Python may have been told to keep nothing back (-u).
    into = BufferedWriter(raw) if hasattr(old.buffer, "raw") else raw
    sys.stdout = TextIOWrapper(
        into, old.encoding, old.errors, line_buffering=old.line_buffering, write_through=old.write_through
    )


def _have_streams() -> None:
    """Whoever starts a command may have closed these; else the next file that is opened would be one of them."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115 - until its end
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


def _write_any_letter() -> None:
    """What a terminal or a file cannot hold is written as its code: a name must not end a command half-way."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
