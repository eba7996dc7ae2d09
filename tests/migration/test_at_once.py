"""Several processes come to a database at once: one brings it up, the others wait and find it done."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection

from qabot.models import Store
from qabot.models.alone import Work, be_alone
from qabot.models.migrate import downgrade, upgrade, version

ROUNDS = 2
MANY = 4


@pytest.fixture(scope="module")
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.support.migrating"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=Path(__file__).parents[2],
                )
            )
            for _ in range(MANY)
        ]
        assert [_heard(each) for each in started] == ["ready"] * MANY
        yield started
        for each in started:
            assert each.stdin is not None
            each.stdin.close()


def _heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def at_once(processes: list[subprocess.Popen[str]], url: str) -> list[str]:
    for each in processes:
        assert each.stdin is not None
        each.stdin.write(f"{url}\n")
        each.stdin.flush()
    return [_heard(each) for each in processes]


def head(url: str) -> bool:
    store = Store(url, inline=True)
    before = version(store)
    upgrade(store)
    after = version(store)
    store.close()
    return before is not None and before == after


def test_an_empty_sqlite_file(processes: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    for number in range(ROUNDS):
        url = f"sqlite:///{tmp_path}/{number}.sqlite3"
        assert at_once(processes, url) == ["done"] * MANY
        assert head(url)


@pytest.mark.postgres
def test_an_empty_postgresql_database(processes: list[subprocess.Popen[str]], postgres_server: str) -> None:
    for number in range(ROUNDS):
        with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE at_once_{number}")
        url = f"{postgres_server}/at_once_{number}"
        assert at_once(processes, url) == ["done"] * MANY
        assert head(url)


def test_another_process_is_waited_for_as_long_as_a_large_database_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That can be minutes on a slow machine; any other transaction waits for a quarter of one."""
    store, patience = Store(f"sqlite:///{tmp_path}/qabot.sqlite3", inline=True), list[int]()

    def noted(connection: Connection, work: Work) -> None:
        patience.append(_patience(connection))
        be_alone(connection, work)

    monkeypatch.setattr("qabot.models.migrate.be_alone", noted)
    upgrade(store)
    with store.engine.connect() as connection:
        assert [*patience, _patience(connection)] == [600_000, 15_000]
    store.close()


def _patience(connection: Connection) -> int:
    """How long it waits for who writes, in milliseconds."""
    return int(connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one())


def test_a_database_of_an_older_version(processes: list[subprocess.Popen[str]], store: Store) -> None:
    for _ in range(ROUNDS):
        upgrade(store)
        downgrade(store, "base")
        assert at_once(processes, store.url) == ["done"] * MANY
        assert head(store.url)
