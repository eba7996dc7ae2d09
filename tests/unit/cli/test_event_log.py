"""qabot log verify, as whoever audits the service types it; and a copy keeps what it shows."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.models import Event, Store
from qabot.models.migrate import upgrade
from qabot.rights import marks
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.sealing import LogSealing
from qabot.settings import read_settings
from qabot.wiring import build
from tests.unit.cli.conftest import Cli

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def log(database: Path) -> None:
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    with store.transaction() as session:
        session.add_all(Event(at=NOW, what="sent") for _ in range(3))
    qabot = build(read_settings(), store=store, adapters=())
    assert asyncio.run(LogSealing(qabot.desk, DemoClock(NOW)).look()) == 3
    store.close()


def test_it_says_that_all_is_well_and_gives_a_head_which_a_copy_keeps(
    cli: Cli, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = cli("log", "verify")
    assert ran.code == 0
    assert "The log is as it was written: 3 sealed lines." in ran.out
    head = ran.out.split()[-1]
    assert head in cli("backup", tmp_path / "copy.db").out
    monkeypatch.setenv("QABOT_DATABASE_URL", f"sqlite:///{tmp_path}/other.db")
    assert cli("restore", tmp_path / "copy.db").code == 0
    again = cli("log", "verify", "--head", head)
    assert again.code == 0
    assert "1 line is not sealed yet" in again.out


def test_it_says_which_line_is_the_first_that_was_changed(cli: Cli, database: Path) -> None:
    with sqlite3.connect(database) as other:
        other.execute("UPDATE event SET why = 'x' WHERE id > 1")
    ran = cli("log", "verify")
    assert ran.code == 1
    assert "First: Line 2 (sent, 2026-11-28 09:00 UTC) is not as it was sealed." in ran.out
    assert cli("log", "verify", "--head", "9").code == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE event SET at = 'yesterday' WHERE id = 2", "Line 2 cannot be read any more"),
        ("UPDATE event SET detail = '{{' WHERE id = 2", "Line 2 cannot be read any more"),
        ("UPDATE log_mark SET at = 'yesterday' WHERE number = 2", "Mark 2 cannot be read any more"),
        ("UPDATE log_mark SET mark = 'text' WHERE number = 2", "Mark 2 cannot be read any more"),
        ("UPDATE log_mark SET digest = 'text' WHERE number = 3", "Mark 3 cannot be read any more"),
    ],
)
def test_what_cannot_even_be_read_is_a_change_too(cli: Cli, database: Path, change: str, said: str) -> None:
    with sqlite3.connect(database) as other:
        other.execute(change)
    ran = cli("log", "verify")
    assert ran.code == 1
    assert f"The log is not as it was written. First: {said}" in ran.out
    assert "Traceback" not in ran.err


def test_without_its_marks_the_database_is_not_whole(cli: Cli, database: Path) -> None:
    with sqlite3.connect(database) as other:
        other.execute("DROP TABLE log_mark")
    ran = cli("log", "verify")
    assert (ran.code, ran.out) == (2, "")
    assert "no such table: log_mark" in ran.err


@pytest.mark.parametrize(("days", "said"), [(730, "730 days"), (1, "1 day"), (0, "0 days")])
def test_how_old_the_lines_were_that_went_is_said(cli: Cli, database: Path, days: int, said: str) -> None:
    """Whoever may write to the database can let yesterday's lines go as retention does: a head that was kept fits."""
    head = cli("log", "verify").out.split()[-1]
    store = Store(f"sqlite:///{database}", inline=True)
    with store.transaction() as session:
        marks.let_go(session, col(Event.id) == 2, NOW + timedelta(days=days, hours=1))
    store.close()
    ran = cli("log", "verify", "--head", head)
    assert ran.code == 0
    assert "1 line has gone: older than they are kept." in ran.out
    assert f"The youngest of them was sealed {said} before it went" in ran.out
