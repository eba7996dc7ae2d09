"""The app package: what Teams' own schema and documented limits say of it."""

import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from qabot.adapter import CommandWord
from qabot.errors import SetupError
from qabot_teams import write_package
from qabot_teams.words import parse, suggestions
from tests.support.teams.service import WORDS

APP = "22222222-2222-4222-8222-222222222222"
ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "tests/playground/node_modules/@microsoft/app-manifest/build/json-schemas/teams"


@pytest.fixture
def package(tmp_path: Path) -> zipfile.ZipFile:
    path = write_package(
        tmp_path / "qabot.zip",
        app_id=APP,
        public_url="https://qabot.council.example/",
        council="Example Council",
        words=WORDS,
    )
    return zipfile.ZipFile(path)


def _manifest(package: zipfile.ZipFile) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(package.read("manifest.json"))
    return read


def test_it_holds_a_manifest_and_two_icons(package: zipfile.ZipFile) -> None:
    assert package.namelist() == ["manifest.json", "color.png", "outline.png"]


def test_the_manifest_is_valid_by_microsofts_schema(package: zipfile.ZipFile) -> None:
    schema = SCHEMAS / "v1.30/MicrosoftTeams.schema.json"
    if not schema.is_file():
        pytest.skip("THE MANIFEST'S SCHEMA IS NOT INSTALLED: run `npm ci --prefix tests/playground`")
    rules = json.loads(schema.read_text(encoding="utf-8"))
    errors = [error.message for error in jsonschema.Draft4Validator(rules).iter_errors(_manifest(package))]
    assert errors == []


def test_the_manifest_keeps_the_documented_limits(package: zipfile.ZipFile) -> None:
    made = _manifest(package)
    assert made["manifestVersion"] == "1.30"
    assert len(made["name"]["short"]) <= 30
    assert len(made["description"]["short"]) <= 80
    assert len(made["developer"]["name"]) <= 32
    (bot,) = made["bots"]
    assert (bot["botId"], bot["scopes"], bot["isNotificationOnly"]) == (APP, ["personal"], False)
    assert [each["title"] for each in bot["commandLists"][0]["commands"]] == ["help", "mine", "nominate"]
    assert made["staticTabs"][0]["contentUrl"] == "https://qabot.council.example/"
    assert made["validDomains"] == ["qabot.council.example"]
    (command,) = made["composeExtensions"][0]["commands"]
    assert (command["id"], command["context"], command["fetchTask"]) == ("nominate", ["message"], True)


@pytest.mark.parametrize(("name", "size"), [("color.png", 192), ("outline.png", 32)])
def test_the_icons_are_pictures_of_the_right_size(package: zipfile.ZipFile, name: str, size: int) -> None:
    picture = package.read(name)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == (size, size)
    length = struct.unpack(">I", picture[33:37])[0]
    dots = zlib.decompress(picture[41 : 41 + length])
    assert len(dots) == size * (1 + 4 * size)
    shades = {dots[row * (1 + 4 * size) + 1 + 4 * x :][:4] for row in range(size) for x in range(size)}
    assert len(shades) == 2
    if name == "outline.png":
        assert shades == {b"\xff\xff\xff\xff", b"\xff\xff\xff\x00"}


def test_the_same_ids_give_the_same_bytes(tmp_path: Path) -> None:
    given = {"app_id": APP, "public_url": "https://qabot.council.example", "council": "Example", "words": WORDS}
    first, second = (write_package(tmp_path / name, **given).read_bytes() for name in ("a.zip", "b.zip"))  # type: ignore[arg-type]
    assert first == second


@pytest.mark.parametrize(
    ("app_id", "url"),
    [("qabot", "https://x.example"), (APP, "http://x.example"), (APP, "x.example"), (APP, "https://")],
)
def test_what_teams_would_refuse_is_refused_here(tmp_path: Path, app_id: str, url: str) -> None:
    with pytest.raises(SetupError):
        write_package(tmp_path / "x.zip", app_id=app_id, public_url=url, council="Example", words=WORDS)


@pytest.mark.parametrize("version", ["1", "1.0", "1.0.0-beta", "01.0.0", ""])
def test_a_version_that_teams_would_refuse_is_refused_here(tmp_path: Path, version: str) -> None:
    with pytest.raises(SetupError, match=r"such as 1\.0\.1"):
        write_package(
            tmp_path / "x.zip", app_id=APP, public_url="https://x.example", council="X", words=WORDS, version=version
        )
    assert not (tmp_path / "x.zip").exists()


def test_suggestions_are_at_most_ten_and_short() -> None:
    found = suggestions([CommandWord(f"word{n} " * 9, "help " * 60) for n in range(20)])
    assert len(found) == 10
    assert max(len(each["title"]) for each in found) <= 32
    assert max(len(each["description"]) for each in found) <= 128


@pytest.mark.parametrize(
    ("typed", "parsed"),
    [
        ("mine", ("mine", "")),
        ("  Mine  ", ("mine", "")),
        ("/nominate Tom Reed", ("nominate", "Tom Reed")),
        ("<at>qabot</at> help", ("help", "")),
        ("<p>help</p>", ("help", "")),
        ("snooze&nbsp;2 days", ("snooze", "2 days")),
        ("help?", ("help", "")),
        ("", ("", "")),
    ],
)
def test_words_are_read_from_what_people_type(typed: str, parsed: tuple[str, str]) -> None:
    assert parse(typed) == parsed
