"""The command line in this process: arguments in, exit code and words out, on a database of its own."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from qabot.cli import main
from qabot.models import Process, Store
from qabot.scheduler.clock import SystemClock
from tests.support.invented import newham_council

SECRET = "a secret for the tests, long enough"


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str


Cli = Callable[..., Ran]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "qabot.sqlite3"


@pytest.fixture
def cli(tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in an empty folder; keyword arguments are settings (`secret_key=...`)."""
    for name in [each for each in os.environ if each.startswith("QABOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("QABOT_DATABASE_URL", f"sqlite:///{database}")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, **settings: str) -> Ran:
        with monkeypatch.context() as patch:
            patch.setattr("sys.argv", ["qabot", *map(str, arguments)])
            for name, value in settings.items():
                patch.setenv(f"QABOT_{name.upper()}", value)
            code = _code(main)
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The people and the cases of an invented council, as CSV files."""
    return newham_council(30, today=date(2026, 10, 14)).as_files(tmp_path / "council")


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database with people and cases, and all that stands beside it: the same import, once."""
    folder = tmp_path_factory.mktemp("imported")
    people, cases = newham_council(30, today=date(2026, 10, 14)).as_files(folder / "council")
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("QABOT_")]:
            patch.delenv(name)
        patch.setenv("QABOT_DATABASE_URL", f"sqlite:///{folder}/qabot.sqlite3")
        patch.chdir(folder)
        for words in (["people", "import", str(people), "--new-database"], ["cases", "import", str(cases)]):
            patch.setattr("sys.argv", ["qabot", *words])
            assert _code(main) == 0
    return folder


@pytest.fixture
def filled(cli: Cli, imported: Path, tmp_path: Path) -> Cli:
    """The command line on a database with people and cases."""
    shutil.copytree(imported, tmp_path, dirs_exist_ok=True)
    return cli


def _code(command: Callable[[], None]) -> int:
    try:
        command()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def dump(database: Path) -> list[str]:
    """Every row of every table."""
    connection = sqlite3.connect(database)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


@pytest.fixture
def at_work(monkeypatch: pytest.MonkeyPatch) -> Callable[[Store], AbstractContextManager[None]]:
    """A context in which another process beats on a database; after it the process is there as one that was killed."""
    waits = "qabot.cli.running.time.sleep"

    @contextmanager
    def beating(store: Store) -> Iterator[None]:
        with store.transaction() as session:
            session.add(Process(id="other", host="", pid=1, born="", started_at=SystemClock().now()))

        def beat(seconds: float) -> None:
            with store.transaction() as session:
                session.get_one(Process, "other").beats += 1

        with monkeypatch.context() as patch:
            patch.setattr(waits, beat)
            yield
        monkeypatch.setattr(waits, lambda seconds: None)

    return beating
