"""Three imports at once on an empty database: one makes it, and each comes to the same, after one another."""

from pathlib import Path

import pytest

from tests.support.commands import Command, without_settings
from tests.support.invented import newham_council
from tests.support.postgres_fixtures import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_three_imports_at_once_on_an_empty_database(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/qabot.sqlite3" if engine == "sqlite" else request.getfixturevalue("postgres_url")
    people, _ = newham_council(30).as_files(tmp_path)
    words = ["people", "import", str(people), "--new-database"]
    started = [Command(words, without_settings() | {"QABOT_DATABASE_URL": url}, tmp_path) for _ in range(3)]
    ended = [each.communicate() for each in started]
    assert [each.returncode for each in started] == [0, 0, 0], [err for _, err in ended]
    assert {len(err.splitlines()) for _, err in ended} == {1}, "the database's name, and nothing else"
    unchanged = sorted("added: 0, changed: 0, unchanged: 30" in out for out, _ in ended)
    assert unchanged == [False, True, True], [out for out, _ in ended]
