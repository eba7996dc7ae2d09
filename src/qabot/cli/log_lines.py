"""Lines on their way out of a service: one that nobody takes within a moment is lost and counted, and holds up nothing.

Whoever has something to say is in the middle of something else, often on the thread that answers everybody: a pager
that shows its first screen, or a journal that has stopped, must not keep an alert from going.
"""

import os
import select
import sys
from dataclasses import dataclass
from threading import RLock
from typing import TextIO

import structlog

log = structlog.get_logger()
MOMENT = 0.5
"""For how many seconds a reader that has fallen behind is waited for; no longer than that until it reads again."""
PIECE = getattr(select, "PIPE_BUF", 512)
"""Bytes that a pipe takes without waiting, once it says that it takes any."""


@dataclass(slots=True)
class _Behind:
    """A reader that takes nothing now. `cut`: a part of a line went to it, and not its end."""

    lost: int
    cut: bool


_behind: dict[int, _Behind] = {}
"""By the descriptor of the stream."""
_lock = RLock()


def say(line: str, stream: TextIO | None = None) -> bool:
    """One line, to standard error if nothing else is said; False if it is lost, as on a full disk too."""
    stream = stream or sys.stderr
    with _lock:
        try:
            number = _descriptor(stream)
            if number is None:
                print(line, file=stream, flush=True)
                return True
            stream.flush()
            return _said(number, f"{line}\n".encode(stream.encoding or "utf-8", "backslashreplace"))
        except (OSError, ValueError):
            return False


def _said(number: int, data: bytes) -> bool:
    behind = _behind.get(number)
    if behind is None:
        return _written(number, data, MOMENT)
    if not _takes(number, 0):
        behind.lost += 1
        return False
    del _behind[number]
    if behind.cut:
        os.write(number, b"\n")
    log.warning("lines of the log were lost: nobody read them", action="lines-missed", lines=behind.lost)
    return _said(number, data)


def _written(number: int, data: bytes, seconds: float) -> bool:
    """Write it in pieces that do not wait; where the reader takes no more, it has fallen behind."""
    for at in range(0, len(data), PIECE):
        if not _takes(number, seconds):
            _behind[number] = _Behind(lost=1, cut=at > 0)
            return False
        os.write(number, data[at : at + PIECE])
    return True


def _takes(number: int, seconds: float) -> bool:
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    return bool(poll.poll(seconds * 1000))


def _descriptor(stream: TextIO) -> int | None:
    """None if it is none of the system's."""
    try:
        return stream.fileno()
    except (AttributeError, OSError, ValueError):
        return None
