"""A database that goes with its process: bounded in memory, on no path, and one for all of its transactions."""

import contextlib
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from qabot.models import Meta, Store
from qabot.models.store import CACHE, SPILLING

ROWS, SIZE = 1_000, 100_000


def test_what_does_not_fit_into_its_memory_lies_in_a_file_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = nameless()
    store = Store(SPILLING, inline=True)
    SQLModel.metadata.create_all(store.engine)
    values = [{"key": str(number), "value": "x" * SIZE} for number in range(ROWS)]
    with store.transaction() as session:
        session.execute(text("INSERT INTO meta (key, value) VALUES (:key, :value)"), values)
        assert session.execute(text("PRAGMA cache_size")).scalar() == int(CACHE)
    assert nameless() - before > ROWS * SIZE // 2, "all of it is in memory"
    assert not list(tmp_path.iterdir())
    with store.transaction() as session:
        assert len(session.get_one(Meta, str(ROWS - 1)).value) == SIZE
    store.close()
    assert nameless() == before


def nameless() -> int:
    """The bytes in files that this process has open and that no folder lists any more."""
    size = 0
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own is gone by now
            if str(each.readlink()).endswith(" (deleted)"):
                size += each.stat().st_size
    return size
