"""Files, folders and streams that nobody foresaw: a sentence that says what and where, exit code 2, no traceback."""

import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.unit.cli.conftest import SECRET, Cli

LONG = "a" * 300
NEEDS = [
    ["backup", LONG],
    ["restore", LONG],
    ["people", "import", LONG],
    ["people", "export", LONG],
    ["cases", "collect", LONG],
    ["export", "--all", LONG],
    ["person", "export", "ade.osei@council.example", LONG],
    ["host", "status", "--councils", LONG],
    ["host", "backup", "--backups", LONG, "--councils", "."],
    ["setup", "--folder", LONG],
]
"""Names that no file can have: what asks for such a one fails as it does for a folder that may not be entered."""


@pytest.mark.parametrize("words", NEEDS, ids=lambda words: " ".join(each for each in words if each != LONG))
def test_a_file_that_cannot_be_asked_for_is_said(cli: Cli, words: list[str]) -> None:
    ran = cli(*words)
    assert (ran.code, ran.out) == (2, "")
    assert "File name too long" in ran.err
    assert LONG in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("setting", ["frameworks_folder", "messages_folder", "logo", "database_url", "framework"])
def test_the_doctor_says_which_setting_names_it_and_goes_on(cli: Cli, setting: str) -> None:
    given = {"logo": f"{LONG}.png", "database_url": f"sqlite:///{LONG}.db", "framework": f"{LONG}.yaml"}
    ran = cli("doctor", **{"secret_key": SECRET, setting: given.get(setting, LONG)})
    assert ran.code == 2
    assert "File name too long" in ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err


@pytest.mark.parametrize("words", [["status"], ["doctor"], ["backup", "copy.db"]], ids=" ".join)
def test_a_folder_that_is_gone_is_said(cli: Cli, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    ran = cli(*words, database_url="sqlite:///here.db")
    assert ran.code == 2
    assert "is not there any more" in ran.err


def command(shell: str, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """`shell`, in which $QABOT is the command, in an empty folder."""
    environ = {"PYTHONPATH": ":".join(sys.path), "QABOT": f"{sys.executable} -m qabot"}
    return subprocess.run(["sh", "-c", shell], env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full")
def test_what_cannot_be_printed_is_said(tmp_path: Path) -> None:
    ran = command("$QABOT framework schema > /dev/full", tmp_path)
    assert ran.returncode == 2
    assert ran.stderr == (
        "What this command prints: No space left on device. See to that, and give the command again.\n"
    )


@pytest.mark.parametrize("closed", ["2>&-", "0<&- 1>&- 2>&-"])
def test_streams_may_be_closed_and_no_file_takes_their_place(tmp_path: Path, closed: str) -> None:
    ran = command(f"$QABOT slack manifest manifest.yaml {closed}", tmp_path)
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False)
    assert (tmp_path / "manifest.yaml").read_text("utf-8").startswith("#")
    assert command(f"$QABOT framework check none.yaml {closed}", tmp_path).returncode == 2


def test_a_database_that_is_damaged_is_said(filled: Cli, database: Path) -> None:
    whole = database.read_bytes()
    size = int.from_bytes(whole[16:18], "big")
    database.write_bytes(whole[: 4 * size] + b"\xff" * (len(whole) - 4 * size))
    ran = filled("log", "verify")
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    assert "malformed" in ran.err


@pytest.mark.parametrize("host", ["300.1.1.1", "203.0.113.9"])
def test_an_address_that_is_not_this_machines_is_no_matter_of_the_port(filled: Cli, host: str) -> None:
    ran = filled("serve", secret_key=SECRET, host=host)
    assert (ran.code, "QABOT_HOST" in ran.err) == (2, True)
    assert "choose another port" not in ran.err


def test_a_copy_that_cannot_be_unpacked_is_a_copy_all_the_same(
    filled: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert filled("backup", "copy.db").code == 0
    monkeypatch.setattr("qabot.models.copies.TemporaryDirectory", lambda prefix: nullcontext(tmp_path / "nowhere"))
    ran = filled("restore", "copy.db", database_url=f"sqlite:///{tmp_path}/back.db")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be unpacked at" in ran.err
    assert "TMPDIR" in ran.err
    assert "is no copy" not in ran.err
