"""Files that people name, read as a whole: never one without an end, and none for which one would wait for ever.

A pipe that a shell makes (/dev/stdin, /dev/fd/63) has somebody at its other end, and is read like a file. One that lies
in a folder under a name may have nobody there: whoever reads it, or writes to it, waits without a word.
"""

import errno
from pathlib import Path

MEGABYTE = 1024 * 1024
LARGEST = 50
"""Megabytes that a file of rules, wording or staff may have; a large council's list of cases has five."""
OF_A_SHELL = ("/dev/", "/proc/")


def is_named_pipe(path: Path) -> bool:
    """Whether it is a pipe that lies in a folder."""
    return path.is_fifo() and not str(path).startswith(OF_A_SHELL)


def content_of(path: Path, megabytes: int = LARGEST) -> bytes:
    """All that it holds. Raises `OSError`, also for a named pipe and for more than so many megabytes."""
    if is_named_pipe(path):
        raise OSError(errno.EINVAL, "it is a pipe, and a file is expected", str(path))
    with path.open("rb") as file:
        content = file.read(megabytes * MEGABYTE + 1)
    if len(content) > megabytes * MEGABYTE:
        raise OSError(errno.EFBIG, f"it has more than {megabytes} MB", str(path))
    return content


def text_of(path: Path, encoding: str = "utf-8") -> str:
    """The same as text, each line ended alike. Raises as `content_of`, and `UnicodeDecodeError` if it is no text."""
    return content_of(path).decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
