"""Whoever reads what a command prints may go before its end (head, less): that is no mistake, and nothing is said."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    "words", [["framework", "show", "newham"], ["framework", "schema"], ["--help"], ["messages", "list"]], ids=" ".join
)
def test_a_reader_that_goes_is_no_mistake(words: list[str], unbuffered: str) -> None:
    environ = {"PYTHONPATH": ":".join(sys.path), "PYTHONUNBUFFERED": unbuffered}
    command = [sys.executable, "-m", "qabot", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    assert (process.wait(), said) == (0, b"")
