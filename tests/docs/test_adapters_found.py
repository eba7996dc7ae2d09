"""A chat platform is one folder: a new one in adapters/ is seen by everything that lists adapters."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.adapters import chat_adapters, import_rules
from tests.contract.platforms import PLATFORMS

ROOT = Path(__file__).parents[2]
PROJECT = """
[project]
name = "council-qabot-tiny"
version = "0.1.0"
dependencies = ["council-qabot", "tiny-sdk>=1"]

[project.entry-points."qabot.adapters"]
tiny = "qabot_tiny:create"

[project.entry-points."qabot.limits"]
tiny = "qabot_tiny:Tiny"

[tool.qabot]
sdk = ["tiny_sdk"]
"""
WRONG = """
import qabot.workflows

limits: int = "not a number"
"""
SETTINGS = '''
"""What is set."""

TOKEN = "QABOT_TINY_TOKEN"
'''
PLACES = re.findall(r"^\| a chat platform \| (.+) \|$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
"""What CONTRIBUTING's table says that a chat costs."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree's rules, a core with next to nothing in it, and an adapter that breaks the rules."""
    for name in ("pyproject.toml", "requirements.lock", "Makefile", ".importlinter"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    for each in chat_adapters():
        shutil.copytree(each.folder, tmp_path / "adapters" / each.name)
    tiny = tmp_path / "adapters" / "tiny"
    (tiny / "src" / "qabot_tiny").mkdir(parents=True)
    (tiny / "pyproject.toml").write_text(PROJECT)
    (tiny / "src" / "qabot_tiny" / "__init__.py").write_text(WRONG)
    (tiny / "src" / "qabot_tiny" / "settings.py").write_text(SETTINGS)
    return tmp_path


def run(copy: Path, *command: str) -> str:
    """What a command prints in the copy; the copy's packages are the ones that it imports."""
    sources = [copy, ROOT / "src", *(each.folder / "src" for each in chat_adapters(copy))]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, sources))}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=copy, env=environ, check=False)
    return ran.stdout + ran.stderr


def run_tests(copy: Path, file: str, *options: str) -> str:
    """What a test of ours says in the copy."""
    for folder in ("support", Path(file).parent.name):
        shutil.copytree(ROOT / "tests" / folder, copy / "tests" / folder)
    for name in ("__init__.py", "conftest.py"):
        shutil.copy(ROOT / "tests" / name, copy / "tests" / name)
    return run(copy, sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", file, *options)


def test_set_up_installs_it(copy: Path) -> None:
    done = run(copy, "make", "--dry-run", "setup")
    assert all(f"-e adapters/{each.name}" in done for each in chat_adapters(copy))
    assert "adapters/tiny" in done


def test_the_lock_file_has_what_it_needs(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "deploy"))
    assert "tiny-sdk>=1" in runpy.run_path(str(ROOT / "deploy" / "lock.py"))["requirements"](copy).splitlines()


def test_the_import_rules_hold_for_it(copy: Path) -> None:
    (copy / "rules.ini").write_text(import_rules(copy))
    rules = (copy / "rules.ini").read_text()
    assert "Only adapters/tiny imports its platform's SDK" in rules
    program = Path(sys.executable).with_name("lint-imports")
    checked = " ".join(run(copy, str(program), "--no-cache", "--config", "rules.ini").split())
    assert "qabot_tiny is not allowed to import qabot.workflows" in checked


@pytest.mark.parametrize("hidden", ["if TYPE_CHECKING:", "def later() -> None:"])
def test_a_circle_of_imports_is_found_wherever_it_hides(copy: Path, hidden: str) -> None:
    package = copy / "adapters" / "tiny" / "src" / "qabot_tiny"
    (package / "one.py").write_text("from qabot_tiny import two\n")
    (package / "two.py").write_text(f"from typing import TYPE_CHECKING\n{hidden}\n    from qabot_tiny import one\n")
    (copy / "rules.ini").write_text(import_rules(copy))
    program = Path(sys.executable).with_name("lint-imports")
    checked = " ".join(run(copy, str(program), "--no-cache", "--config", "rules.ini").split())
    assert "No module needs itself by way of others, nor does a package BROKEN" in checked


def test_its_types_are_checked(copy: Path) -> None:
    for folder in ("src/qabot", "benchmarks", "docs", "tests"):
        (copy / folder).mkdir(parents=True, exist_ok=True)
        (copy / folder / "__init__.py").touch()
    shutil.rmtree(copy / "adapters" / "slack")
    shutil.rmtree(copy / "adapters" / "teams")
    shutil.rmtree(copy / "adapters" / "email")
    checked = run(copy, sys.executable, "-m", "mypy", "--follow-imports=skip", "--cache-dir", str(copy / "cache"))
    assert "adapters/tiny/src/qabot_tiny/__init__.py:4: error: Incompatible types" in checked


def test_its_style_is_checked(copy: Path) -> None:
    program = Path(sys.executable).with_name("ruff")
    assert "adapters/tiny/src/qabot_tiny/__init__.py:2:8: F401" in run(
        copy, str(program), "check", "--no-cache", "--output-format", "concise", "."
    )


def test_its_settings_must_be_documented(copy: Path) -> None:
    shutil.copytree(ROOT / "docs", copy / "docs", ignore=shutil.ignore_patterns("images"))
    tested = run_tests(copy, "tests/docs/test_commands_settings.py", "-k", "every_setting_is_documented")
    assert "QABOT_TINY_TOKEN" in tested
    assert "1 failed" in tested


LISTING = """
from deploy.release import sources
from tests.acceptance.test_install import PACKAGES
print(*sources(), *PACKAGES)
"""


def test_its_wheel_is_built_and_installed(copy: Path) -> None:
    (copy / "list.py").write_text(LISTING)
    shutil.copytree(ROOT / "tests" / "acceptance", copy / "tests" / "acceptance")
    assert f"{copy}/adapters/tiny" in (listed := run(copy, sys.executable, "list.py"))
    assert "qabot_tiny" in listed


def test_the_contract_holds_for_every_adapter(copy: Path) -> None:
    assert sorted(PLATFORMS) == sorted(["web", *(each.name for each in chat_adapters())])
    tested = run_tests(copy, "tests/contract/test_adapter_contract.py", "--maxfail=1", "-k", "tiny")
    assert "No module named 'tests.support.tiny'" in tested
    assert "1 error" in tested
    assert len(PLACES) == 1
    assert all(place in PLACES[0] for place in ("`adapters/", "`tests/support/NAME/platform.py`", "`docs/settings.md`"))


def test_an_entry_point_of_another_name_is_an_error_that_says_so(copy: Path) -> None:
    file = copy / "adapters" / "tiny" / "pyproject.toml"
    file.write_text(PROJECT.replace('tiny = "qabot_tiny:create"', 'little = "qabot_tiny:create"'))
    with pytest.raises(ValueError, match=r"adapters/tiny/pyproject.toml: an entry point 'tiny' is missing"):
        chat_adapters(copy)


def test_code_elsewhere_is_an_error_that_says_so(copy: Path) -> None:
    (copy / "adapters" / "tiny" / "src" / "qabot_tiny").rename(copy / "adapters" / "tiny" / "src" / "tiny")
    with pytest.raises(ValueError, match="belongs in src/qabot_tiny/"):
        chat_adapters(copy)
