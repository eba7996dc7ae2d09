"""Machines set up oddly: zones that nothing knows, no zone files, another locale, Python's own strict modes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ticking
from tests.support.commands import without_settings
from tests.support.forked import Forked
from tests.support.waiting import LONG

ROOT = Path(__file__).parents[3]
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
STRICT = {"PYTHONASYNCIODEBUG": "1", "PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error"}
ZONES = [":foo", "UTC+25", "/no/such/file", "Pacific/Kiritimati"]


def run(machine: dict[str, str], *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("QABOT_", "PYTHON", "LC_"))}
    environ |= {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])} | machine
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("zone", ZONES)
def test_ticks_come_in_every_zone(zone: str, tmp_path: Path) -> None:
    """A zone is asked of the system as it runs, so these need no interpreter of their own."""
    said = tmp_path / "said"
    forked = Forked(
        ticking.tick, (f"sqlite:///{tmp_path}/qabot.sqlite3",), without_settings() | {"TZ": zone}, ROOT, said
    )
    forked.join(LONG)
    assert said.read_text("utf-8").splitlines()[-1:] == ["ticked"]
    assert "Traceback" not in said.read_text("utf-8")
    assert "Error" not in said.read_text("utf-8")


@pytest.mark.parametrize(
    ("machine", "written"),
    [
        ({"TZ": ":foo", "PYTHONTZPATH": "", **STRICT}, "add person Si"),
        ({"PYTHONOPTIMIZE": "2", **ASCII}, r"add person Si\xe2n O\u2019Neill (sian@c.example)"),
    ],
    ids=["strict", "ascii"],
)
def test_commands_work_and_ticks_come_on_every_machine(machine: dict[str, str], written: str, tmp_path: Path) -> None:
    """Also where a terminal cannot hold a name: it is written as codes.

    A simulation starts five weeks before the quarter, so the quarter's first day is the shortest.
    """
    people = tmp_path / "people.csv"
    people.write_text("name,email\nSiân O’Neill,sian@c.example\n", encoding="utf-8")
    commands = [
        ["--help"],
        ["simulate", "newham", "--from", "2026-10-01", "--to", "2026-10-01", "--invented", "30"],
        ["people", "import", str(people), "--allow-vacant", "--new-database"],
    ]
    url = f"sqlite:///{tmp_path}/qabot.sqlite3"
    ran = run(machine, "tests.support.ticking", url, json.dumps(commands), folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Error" not in ran.stderr
    assert "Usage" in ran.stdout
    assert "review-allocated" in ran.stdout
    assert written in ran.stdout
    assert ran.stdout.splitlines()[-1] == "ticked", ran.stderr
