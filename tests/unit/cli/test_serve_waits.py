"""The service starts once the database lets it, and says why it waits; what is wrong otherwise is not waited for."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from qabot.cli.serve import once_the_database_lets_us
from qabot.cli.troubles import to_mend
from tests.support.postgres import free_port
from tests.support.waiting import LONG
from tests.unit.cli.conftest import SECRET, Cli


def locked() -> OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return OperationalError("BEGIN IMMEDIATE", {}, error)


def test_a_database_that_another_process_holds_is_waited_for() -> None:
    answers: list[object] = [locked(), locked(), "started"]
    pauses: list[float] = []

    def work() -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with capture_logs() as lines:
        assert once_the_database_lets_us(work, pauses.append) == "started"
    assert pauses == [1.0, 2.0]
    assert [(each["action"], each["error"]) for each in lines] == [("database-away", "database is locked")] * 2


def test_a_file_that_may_not_be_written_ends_the_start(database: Path, cli: Cli) -> None:
    """As root every file may be written, so another process makes SQLite refuse as it does of one that is read-only."""
    cli("upgrade", "--new-database")
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        with pytest.raises(sqlite3.OperationalError) as refused:
            connection.execute("PRAGMA user_version = 0")
        error = OperationalError("PRAGMA user_version = 0", {}, refused.value)

    def work() -> None:
        raise error

    with pytest.raises(OperationalError):
        once_the_database_lets_us(work, lambda seconds: pytest.fail("it waited"))
    said = to_mend(error)
    assert "attempt to write a readonly database" in said
    assert "the folder" in said
    assert "Another process" not in said


BOUND = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
"""Who may do anything is bound by what a file says too."""


@pytest.mark.parametrize("mode", [0o555, 0o755], ids=["its folder neither", "its folder may be written"])
def test_the_service_says_at_once_that_its_file_may_not_be_written(cli: Cli, tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    file = folder / "qabot.sqlite3"
    cli("upgrade", "--new-database", database_url=f"sqlite:///{file}")
    file.chmod(0o444)
    folder.chmod(mode)
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": ":".join(sys.path),
        "QABOT_DATABASE_URL": f"sqlite:///{file}",
        "QABOT_SECRET_KEY": SECRET,
        "QABOT_PORT": str(free_port()),
    }
    words = [*BOUND, sys.executable, "-c", "from qabot.cli import main; main()", "serve"]
    ran = subprocess.run(words, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=LONG)
    folder.chmod(0o755)
    assert ran.returncode == 2, ran.stderr
    assert f"The database cannot be written: attempt to write a readonly database ({file})." in ran.stderr
    assert "Traceback" not in ran.stderr


def test_what_waiting_does_not_mend_is_said_at_once() -> None:
    def work() -> None:
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: notice"))

    with pytest.raises(OperationalError):
        once_the_database_lets_us(work, lambda seconds: pytest.fail("it waited"))
