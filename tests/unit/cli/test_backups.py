"""A copy is made, brought back and let go from the command line; nothing is written over, nothing sent unasked."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import SECRET, Cli, dump


@pytest.fixture
def copied(filled: Cli, tmp_path: Path) -> Cli:
    """A filled database, and a copy of it."""
    ran = filled("backup", tmp_path / "copy.db")
    assert ran.code == 0, ran.err
    assert "read again and compared" in ran.out
    assert "QABOT_SECRET_KEY" in ran.out
    return filled


def test_a_copy_is_its_owners_alone_and_one_file(copied: Cli, tmp_path: Path) -> None:
    assert [each.name for each in tmp_path.glob("copy*")] == ["copy.db"]
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    again = copied("backup", tmp_path / "copy.db")
    assert (again.code, "not written over" in again.err) == (2, True)


def test_brought_back_it_waits_for_an_answer_and_shows_what_would_go(copied: Cli, tmp_path: Path) -> None:
    there = f"sqlite:///{tmp_path}/back.db"
    ran = copied("restore", "copy.db", database_url=there)
    assert ran.code == 0, ran.err
    assert "qabot release" in ran.out
    shown = copied("release", database_url=there, secret_key=SECRET)
    assert "Nothing is sent: the database was brought back" in shown.out
    assert "--nothing-sent" in shown.out
    found = copied("doctor", database_url=there, secret_key=SECRET)
    assert "FAIL" in found.out
    assert "brought back from a copy" in found.out
    let_go = copied("release", "--nothing-sent", database_url=there)
    assert let_go.out == "qabot sends from now on.\n"
    assert "Nothing is kept back" in copied("release", database_url=there).out
    assert "brought back" not in copied("doctor", database_url=there, secret_key=SECRET).out


def test_a_database_that_is_not_empty_is_left_alone(copied: Cli, database: Path) -> None:
    before = dump(database)
    ran = copied("restore", "copy.db")
    assert ran.code == 2
    assert "is not empty, and is not written over" in ran.err
    assert dump(database) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["backup", "nowhere/copy.db"], "there is no folder"),
        (["restore"], "Give the file of the copy"),
        (["restore", "none.db"], "there is no such file"),
        (["restore", "copy.db", "--in-place"], "Give the file of the copy"),
        (["release", "--sent-until", "2026-11-28T10:00", "--nothing-sent"], "not both"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_what_does_not_go_together_is_said(copied: Cli, words: list[str], said: str) -> None:
    ran = copied(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize("moment", ["soon", "1999-01-01T10:00", "2999-01-01T10:00"])
def test_a_moment_that_cannot_be_is_said(copied: Cli, tmp_path: Path, moment: str) -> None:
    there = f"sqlite:///{tmp_path}/back.db"
    copied("restore", "copy.db", database_url=there)
    ran = copied("release", "--sent-until", moment, database_url=there)
    assert ran.code == 2
    assert "is not a moment" in ran.err or "is not between the copy" in ran.err


def test_a_copy_that_another_tool_brought_waits_as_well(copied: Cli) -> None:
    ran = copied("restore", "--in-place")
    assert ran.code == 0, ran.err
    assert "The copy that stands there was made at" in ran.out
    assert "Nothing is sent" in copied("release").out
