"""What was committed outlives a loss of power: on every connection, whatever the server's own setting is."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from qabot.models import Store
from qabot.models.availability import is_away
from tests.support.in_haste import wait_for_the_disk
from tests.support.postgres_fixtures import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]
FULL = 2


def test_every_connection_to_sqlite_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qabot.models.store._prepare_sqlite", wait_for_the_disk)
    store = Store(f"sqlite:///{tmp_path}/qabot.db")
    for _ in range(2):
        with store.engine.connect() as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar_one() == FULL
        store.engine.dispose()
    store.close()


@pytest.mark.postgres
@pytest.mark.parametrize(("setting", "ours"), [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")])
def test_every_connection_to_postgresql_waits_for_the_disk(postgres_url: str, setting: str, ours: str) -> None:
    plain = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with plain.connect() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = {setting}"))
    store = Store(postgres_url)
    for _ in range(2):
        with store.engine.connect() as connection:
            assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == ours
    store.close()
    plain.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize(("setting", "ours"), [("0", ("1min", "10min")), ("7s", ("7s", "7s"))])
def test_a_process_that_sleeps_in_a_transaction_keeps_its_locks_for_a_while_only(
    postgres_url: str, setting: str, ours: tuple[str, str]
) -> None:
    """A service and a command; what whoever runs the server has set is kept."""
    plain = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with plain.connect() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '{setting}'"))
    for inline, longest in zip((False, True), ours, strict=True):
        store = Store(postgres_url, inline=inline)
        with store.engine.connect() as connection:
            assert connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == longest
        store.close()
    plain.dispose()


@pytest.mark.postgres
def test_a_server_that_vanishes_is_not_waited_for_as_long_as_the_system_would(postgres_url: str) -> None:
    for url, ours in ((postgres_url, "10"), (f"{postgres_url}?connect_timeout=3", "3")):
        store = Store(url)
        with store.engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            known = driver.info.get_parameters()
        assert (known["connect_timeout"], known["tcp_user_timeout"], known["keepalives_idle"]) == (ours, "30000", "30")
        store.close()


def test_a_database_that_refuses_what_is_asked_is_not_away(tmp_path: Path) -> None:
    """Else what came back would be tried for ever."""
    store = Store(f"sqlite:///{tmp_path}/qabot.db")
    with store.engine.connect() as connection, pytest.raises(OperationalError) as refused:
        connection.execute(text("SELECT 1 FROM nowhere"))
    assert not is_away(refused.value)
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    assert is_away(OperationalError("COMMIT", {}, locked))
    store.close()
