"""What make installs: for the demo what qabot runs with, for tests the rest, and nothing that no hash holds."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.adapters import ROOT, chat_adapters
from deploy.lock import demo_requirements
from deploy.runtime_parts import closure, entries

WHOLE = (ROOT / "requirements.lock").read_text("utf-8")
DEMO = (ROOT / "requirements-demo.lock").read_text("utf-8")
ADAPTERS = [f"-e adapters/{each.name}" for each in chat_adapters()]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A tree in which nothing is installed, with what set-up hangs on."""
    for name in ("pyproject.toml", "requirements.lock", "requirements-demo.lock", "Makefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    for each in chat_adapters():
        (tmp_path / "adapters" / each.name).mkdir(parents=True)
        shutil.copy(each.folder / "pyproject.toml", tmp_path / "adapters" / each.name)
    return tmp_path


def would_run(clone: Path, target: str) -> str:
    """The commands that make would run."""
    told = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    command = ("make", "--dry-run", "--no-print-directory", target)
    return subprocess.run(command, capture_output=True, text=True, cwd=clone, env=told, check=True).stdout


def carry_out(clone: Path, commands: str) -> None:
    """Set the stamps that these commands set, in their order; a package is not installed for that."""
    (clone / ".venv").mkdir(exist_ok=True)
    for number, names in enumerate(re.findall(r"^touch (.+)$", commands, re.MULTILINE)):
        for name in names.split():
            (clone / name).touch()
            at = (clone / "Makefile").stat().st_mtime + 10 + number
            os.utime(clone / name, (at, at))


def change(clone: Path, name: str) -> None:
    at = (clone / "Makefile").stat().st_mtime + 100
    os.utime(clone / name, (at, at))


def test_the_demo_is_given_what_qabot_runs_with_and_no_more() -> None:
    demo, whole = entries(DEMO), entries(WHOLE)
    assert closure(demo_requirements().splitlines(), demo.keys()) == demo.keys()
    assert {name: whole.get(name) for name in demo} == demo, "make lock"
    assert len(demo) < len(whole) / 2


def test_it_names_no_place_to_fetch_from() -> None:
    assert not re.findall(r"https?:|file:|^-", DEMO, re.MULTILINE)
    assert all("--hash=sha256:" in each for each in entries(DEMO).values())


def test_a_newcomer_waits_for_that_alone_and_is_told_so(clone: Path) -> None:
    made = would_run(clone, "demo")
    assert "-r requirements-demo.lock" in made
    assert "-r requirements.lock" not in made
    assert not [each for each in ADAPTERS if each in made]
    said = re.findall(r'^echo "(.+)"$', made, re.MULTILINE)
    assert 1 <= len(said) <= 2
    assert "half a minute" in said[-1]


@pytest.mark.parametrize("target", ["demo", "setup"])
def test_every_package_is_held_to_its_hash_but_our_own(clone: Path, target: str) -> None:
    installs = re.findall(r"pip install .*", would_run(clone, target))
    assert len(installs) == 3
    for each in installs:
        ours = re.fullmatch(r".* --no-deps --no-build-isolation( -e (\.|adapters/[a-z]+))+", each)
        assert ("--require-hashes -r " in each) != bool(ours), each


@pytest.mark.parametrize("target", ["demo", "setup"])
def test_what_was_done_is_not_done_again(clone: Path, target: str) -> None:
    carry_out(clone, would_run(clone, target))
    assert "install" not in would_run(clone, target)
    assert "qabot demo" in would_run(clone, "demo")


def test_after_the_demo_tests_wait_for_the_rest_only(clone: Path) -> None:
    carry_out(clone, would_run(clone, "demo"))
    rest = would_run(clone, "setup")
    assert "-r requirements.lock" in rest
    assert "-r requirements-demo.lock" not in rest
    assert all(each in rest for each in ADAPTERS)
    assert "-m venv" not in rest


def test_after_set_up_the_demo_waits_for_nothing(clone: Path) -> None:
    carry_out(clone, would_run(clone, "setup"))
    assert "install" not in would_run(clone, "demo")


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml", "adapters/slack/pyproject.toml"])
def test_what_it_hangs_on_changed_so_it_is_done_again(clone: Path, name: str) -> None:
    carry_out(clone, would_run(clone, "setup"))
    change(clone, name)
    assert "-r requirements.lock" in would_run(clone, "setup")
    assert ("install" in would_run(clone, "demo")) == ("adapters/" not in name)


def test_the_pip_that_comes_first_is_the_one_that_is_pinned(clone: Path) -> None:
    first = re.findall(r"-r <\((sed .+?)\)$", would_run(clone, "demo"), re.MULTILINE)
    assert len(first) == 1
    taken = subprocess.run(["bash", "-c", first[0]], capture_output=True, text=True, cwd=clone, check=True).stdout
    assert taken == entries(WHOLE)["pip"]
