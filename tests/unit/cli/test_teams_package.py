"""qabot teams package: the app for a council's ids, and an update of it."""

import json
import zipfile
from pathlib import Path

from tests.unit.cli.conftest import Cli

IDS = {"teams_app_id": "22222222-2222-4222-8222-222222222222", "base_url": "https://qabot.council.example"}


def version(file: Path) -> str:
    return str(json.loads(zipfile.ZipFile(file).read("manifest.json"))["version"])


def test_the_first_and_the_next(cli: Cli, tmp_path: Path) -> None:
    assert cli("teams", "package", "first.zip", **IDS).code == 0
    assert version(tmp_path / "first.zip") == "1.0.0"
    assert cli("teams", "package", "next.zip", "--app-version", "1.0.1", **IDS).code == 0
    assert version(tmp_path / "next.zip") == "1.0.1"


def test_a_version_that_is_none_is_refused_in_words(cli: Cli, tmp_path: Path) -> None:
    ran = cli("teams", "package", "app.zip", "--app-version", "two", **IDS)
    assert ran.code != 0
    assert "must be three numbers such as 1.0.1" in ran.err
    assert not (tmp_path / "app.zip").exists()
