"""Files that people name, read and written as a whole: none without an end or half written, and none to wait for.

A pipe that a shell makes (/dev/stdin, /dev/fd/63) has somebody at its other end, and is read like a file. One that lies
in a folder under a name may have nobody there: whoever reads it, or writes to it, waits without a word.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

MEGABYTE = 1024 * 1024
LARGEST = 50
"""Megabytes that a file of rules, wording or staff may have; a large council's list of cases has five."""
AT_ONCE = 64 * 1024
OF_A_SHELL = ("/dev/", "/proc/")


def is_named_pipe(path: Path) -> bool:
    """Whether it is a pipe that lies in a folder."""
    return path.is_fifo() and not str(path).startswith(OF_A_SHELL)


def content_of(path: Path, megabytes: int = LARGEST) -> bytes:
    """All that it holds. Raises `OSError`, also for a named pipe and for more than so many megabytes."""
    if is_named_pipe(path):
        raise OSError(errno.EINVAL, "it is a pipe, and a file is expected", str(path))
    content = bytearray()
    with path.open("rb") as file:
        # By and by: asked for all at once, Python makes room for the largest before it reads the smallest.
        while len(content) <= megabytes * MEGABYTE and (more := file.read(AT_ONCE)):
            content += more
    if len(content) > megabytes * MEGABYTE:
        raise OSError(errno.EFBIG, f"it has more than {megabytes} MB", str(path))
    return bytes(content)


def text_of(path: Path, encoding: str = "utf-8") -> str:
    """The same as text, each line ended alike. Raises as `content_of`, and `UnicodeDecodeError` if it is no text."""
    return content_of(path).decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


@contextmanager
def in_place_of(path: Path) -> Iterator[BinaryIO]:
    """A file to write in the place of `path`, which stays as it was unless all of it comes about.

    It has its name once it is whole and on the disk, and the owner and mode of the one before; where that is a link,
    what it leads to is written. A device, or a file in a folder in which nobody here may make another, is written
    itself. Raises `OSError`.
    """
    real = path.resolve()
    if real.exists() and not (real.is_file() and os.access(real.parent, os.W_OK)):
        with path.open("wb") as itself:
            yield itself
        return
    part = real.with_name(f"{real.name}.part")
    try:
        with part.open("wb") as file:
            _be_as(file, real)
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(real)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _be_as(file: BinaryIO, before: Path) -> None:
    if os.name != "posix" or not before.exists():
        return
    status = before.stat()
    with suppress(PermissionError):
        os.fchown(file.fileno(), status.st_uid, status.st_gid)
    os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
