"""What every user of the machine could read is said; what is nobody else's business is made so."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from qabot.private_files import open_to_others
from tests.support.waiting import LONG

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such modes")


def a_file(path: Path, mode: int) -> Path:
    path.write_text("secret", encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(("mode", "is_open"), [(0o600, False), (0o640, False), (0o644, True), (0o602, True)])
def test_a_secret_that_others_reach_is_told_with_what_to_do(tmp_path: Path, mode: int, is_open: bool) -> None:
    path = a_file(tmp_path / "key", mode)
    told = open_to_others("sqlite://", {"QABOT_SLACK_BOT_TOKEN_FILE": str(path), "OTHER_FILE": str(path)})
    sentence = f"{path} (QABOT_SLACK_BOT_TOKEN_FILE) is open to every user of this machine. Close it with: chmod 600"
    assert told == ([f"{sentence} {path}"] if is_open else [])


def test_the_database_what_stands_beside_it_and_its_copies_are_looked_at(tmp_path: Path) -> None:
    for name in ("qabot.sqlite3", "qabot.sqlite3-wal", "qabot.sqlite3.bak", "other.txt"):
        a_file(tmp_path / name, 0o644)
    told = open_to_others(f"sqlite:///{tmp_path}/qabot.sqlite3", {})
    assert [Path(each.split(" ")[0]).name for each in told] == [
        "qabot.sqlite3",
        "qabot.sqlite3-wal",
        "qabot.sqlite3.bak",
    ]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://qabot@127.0.0.1/qabot"])
def test_other_databases_have_no_file_to_look_at(url: str) -> None:
    assert open_to_others(url, {"QABOT_SECRET_KEY_FILE": "/nowhere/at/all", "QABOT_DATABASE_URL_FILE": " "}) == []


def test_a_command_makes_files_and_folders_for_its_owner_alone(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("name,email\nAde,ade@council.example\n", encoding="utf-8")
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "QABOT_DATABASE_URL": "sqlite:///q.db",
    }
    words = ["people", "import", str(people), "--allow-vacant", "--new-database"]
    command = [sys.executable, "-m", "qabot", *words]
    ran = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, umask=0, timeout=LONG, check=False
    )
    assert ran.returncode == 0, ran.stderr
    made = {each.name: oct(stat.S_IMODE(each.stat().st_mode)) for each in tmp_path.glob("q.db*")}
    assert made == {"q.db": "0o600"}
