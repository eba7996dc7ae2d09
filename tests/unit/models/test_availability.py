"""A database that is away is said to be: once a minute, by whoever's work it fails, and once when it is back."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg.errors import DeadlockDetected
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import Session, select
from structlog.testing import capture_logs

from qabot.errors import DatabaseAway
from qabot.models import Meta, Store
from qabot.models.availability import SAID_EVERY, Availability, is_away

AWAY, BACK = "database-away", "database-back"


def gone(said: str = "connection refused\n\tIs the server running?") -> OperationalError:
    return OperationalError("SELECT 1", {}, Exception(said))


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with capture_logs() as written:
        yield written


def actions(lines: list[Any]) -> list[str]:
    return [each["action"] for each in lines]


def test_it_is_said_once_a_minute_on_one_line_and_once_when_it_is_back(lines: list[Any]) -> None:
    moment = [1000.0]
    availability = Availability(lambda: moment[0])
    availability.answered()
    for second in range(int(SAID_EVERY) + 1):
        moment[0] = 1000.0 + second
        availability.failed(gone())
    assert actions(lines) == [AWAY, AWAY]
    assert lines[0]["error"] == "connection refused"
    assert "exc_info" not in lines[0]
    for _ in range(3):
        availability.answered()
    assert actions(lines) == [AWAY, AWAY, BACK]


def test_one_that_comes_and_goes_is_one_trouble_a_minute(lines: list[Any]) -> None:
    """As a disk that is full: what reads succeeds, what writes fails."""
    moment = [0.0]
    availability = Availability(lambda: moment[0])
    for second in range(150):
        moment[0] = float(second)
        availability.failed(gone("database or disk is full"))
        availability.answered()
    assert actions(lines) == [AWAY, BACK] * 3


def test_what_the_database_refuses_is_no_absence(lines: list[Any]) -> None:
    availability = Availability(lambda: 0.0)
    for wrong in (ValueError("x"), ProgrammingError("SELECT", {}, Exception("no such column"))):
        availability.failed(wrong)
    assert not lines


def test_two_that_wait_for_one_another_are_no_absence(lines: list[Any]) -> None:
    deadlock = OperationalError("UPDATE", {}, DeadlockDetected("deadlock detected"))
    Availability(lambda: 0.0).failed(deadlock)
    assert not lines
    assert is_away(deadlock), "one of them is undone, so it is done once more"


def test_what_was_waited_for_in_vain_is_an_absence() -> None:
    assert is_away(DatabaseAway())


async def test_one_that_can_only_be_read_is_not_said_to_be_back(lines: list[Any], tmp_path: Path) -> None:
    """Whoever looks into the log of a full disk must not read that all is well again."""
    store = Store(f"sqlite:///{tmp_path}/qabot.sqlite3", inline=True)
    await store.run(lambda session: session.connection().exec_driver_sql("CREATE TABLE meta (key TEXT, value TEXT)"))

    def read(session: Session) -> None:
        session.exec(select(Meta)).all()

    def write(session: Session) -> None:
        session.add(Meta(key="a", value="b" * 100_000))

    def limit(pages: int) -> None:
        with store.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            connection.commit()

    limit(1)  # what needs more than there is now fails, as on a full disk
    with pytest.raises(OperationalError):
        await store.run(write)
    await store.run(read)
    assert actions(lines) == [AWAY]
    limit(1_000_000)
    await store.run(read)
    assert actions(lines) == [AWAY]
    await store.run(write)
    assert actions(lines) == [AWAY, BACK]
    store.close()


async def test_whatever_is_done_with_the_store_says_it(lines: list[Any]) -> None:
    for store in (Store("sqlite://"), Store("sqlite://", inline=True)):
        locked = sqlite3.OperationalError("database is locked")
        locked.sqlite_errorcode = sqlite3.SQLITE_BUSY

        def fail(_: object, wrong: sqlite3.Error = locked) -> None:
            raise OperationalError("BEGIN", {}, wrong)

        for _ in range(3):
            with pytest.raises(OperationalError):
                await store.run(fail)
        await store.run(lambda session: session.execute(text("SELECT 1")))
        store.close()
    assert actions(lines) == [AWAY, BACK] * 2
