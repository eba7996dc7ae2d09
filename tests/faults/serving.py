"""The command `qabot` with a clock that can be moved from outside: `python -m tests.faults.serving serve`.

QABOT_TEST_CLOCK names a file that holds how many seconds the service's clock is ahead of the machine's. So the tests
have the same working day whenever they run, and the clock can be put forward and back under a running service.
"""

import os
import sys
from datetime import datetime, timedelta, tzinfo

from qabot.cli import main
from qabot.scheduler import clock

FILE = "QABOT_TEST_CLOCK"


def move() -> None:
    """Let the file say what the machine's time is, for the one module that reads it."""
    handle = os.open(os.environ[FILE], os.O_RDONLY)

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            ahead = float(os.pread(handle, 40, 0) or b"0")
            return datetime.now(tz) + timedelta(seconds=ahead)  # noqa: TID251 - this stands in for the clock

    setattr(clock, "datetime", Moved)  # noqa: B010 - the module's own name for it, not one that it offers


def run(*words: str) -> None:
    """The command with these words."""
    move()
    sys.argv[:] = ["qabot", *words]
    main()


if __name__ == "__main__":
    run(*sys.argv[1:])
