"""The line that says once an hour that the service is at work."""

import asyncio
from pathlib import Path

import pytest
import structlog

from qabot.cli import start_screen
from qabot.models import Store
from qabot.settings import read_settings
from qabot.wiring import build
from tests.support.waiting import until


async def test_it_counts_what_is_open_and_says_how_the_chats_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/q.sqlite3"
    qabot = build(read_settings(database_url=url), store=Store(url), adapters=())
    monkeypatch.setattr(start_screen, "EVERY", 0.0)
    with structlog.testing.capture_logs() as lines:
        life = asyncio.create_task(start_screen.say_now_and_then(qabot))
        await until(lambda: len(lines) > 1, "a second line")
        life.cancel()
    assert lines[0]["action"] == "service-counted"
    assert (lines[0]["open"], lines[0]["waiting"], lines[0]["chats"]) == (0, 0, {})
    assert lines[0]["log_head"].startswith("0:")
    qabot.store.close()


async def test_a_database_that_is_away_ends_it_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/q.sqlite3"
    qabot = build(read_settings(database_url=url), store=Store(url), adapters=())
    monkeypatch.setattr(start_screen, "EVERY", 0.0)
    monkeypatch.setattr(start_screen, "_counted", lambda session: 1 / 0)
    with structlog.testing.capture_logs() as lines:
        life = asyncio.create_task(start_screen.say_now_and_then(qabot))
        await until(lambda: len(lines) > 1, "a second line")
        life.cancel()
    assert {each["action"] for each in lines} == {"service-uncounted"}
    qabot.store.close()
