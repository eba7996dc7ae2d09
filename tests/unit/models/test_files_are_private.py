"""A database file is for its owner's eyes alone, whatever the umask of whoever makes it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from qabot.models import Store
from qabot.models.migrate import upgrade

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such modes")


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {each.name: oct(stat.S_IMODE(each.stat().st_mode)) for each in sorted(folder.iterdir())}


@pytest.mark.parametrize("umask", [0o000, 0o022], indirect=True, ids=oct)
def test_a_new_database_and_the_files_beside_it_are_private(umask: None, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/qabot.sqlite3", inline=True)
    upgrade(store)
    assert modes(tmp_path) == dict.fromkeys(["qabot.sqlite3", "qabot.sqlite3-shm", "qabot.sqlite3-wal"], "0o600")
    store.close()


def test_looking_at_no_database_makes_none(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/qabot.sqlite3", inline=True)
    assert modes(tmp_path) == {}
    store.close()


def test_a_database_that_is_there_keeps_the_mode_that_somebody_gave_it(tmp_path: Path) -> None:
    path = tmp_path / "qabot.sqlite3"
    path.touch(0o640)
    path.chmod(0o640)
    store = Store(f"sqlite:///{path}", inline=True)
    upgrade(store)
    assert modes(tmp_path)[path.name] == "0o640"
    store.close()


def test_a_folder_that_is_not_there_is_said_as_before(tmp_path: Path) -> None:
    with pytest.raises(OperationalError, match="unable to open"):
        upgrade(Store(f"sqlite:///{tmp_path}/no/qabot.sqlite3", inline=True))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_belongs_to_whom_its_folder_belongs(tmp_path: Path) -> None:
    """An operator brings a copy back as root; the service is another user, who could neither read nor write it."""
    os.chown(tmp_path, 10700, 10701)
    store = Store(f"sqlite:///{tmp_path}/qabot.sqlite3", inline=True)
    upgrade(store)
    owners = {each.name: (each.stat().st_uid, each.stat().st_gid) for each in tmp_path.iterdir()}
    assert owners == dict.fromkeys(["qabot.sqlite3", "qabot.sqlite3-shm", "qabot.sqlite3-wal"], (10700, 10701))
    store.close()
