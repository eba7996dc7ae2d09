"""What an import of many rows says: the first of each sort, how many more there are, and all of it on asking."""

import csv
import os
from datetime import timedelta
from pathlib import Path

import pytest

from qabot.cli.people_files import _line
from qabot.scheduler.clock import SystemClock
from tests.unit.cli.conftest import Cli

MANY = 150


@pytest.fixture
def cases(filled: Cli, files: tuple[Path, Path], tmp_path: Path) -> Path:
    """A file of many cases that nobody knows yet, of one team."""
    with files[1].open(encoding="utf-8-sig") as text:
        team = next(csv.DictReader(text))["team"]
    folder = tmp_path / "from-case-system"
    folder.mkdir()
    rows = [f"{9_100_000 + number},{team},,yes" for number in range(MANY)]
    file = folder / "many.csv"
    file.write_text("\n".join(["reference,team,practitioner,open", *rows, ""]), "utf-8")
    return file


def added(text: str) -> int:
    return sum(line.strip().startswith("add case ") for line in text.splitlines())


def test_of_many_changes_the_first_are_said_and_how_many_more_there_are(filled: Cli, cases: Path) -> None:
    ran = filled("cases", "import", cases, "--dry-run")
    assert ran.code == 0, ran.err
    assert added(ran.out) == 10
    assert f"add case: {MANY - 10} more" in ran.out
    assert "with --every-change each is" in ran.out
    assert f"added: {MANY}, changed: 0" in ran.out


def test_each_is_said_on_asking(filled: Cli, cases: Path) -> None:
    ran = filled("cases", "import", cases, "--every-change")
    assert ran.code == 0, ran.err
    assert added(ran.out) == MANY
    assert "add case: " not in ran.out
    assert "--every-change" not in ran.out


def test_beside_a_file_that_was_collected_stands_each(filled: Cli, cases: Path) -> None:
    past = (SystemClock().now() - timedelta(minutes=5)).timestamp()
    os.utime(cases, (past, past))
    ran = filled("cases", "collect", cases.parent)
    assert ran.code == 0, ran.out + ran.err
    [beside] = (cases.parent / "taken").glob("*.txt")
    assert added(ran.out) == 10
    assert f"All of it is in {beside}." in ran.out
    assert added(beside.read_text("utf-8")) == MANY


def test_of_many_who_have_left_the_first_are_named() -> None:
    assert _line("left here now", ["Ana", "Bo"]) == "Left here now: Ana, Bo"
    many = [f"Colleague {number}" for number in range(1200)]
    said = _line("left here now", many)
    assert said.startswith("Left here now: 1,200: Colleague 0, ")
    assert said.endswith("and 1,190 more")
