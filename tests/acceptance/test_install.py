"""What is built from the tree works without it: a release in a clean environment, and a council's own files."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from shutil import copytree

import pytest

from deploy import release as releases
from deploy.adapters import chat_adapters
from deploy.runtime_parts import entries

ROOT = Path(__file__).parents[2]
ADAPTERS = chat_adapters()
PACKAGES = ["qabot", *(each.package for each in ADAPTERS)]
WHEELS = [f"council_{each}" for each in PACKAGES]
AS_A_SERVICE = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("systemd-sysusers") is not None
NO_SYSTEMD = "only root, where systemd's programs are, can install a service"
MOST_EXPOSED = 15
"""Tenths of a point, of 100, that systemd may find wrong with the unit."""
Words = tuple[str, ...]
Given = tuple[Words, dict[str, str]]
"""A command of `qabot`, and its settings."""
IN_TURN = """
import json, os, sys
from qabot.cli import main
for words, settings in json.loads(sys.argv[1]):
    sys.argv[1:] = words
    os.environ.update(settings)
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
    print("~~~", flush=True)
"""
PERIOD = ("--from", "2026-10-01", "--to", "2026-10-15", "--invented", "30", "--jsonl")
FORTNIGHT = ("simulate", "newham", *PERIOD)
SHOW = [("messages", "show", name) for name in ("red-alert", "red-alert-again", "nomination-received")]
MESSAGES: list[Words] = [*SHOW, ("messages", "check")]


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

    def in_turn(self, commands: Sequence[Given]) -> list[str]:
        """What each of these commands of `qabot` prints with its settings, in one process: to load it takes seconds.

        A setting stays for those after it, unless they have another.
        """
        given = [(words, {f"QABOT_{name.upper()}": value for name, value in own.items()}) for words, own in commands]
        ran = self.run("python", "-c", IN_TURN, json.dumps(given))
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.split("~~~\n")[:-1]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make release` builds."""
    folder = tmp_path_factory.mktemp("release") / "dist"
    for words in ([], ["--sums"]):
        subprocess.run([sys.executable, "-m", "deploy.release", *words, str(folder)], check=True, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheels(release: Path) -> list[Path]:
    """The distributions of the release."""
    return sorted(release.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, release: Path) -> Installed:
    """The release, installed as an administrator does it.

    What others wrote is borrowed from ours in place of a registry's, and no more of it than the release's lock files
    name: its lock files stand empty here, and the sums are made anew.
    """
    given, known = without_locks(release, tmp_path_factory.mktemp("given") / "dist")
    folder = tmp_path_factory.mktemp("installed")
    command = [str(given / "install"), str(folder / "env"), *(each.name for each in ADAPTERS)]
    environ = os.environ | {"PYTHON": sys.executable}
    if AS_A_SERVICE:
        command.append("--service")
        environ["DESTDIR"] = str(folder / "system")
    ran = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "is installed. Next:" in ran.stdout
    borrow(known, next((folder / "env" / "lib").glob("python*")) / "site-packages")
    return Installed(folder)


def without_locks(release: Path, given: Path) -> tuple[Path, set[str]]:
    """A copy of the release whose lock files stand empty, with sums that agree; and what they name."""
    copytree(release, given)
    known: set[str] = set()
    for lock in given.glob("requirements*.lock"):
        known |= entries(lock.read_text("utf-8")).keys()
        lock.write_text("", "utf-8")
    releases.main(["--sums", str(given)])
    return given, known


def borrow(names: Iterable[str], into: Path, give: Callable[[str, Path], object] = os.symlink) -> None:
    """Links to what is installed here of these packages, and of no others; or what else `give` does with each."""
    for name in names:
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # of another system
        for top in {each.parts[0] for each in found.files or () if each.parts[0] != ".."}:
            target = into / top
            if top != "__pycache__" and not target.exists():
                give(str(found.locate_file(top)), target)


@pytest.mark.skipif(not AS_A_SERVICE, reason=NO_SYSTEMD)
def test_it_is_a_service_of_the_system_with_a_user_and_folders_of_its_own(installed: Installed) -> None:
    system = installed.folder / "system"
    unit = system / "etc" / "systemd" / "system" / "qabot.service"
    assert f"ExecStart={installed.folder}/env/bin/qabot serve\n" in unit.read_text("utf-8")
    user = next(line for line in (system / "etc" / "passwd").read_text("utf-8").splitlines() if "qabot" in line)
    number = int(user.split(":")[2])
    assert user.endswith("nologin")
    for name in ("etc/qabot", "var/lib/qabot"):
        status = (system / name).stat()
        assert (status.st_uid, status.st_mode & 0o777) == (number, 0o700)
    ran = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.skipif(not AS_A_SERVICE, reason=NO_SYSTEMD)
@pytest.mark.parametrize("unit", sorted(each.name for each in (ROOT / "deploy" / "systemd").glob("*.service")))
def test_the_service_can_do_no_more_than_it_needs(unit: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}"]
    ran = subprocess.run([*command, ROOT / "deploy" / "systemd" / unit], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_what_is_installed_is_held_to_its_sums(release: Path, tmp_path: Path) -> None:
    given = copytree(release, tmp_path / "dist")
    (given / "requirements.lock").write_text("another==1.0\n", "utf-8")
    ran = subprocess.run([given / "install", tmp_path / "env"], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "requirements.lock: FAILED" in ran.stdout + ran.stderr
    assert "These files are not those of the release" in ran.stderr
    assert not (tmp_path / "env").exists()


def test_a_part_that_there_is_not_is_named_with_those_that_there_are(release: Path, tmp_path: Path) -> None:
    ran = subprocess.run([release / "install", tmp_path / "env", "irc"], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "There is no part 'irc'. There are: email pdf pictures slack teams" in ran.stderr
    assert not (tmp_path / "env").exists()


def test_a_release_is_the_same_from_its_own_source_distributions(release: Path, tmp_path: Path) -> None:
    """Built anew elsewhere, with other times and modes, from the sdists alone: byte for byte the same wheels."""
    assert [each.name.split("-")[0] for each in sorted(release.glob("*.tar.gz"))] == WHEELS
    epoch = zipfile.ZipFile(next(release.glob("*.whl"))).infolist()[0].date_time
    assert epoch != (2020, 2, 2, 0, 0, 0)  # the commit's time, and not the usual one
    old, os.environ["SOURCE_DATE_EPOCH"] = os.environ.get("SOURCE_DATE_EPOCH"), releases.time_of_commit()
    try:
        for sdist in release.glob("*.tar.gz"):
            with tarfile.open(sdist) as packed:
                packed.extractall(tmp_path, filter="data")
            wheel = releases.distributions(tmp_path / sdist.name.removesuffix(".tar.gz"), tmp_path / "again")[1]
            assert wheel.read_bytes() == (release / wheel.name).read_bytes(), wheel.name
    finally:
        os.environ.pop("SOURCE_DATE_EPOCH") if old is None else os.environ.update(SOURCE_DATE_EPOCH=old)


def test_a_server_gets_no_tool_of_development(release: Path) -> None:
    locks = {each.name: entries(each.read_text("utf-8")) for each in release.glob("requirements*.lock")}
    assert {"sqlalchemy", "psycopg-binary", "uvicorn", "tzdata"} <= locks["requirements.lock"].keys()
    assert "slack-sdk" in locks["requirements-slack.lock"]
    assert "botbuilder-core" in locks["requirements-teams.lock"]
    assert {"microsoft-teams-api", "microsoft-teams-cards"} <= locks["requirements-teams-sdk.lock"].keys()
    assert not locks["requirements-slack.lock"].keys() & {"botbuilder-core", "weasyprint"}
    assert not {"pytest", "mypy", "playwright", "hatchling"} & {each for lock in locks.values() for each in lock}
    for lock in locks.values():
        assert all("--hash=sha256:" in each for each in lock.values())


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
    look = f"import sys, {', '.join(PACKAGES)}; print(*(each.__file__ for each in ({', '.join(PACKAGES)})))"
    where = "from qabot.files import folder; print(folder('messages'), folder('frameworks'))"
    ran = installed.run("python", "-c", "\n".join([look, where, "print(sys.path)"]))
    *lines, paths = ran.stdout.splitlines()
    assert [len(line.split()) for line in lines] == [len(PACKAGES), 2], ran.stderr
    for path in " ".join(lines).split():
        assert Path(path).is_relative_to(installed.folder / "env")
    assert str(ROOT / "src") not in paths


@dataclass(frozen=True)
class Printed:
    """What commands print: by what is inside, and with a council's own files."""

    inside: dict[Words, str]
    with_own: dict[Words, str]


@pytest.fixture(scope="module")
def printed(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """By what is inside; with a council's own message and framework; and with one that extends one of ours."""
    messages, frameworks, extending = (
        tmp_path_factory.mktemp(each) for each in ("messages", "frameworks", "extending")
    )
    text = (ROOT / "messages" / "red-alert.md").read_text("utf-8")
    (messages / "red-alert.md").write_text(text.replace("needs your support", "needs you, colleague"), "utf-8")
    text = (ROOT / "frameworks" / "newham.yaml").read_text("utf-8")
    (frameworks / "newham.yaml").write_text(text.replace("day: 15", "day: 8", 1), "utf-8")
    (extending / "ours.yaml").write_text("framework: ours\nextends: newham\ntitle: Our own programme\n", "utf-8")
    inside: list[Given] = [(("slack", "manifest"), {}), (FORTNIGHT, {}), *((words, {}) for words in MESSAGES)]
    with_own: list[Given] = [(words, {"messages_folder": str(messages)}) for words in MESSAGES]
    with_own += [(FORTNIGHT, {"messages_folder": "", "frameworks_folder": str(frameworks)})]
    with_own += [(("framework", "show", "ours"), {"frameworks_folder": str(extending)})]
    said = installed.in_turn([*inside, *with_own])
    both = [dict(zip((words for words, _ in inside), said, strict=False))]
    both += [dict(zip((words for words, _ in with_own), said[len(inside) :], strict=True))]
    return Printed(*both)


def test_slack_s_manifest_travels_with_the_adapter(printed: Printed) -> None:
    there = (ROOT / "adapters" / "slack" / "src" / "qabot_slack" / "manifest.yaml").read_text("utf-8")
    assert printed.inside["slack", "manifest"] == there


def sent(by: dict[Words, str]) -> list[dict[str, str]]:
    """What goes out in the fortnight."""
    return [json.loads(line) for line in by[FORTNIGHT].splitlines()]


def test_a_fortnight_can_be_simulated(printed: Printed) -> None:
    assert {line["rule"] for line in sent(printed.inside)} >= {"NEW-SEL-1", "NEW-REM-1"}


def test_every_message_is_held_against_every_adapter(installed: Installed, printed: Printed) -> None:
    assert "All is well." in printed.inside["messages", "check"]
    limits = "from qabot.wiring import known_limits; print(*sorted(known_limits()))"
    assert installed.run("python", "-c", limits).stdout.split() == sorted(["web", *(each.name for each in ADAPTERS)])


def test_the_database_is_made_from_inside_the_package(installed: Installed) -> None:
    people = installed.folder / "people.csv"
    people.write_text("name,email\nAde Osei,ade@council.example\n", "utf-8")
    installed.qabot("people", "import", str(people), "--new-database", "--allow-vacant")
    assert (installed.folder / "elsewhere" / "qabot.sqlite3").stat().st_size > 0


def test_a_council_s_own_message_takes_the_place_of_one_and_leaves_the_rest(printed: Printed) -> None:
    ours, theirs = ([each[command] for command in SHOW] for each in (printed.with_own, printed.inside))
    assert "needs you, colleague" in ours[0]
    assert "needs your support" in theirs[0]
    assert ours[1:] == theirs[1:]
    assert "All is well." in printed.with_own["messages", "check"]


def test_a_council_s_own_framework_takes_the_place_of_one(printed: Printed) -> None:
    def reminded(lines: list[dict[str, str]]) -> str:
        return min(line["at"][:10] for line in lines if line["rule"] == "NEW-REM-1")

    assert reminded(sent(printed.with_own)) == "2026-10-08"
    assert reminded(sent(printed.inside)) == "2026-10-15"


def test_a_council_s_own_framework_can_extend_one_of_ours(printed: Printed) -> None:
    shown = printed.with_own["framework", "show", "ours"]
    assert shown.strip().startswith("Our own programme")
    assert "NEW-ALT-1" in shown
