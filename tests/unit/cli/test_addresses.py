"""Addresses of databases as people write them: what is wrong is said, and no password is repeated."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli, dump

PASSWORD = "geheim-7"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://qabot:{PASSWORD}@127.0.0.1:port/qabot",
        f"postgresql://qabot:{PASSWORD}:x@[::1/qabot",
        f"postgres://qabot:{PASSWORD}@127.0.0.1/qabot",
    ],
    ids=["port", "bracket", "scheme"],
)
@pytest.mark.parametrize("words", [["status"], ["doctor"], ["backup", "copy.db"], ["upgrade", "--check"]], ids=" ".join)
def test_what_is_no_address_is_said(cli: Cli, words: list[str], address: str) -> None:
    ran = cli(*words, database_url=address)
    assert (ran.code, ran.out) == (2, "")
    assert "QABOT_DATABASE_URL: expected" in ran.err
    assert PASSWORD not in ran.err


def test_blanks_around_an_address_are_none_of_it(filled: Cli, database: Path) -> None:
    assert filled("backup", "copy.db", database_url=f" sqlite:///{database}\n").code == 0


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://qabot:{PASSWORD}@127.0.0.1:1/qabot",
        f"postgresql://qabot@127.0.0.1:1/qabot?password={PASSWORD}&sslpassword={PASSWORD}",
    ],
    ids=["before", "behind"],
)
@pytest.mark.parametrize("words", [["status"], ["doctor"], ["backup", "copy.db"], ["log", "verify"]], ids=" ".join)
def test_a_password_is_shown_nowhere(cli: Cli, words: list[str], address: str) -> None:
    ran = cli(*words, database_url=address)
    assert ran.code == 2
    assert "postgresql://qabot" in ran.out + ran.err
    assert PASSWORD not in ran.out + ran.err


@pytest.mark.parametrize("port", ["port", "70000000"])
def test_a_server_that_cannot_be_is_said(cli: Cli, tmp_path: Path, port: str) -> None:
    (tmp_path / "odd.env").write_text("QABOT_PORT=eighty\n", "utf-8")
    server = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    words = ["host", "add", "calder", "--councils", tmp_path, "--framework", "newham", "--address", "https://a.example"]
    ran = cli(*words, "--server", server)
    assert (ran.code, ran.out) == (2, "")
    assert "--server: " in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "calder.env").exists()


def test_a_council_without_a_database_has_not_that_of_the_folder(filled: Cli, database: Path, tmp_path: Path) -> None:
    """The usual place is a file in the folder in which a command is given: there it would be somebody else's."""
    database.rename(tmp_path / "qabot.sqlite3")
    councils = tmp_path / "councils"
    councils.mkdir()
    (councils / "calder.env").write_text("QABOT_PORT=8701\n", "utf-8")
    before = dump(tmp_path / "qabot.sqlite3")
    ran = filled("host", "backup", "--councils", councils, "--backups", tmp_path)
    assert (ran.code, "QABOT_DATABASE_URL is not set" in ran.out) == (2, True)
    assert not list(tmp_path.glob("calder-*"))
    assert "nothing is known" in filled("host", "status", "--councils", councils).out
    assert dump(tmp_path / "qabot.sqlite3") == before


@pytest.mark.parametrize(
    ("content", "said"), [(None, "unable to open"), (b"", "no such table"), (b"my diary", "not a database")]
)
def test_what_was_never_moved_is_not_made_by_undoing(
    cli: Cli, database: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        database.write_bytes(content)
    ran = cli("db", "move", "--undo")
    assert (ran.code, ran.out) == (2, "")
    assert "There is no database of qabot" in ran.err
    assert said in ran.err
    assert (database.read_bytes() if database.exists() else None) == content
