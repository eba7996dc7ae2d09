"""Files that people name are read to their end, and no command waits for one that has none."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from qabot.errors import QabotError
from qabot.framework.source import read_with_doubles
from qabot.imports.kinds import cases
from qabot.imports.mapping import read_map
from qabot.messaging import house, source
from qabot.whole_files import LARGEST, MEGABYTE, text_of
from tests.unit.cli.conftest import Cli, cli, database

__all__ = ["cli", "database"]


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def huge(path: Path) -> Path:
    """A file without content that says that it has a lot."""
    with path.open("wb") as file:
        file.truncate(LARGEST * MEGABYTE + 1)
    return path


@pytest.mark.parametrize(("make", "said"), [(pipe, "it is a pipe, and a file is expected"), (huge, "more than 50 MB")])
@pytest.mark.parametrize(
    "read",
    [read_with_doubles, source.read, house._read, read_map, cases],
    ids=["framework", "message", "house", "map", "cases"],
)
def test_what_has_no_end_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], said: str, read: Callable[[Path], object]
) -> None:
    with pytest.raises(QabotError, match=said):
        read(make(tmp_path / "file.csv"))


def test_a_device_without_an_end_is_refused_and_the_pipe_of_a_shell_is_read() -> None:
    with pytest.raises(OSError, match="more than 50 MB"):
        text_of(Path("/dev/zero"))
    reading, writing = os.pipe()
    os.write(writing, b"one\r\ntwo\r")
    os.close(writing)
    assert text_of(Path(f"/dev/fd/{reading}")) == "one\ntwo\n"
    os.close(reading)


@pytest.mark.parametrize(
    "words",
    [
        ["framework", "check", "PIPE"],
        ["people", "import", "PIPE", "--new-database"],
        ["people", "export", "PIPE"],
        ["person", "export", "ana@council.example", "PIPE"],
        ["restore", "PIPE"],
        ["simulate", "newham", "--from", "2026-10-01", "--to", "2026-10-02", "--scenario", "PIPE"],
        ["simulate", "newham", "--from", "2026-10-01", "--to", "2026-10-02", "--calendar", "PIPE"],
        ["setup", "--answers", "PIPE", "--folder", "x"],
        ["slack", "manifest", "PIPE"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_no_command_waits_at_a_pipe_or_holds_the_database_meanwhile(cli: Cli, tmp_path: Path, words: list[str]) -> None:
    lying = pipe(tmp_path / "lying")
    ran = cli(*(str(lying) if each == "PIPE" else each for each in words))
    assert (ran.code, "pipe" in ran.err) == (2, True), ran.err
