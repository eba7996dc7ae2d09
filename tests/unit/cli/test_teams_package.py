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


def test_with_single_sign_on_the_tab_is_the_one_that_signs_in(cli: Cli, tmp_path: Path) -> None:
    tenant = "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0"
    with_tab = {"sign_on_issuers": tenant, "sign_on_client_ids": "the-client", "sign_on_tab": "yes"}
    for name, more in (("plain", {}), ("tab", with_tab), ("off", with_tab | {"sign_on_tab": "no"})):
        assert cli("teams", "package", f"{name}.zip", **IDS, **more).code == 0
    made = {
        each: json.loads(zipfile.ZipFile(tmp_path / f"{each}.zip").read("manifest.json"))
        for each in ("plain", "tab", "off")
    }
    assert made["tab"]["staticTabs"][0]["contentUrl"] == "https://qabot.council.example/tab"
    assert made["tab"]["webApplicationInfo"] == {
        "id": "the-client",
        "resource": "api://qabot.council.example/the-client",
    }
    assert made["plain"] == made["off"]
    assert "webApplicationInfo" not in made["plain"]
    refused = cli("teams", "package", "no.zip", **IDS, sign_on_tab="yes")
    assert (refused.code, "QABOT_SIGN_ON_TAB" in refused.err) == (2, True)
