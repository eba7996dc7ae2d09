"""The service starts once the database lets it, and says why it waits; what is wrong otherwise is not waited for."""

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from qabot.cli.serve import once_the_database_lets_us


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


def test_what_waiting_does_not_mend_is_said_at_once() -> None:
    def work() -> None:
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: notice"))

    with pytest.raises(OperationalError):
        once_the_database_lets_us(work, lambda seconds: pytest.fail("it waited"))
