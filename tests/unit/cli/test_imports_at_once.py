"""Three imports at once on an empty database: one makes it, and each comes to the same, after one another."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.invented import newham_council
from tests.support.postgres_fixtures import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_three_imports_at_once_on_an_empty_database(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/qabot.sqlite3" if engine == "sqlite" else request.getfixturevalue("postgres_url")
    people, _ = newham_council(30).as_files(tmp_path)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("QABOT_")}
    environ |= {"QABOT_DATABASE_URL": url, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-m", "qabot", "people", "import", str(people), "--new-database"]
    started = [
        subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ended = [each.communicate() for each in started]
    assert [each.returncode for each in started] == [0, 0, 0], [err for _, err in ended]
    assert {len(err.splitlines()) for _, err in ended} == {1}, "the database's name, and nothing else"
    unchanged = sorted("added: 0, changed: 0, unchanged: 30" in out for out, _ in ended)
    assert unchanged == [False, True, True], [out for out, _ in ended]
