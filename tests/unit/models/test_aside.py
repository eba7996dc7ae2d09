"""What is only tried keeps nobody waiting, and nothing of it stays."""

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel

from qabot.models import Meta, Store
from qabot.models.aside import aside, run_aside


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "qabot.db"


async def test_the_service_writes_while_something_long_is_tried(file: Path) -> None:
    store = Store(f"sqlite:///{file}")
    SQLModel.metadata.create_all(store.engine)
    write(store, "before")

    def work(session: Session) -> bool:
        assert session.get(Meta, "before") is not None
        session.add(Meta(key="tried", value=""))
        session.flush()
        write(store, "meanwhile")
        return session.get(Meta, "tried") is not None

    assert await run_aside(store, work)
    with store.transaction() as session:
        assert session.get(Meta, "meanwhile") is not None
        assert session.get(Meta, "tried") is None
    store.close()
    assert {each.name for each in file.parent.iterdir()} <= {"qabot.db", "qabot.db-wal", "qabot.db-shm"}


def test_a_file_that_cannot_be_read_is_a_database_that_is_away(file: Path) -> None:
    file.write_bytes(b"my diary" * 200)
    store = Store(f"sqlite:///{file}", inline=True)
    with pytest.raises(OperationalError, match="not a database"), aside(store):
        pass


def write(store: Store, key: str) -> None:
    with store.transaction() as session:
        session.add(Meta(key=key, value=""))
