"""A database that is a file on a network share is known as one, and the service does not start with it."""

from pathlib import Path

import pytest

from qabot import file_systems
from tests.unit.cli.conftest import Cli, cli, database

__all__ = ["cli", "database"]

MOUNTS = """/dev/sda1 / ext4 rw,relatime 0 0
//files.council.example/share {folder} cifs rw,vers=3.1.1 0 0
files:/export {folder}/with\\040space/nfs nfs4 rw 0 0
tmpfs {folder}/local tmpfs rw 0 0
/dev/sdb1 {folder}/over cifs rw 0 0
/dev/sdb1 {folder}/over xfs rw 0 0
"""


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is mounted from elsewhere, as Linux would say it."""
    folder = tmp_path / "share"
    folder.mkdir()
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS.format(folder=folder.resolve()), "utf-8")
    monkeypatch.setattr(file_systems, "MOUNTS", mounts)
    return folder


@pytest.mark.parametrize(
    ("below", "kind"),
    [
        ("qabot.sqlite3", "cifs"),
        ("with space/nfs/qabot.sqlite3", "nfs4"),
        ("local/qabot.sqlite3", ""),
        ("over/qabot.sqlite3", ""),
        ("../qabot.sqlite3", ""),
    ],
)
def test_the_mount_that_a_file_lies_on_says_what_it_is(share: Path, below: str, kind: str) -> None:
    assert file_systems.network_share(share / below) == kind


def test_where_nobody_knows_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_systems, "MOUNTS", tmp_path / "none")
    assert file_systems.network_share(tmp_path) == ""


def test_the_service_does_not_start_with_sqlite_on_a_share(share: Path, cli: Cli) -> None:
    given = {"database_url": f"sqlite:///{share}/qabot.sqlite3", "secret_key": "x" * 40, "port": "18799"}
    ran = cli("serve", **given)
    assert ran.code == 2
    assert f"{share}/qabot.sqlite3 is on a network share (cifs), where SQLite's locks do not hold" in ran.err
    assert not any(share.iterdir())
    assert f"FAIL Database: {share}/qabot.sqlite3" in cli("doctor", **given).out
