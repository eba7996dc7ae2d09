"""What several commands share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

from rich.console import Console

from qabot.errors import SetupError
from qabot.framework.calendar import out_of_reach
from qabot.whole_files import in_place_of, is_named_pipe

out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
"""Where commands print. No sign in a text has a meaning of its own: names and paths hold [brackets] and :colons:."""


def existing(path: Path, what: str) -> Path:
    """The path, if there is something to read: a file, or a pipe such as /dev/stdin. Raises `SetupError`."""
    if path.is_dir():
        raise SetupError(f"{path}: this is a folder. Give the path of the {what} in it.")
    if not path.exists():
        raise SetupError(f"{path}: there is no such file. Give the path of the {what}.")
    _refuse_a_named_pipe(path, what)
    return path


def writable(path: Path, what: str) -> None:
    """Say before any work is done that a file cannot be written here. Raises `SetupError`."""
    if path.is_dir():
        raise SetupError(f"{path}: this is a folder. Give the path of the {what}.")
    if not path.parent.is_dir():
        raise SetupError(f"{path}: there is no folder {path.parent}. Give the path of the {what}.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise SetupError(f"{path}: this may not be written by you. Give another path of the {what}.")
    _refuse_a_named_pipe(path, what)


def _refuse_a_named_pipe(path: Path, what: str) -> None:
    # A database that is locked meanwhile would wait with it.
    if is_named_pipe(path):
        raise SetupError(f"{path}: nobody may be at the other end of this pipe. Give the path of the {what}.")


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file to write in the place of what was there, which stays if this fails. Raises `SetupError`."""
    try:
        with in_place_of(path) as file:
            yield file
    except OSError as error:
        raise SetupError(f"{path}: this cannot be written: {error.strerror}.") from None


def write(path: Path, text: str) -> None:
    """Write a whole file, in the place of what was there. Raises `SetupError`."""
    with writing(path) as file:
        file.write(text.encode("utf-8"))


def day_of(text: str, option: str) -> date:
    """The day that an option gives. Raises `SetupError`."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise SetupError(f"{option}: {text!r} is not a day. Give it as 2026-10-01.") from None
    if why := out_of_reach(day):
        raise SetupError(f"{option}: {text!r} {why}.")
    return day
