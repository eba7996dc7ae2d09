"""What is built from the tree works without it: wheels in a clean environment, and a council's own files."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.adapters import chat_adapters

ROOT = Path(__file__).parents[2]
ADAPTERS = chat_adapters()
SOURCES = (ROOT, *(each.folder for each in ADAPTERS))
PACKAGES = ["qabot", *(each.package for each in ADAPTERS)]
WHEELS = [f"council_{each}" for each in PACKAGES]
PERIOD = ("--from", "2026-10-01", "--to", "2026-10-15", "--invented", "30", "--jsonl")


@dataclass(frozen=True)
class Installed:
    """An environment that knows the wheels and nothing of the tree."""

    folder: Path

    def run(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """A command of the environment, in a folder of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("QABOT_", "PYTHON"))}
        environ = kept | {f"QABOT_{name.upper()}": value for name, value in settings.items()}
        command = [str(self.folder / "env" / "bin" / arguments[0]), *arguments[1:]]
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        return subprocess.run(command, capture_output=True, text=True, cwd=elsewhere, env=environ, check=False)

    def qabot(self, *arguments: str, **settings: str) -> str:
        """What `qabot` prints, when all is well."""
        ran = self.run("qabot", *arguments, **settings)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The distributions, built from the tree."""
    folder = tmp_path_factory.mktemp("wheels")
    for source in SOURCES:
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
        subprocess.run(command, check=True, capture_output=True, text=True)
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheels: list[Path]) -> Installed:
    """The wheels in an environment of their own. What others wrote is borrowed from ours: no network is needed."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    python = folder / "env" / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*command, *map(str, wheels)], check=True, capture_output=True, text=True)
    # A path that a .pth file adds has its own .pth files left unread, so our editable install stays unknown there.
    borrowed = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (Path(borrowed) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return Installed(folder)


def test_wheels_are_built_with_messages_and_frameworks_inside(wheels: list[Path]) -> None:
    assert [each.name.split("-")[0] for each in wheels] == WHEELS
    names = set(zipfile.ZipFile(wheels[0]).namelist())
    for folder in ("messages", "frameworks"):
        for file in (each for each in (ROOT / folder).rglob("*") if each.is_file()):
            assert f"qabot/_files/{file.relative_to(ROOT).as_posix()}" in names
    assert any(name.startswith("qabot/_files/frameworks/forms/") for name in names)
    assert "qabot/web/templates/inbox.html" in names
    assert "qabot/imports/profiles/entra.yaml" in names
    assert "qabot/models/migrations/versions/0001_first.py" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


def test_nothing_comes_from_the_source_tree(installed: Installed) -> None:
    look = f"import {', '.join(PACKAGES)}; print(*(each.__file__ for each in ({', '.join(PACKAGES)})))"
    for path in installed.run("python", "-c", look).stdout.split():
        assert Path(path).is_relative_to(installed.folder / "env")
    where = "from qabot.files import folder; print(folder('messages'), folder('frameworks'))"
    for path in installed.run("python", "-c", where).stdout.split():
        assert Path(path).is_relative_to(installed.folder / "env")
    assert str(ROOT / "src") not in installed.run("python", "-c", "import sys; print(sys.path)").stdout


def test_slack_s_manifest_travels_with_the_adapter(installed: Installed) -> None:
    there = (ROOT / "adapters" / "slack" / "src" / "qabot_slack" / "manifest.yaml").read_text("utf-8")
    assert installed.qabot("slack", "manifest") == there


def test_a_quarter_can_be_simulated(installed: Installed) -> None:
    lines = [json.loads(line) for line in installed.qabot("simulate", "newham", *PERIOD).splitlines()]
    assert {line["rule"] for line in lines} >= {"NEW-SEL-1", "NEW-REM-1"}


def test_every_message_is_held_against_every_adapter(installed: Installed) -> None:
    assert "All is well." in installed.qabot("messages", "check")
    limits = "from qabot.wiring import known_limits; print(*sorted(known_limits()))"
    assert installed.run("python", "-c", limits).stdout.split() == sorted(["web", *(each.name for each in ADAPTERS)])


def test_the_database_is_made_from_inside_the_package(installed: Installed) -> None:
    people = installed.folder / "people.csv"
    people.write_text("name,email\nAde Osei,ade@council.example\n", "utf-8")
    installed.qabot("people", "import", str(people), "--new-database", "--allow-vacant")
    assert (installed.folder / "elsewhere" / "qabot.sqlite3").stat().st_size > 0


def test_a_council_s_own_message_takes_the_place_of_one_and_leaves_the_rest(
    installed: Installed, tmp_path: Path
) -> None:
    text = (ROOT / "messages" / "red-alert.md").read_text("utf-8")
    (tmp_path / "red-alert.md").write_text(text.replace("needs your support", "needs you, colleague"), "utf-8")
    own = {"messages_folder": str(tmp_path)}
    assert "needs you, colleague" in installed.qabot("messages", "show", "red-alert", **own)
    assert "needs your support" in installed.qabot("messages", "show", "red-alert")
    for name in ("red-alert-again", "nomination-received"):
        assert installed.qabot("messages", "show", name, **own) == installed.qabot("messages", "show", name)
    assert "All is well." in installed.qabot("messages", "check", **own)


def test_a_council_s_own_framework_takes_the_place_of_one(installed: Installed, tmp_path: Path) -> None:
    text = (ROOT / "frameworks" / "newham.yaml").read_text("utf-8")
    (tmp_path / "newham.yaml").write_text(text.replace("day: 15", "day: 8", 1), "utf-8")
    own = {"frameworks_folder": str(tmp_path)}

    def reminded(**settings: str) -> set[str]:
        lines = map(json.loads, installed.qabot("simulate", "newham", *PERIOD, **settings).splitlines())
        return {line["at"][:10] for line in lines if line["rule"] == "NEW-REM-1"}

    assert min(reminded(**own)) == "2026-10-08"
    assert min(reminded()) == "2026-10-15"


def test_a_council_s_own_framework_can_extend_one_of_ours(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("framework: ours\nextends: newham\ntitle: Our own programme\n", "utf-8")
    shown = installed.qabot("framework", "show", "ours", frameworks_folder=str(tmp_path))
    assert shown.strip().startswith("Our own programme")
    assert "NEW-ALT-1" in shown
