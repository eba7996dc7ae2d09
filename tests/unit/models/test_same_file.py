"""A database's file that is moved, deleted or replaced beneath a service: it is away, and nothing is lost silently."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select
from structlog.testing import capture_logs

from qabot.models import Meta, Store
from qabot.models.availability import is_away


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "qabot.sqlite3"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{file}", inline=True)
    with made.transaction() as session:
        session.connection().exec_driver_sql("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT)")
    yield made
    made.close()


def write(key: str) -> Callable[[Session], None]:
    return lambda session: session.add(Meta(key=key, value=""))


def keys(session: Session) -> list[str]:
    return sorted(each.key for each in session.exec(select(Meta)))


def _deleted(file: Path) -> None:
    file.unlink()


def _moved(file: Path) -> None:
    file.rename(file.with_suffix(".old"))


def _moved_back(file: Path) -> None:
    file.with_suffix(".old").rename(file)


def _is_there(file: Path) -> bool:
    return file.exists()


def _replaced(file: Path) -> None:
    copy = file.with_suffix(".copy")
    shutil.copy(file, copy)
    copy.replace(file)


@pytest.mark.parametrize("happens", [_deleted, _moved, _replaced])
async def test_what_stands_in_its_place_is_not_the_database(
    store: Store, file: Path, happens: Callable[[Path], None]
) -> None:
    await store.run(write("before"))
    happens(file)
    with capture_logs() as lines:
        for work in (write("after"), keys):
            with pytest.raises(OperationalError) as wrong:
                await store.run(work)
            assert is_away(wrong.value)
    assert [each["action"] for each in lines] == ["database-away"]
    assert "moved, deleted or replaced" in lines[0]["error"]


async def test_once_it_is_back_it_goes_on(store: Store, file: Path) -> None:
    _moved(file)
    with pytest.raises(OperationalError):
        await store.run(write("meanwhile"))
    assert not _is_there(file), "and none is made in its place"
    _moved_back(file)
    with capture_logs() as lines:
        await store.run(write("after"))
    assert await store.run(keys) == ["after"]
    assert [each["action"] for each in lines] == ["database-back"]


async def test_no_new_connection_is_made_to_another_file(store: Store, file: Path) -> None:
    await store.run(write("before"))
    store.engine.dispose()
    _deleted(file)
    with pytest.raises(OperationalError) as wrong:
        await store.run(keys)
    assert is_away(wrong.value)
    assert not _is_there(file)
