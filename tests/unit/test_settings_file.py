"""A file of settings: what it may hold, what is said of what is wrong, and that the environment goes before."""

from pathlib import Path

import pytest

from qabot.errors import BadFile, SetupError
from qabot.settings import read_settings
from qabot.settings_file import take_settings
from qabot.shown_settings import shown

GOOD = """\
# Settings
QABOT_HOST=10.0.0.1

QABOT_PORT = 8800
QABOT_FRAMEWORKS_FOLDER='/srv/our frameworks'
HTTPS_PROXY=http://proxy.council.example:8080
"""


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "qabot.env"
    path.write_text(GOOD, "utf-8")
    environ = {"QABOT_SETTINGS_FILE": str(path), "QABOT_PORT": "9000"}
    take_settings(environ)
    assert environ == {
        "QABOT_SETTINGS_FILE": str(path),
        "QABOT_PORT": "9000",
        "QABOT_HOST": "10.0.0.1",
        "QABOT_FRAMEWORKS_FOLDER": "/srv/our frameworks",
        "HTTPS_PROXY": "http://proxy.council.example:8080",
    }
    rows = {each.name: each.source for each in shown(read_settings(host="10.0.0.1"), environ)}
    assert rows["QABOT_HOST"] == f"File {path}"
    assert rows["QABOT_PORT"] == "Environment"
    assert "QABOT_SETTINGS_FILE" not in rows


def test_every_line_that_is_no_setting_is_said(tmp_path: Path) -> None:
    path = tmp_path / "qabot.env"
    path.write_text("QABOT_HOST=x\nLD_PRELOAD=x\n\nrubbish\n=x\nQABOT_HOST=y\nQABOT_SETTINGS_FILE=z\n", "utf-8")
    with pytest.raises(BadFile) as told:
        take_settings({"QABOT_SETTINGS_FILE": str(path)})
    assert str(told.value).splitlines() == [
        f"{path}:2:1: LD_PRELOAD: this is no setting: docs/settings.md lists them all",
        f"{path}:4:1: expected NAME=value, or a line that begins with #",
        f"{path}:5:1: expected NAME=value, or a line that begins with #",
        f"{path}:6:1: QABOT_HOST: this stands here twice; keep one of the two",
        f"{path}:7:1: QABOT_SETTINGS_FILE: a file of settings cannot name another one",
    ]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"QABOT_SETTINGS_FILE names .*none, which cannot be read"):
        take_settings({"QABOT_SETTINGS_FILE": str(tmp_path / "none")})
    take_settings({})
