"""A copy holds every row as it is, on SQLite and PostgreSQL, whatever goes on meanwhile; nothing is written over."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel, select

from qabot.errors import DatabaseTooNew, SetupError
from qabot.models import Event, Meta, Notice, Person, Store
from qabot.models.copies import COPIED, LEFT_ALONE, load, save
from qabot.models.migrate import upgrade
from qabot.scheduler.watch import SEEN
from tests.support import small_council
from tests.support.postgres_fixtures import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def filled(url: str) -> Store:
    """People, a notice and the digest that carries it, and a line of the log whose detail is JSON."""
    store = Store(url, inline=True)
    upgrade(store)
    with store.transaction() as session:
        ids = small_council.fill(session)
        row: dict[str, Any] = {
            "rule": "ABC-ALT-1",
            "lane": "due",
            "recipient_id": ids["bea"],
            "created_at": NOW,
            "not_before": NOW,
        }
        one = Notice(key="one", message="duty", subject_type="audit", subject_id=1, params={"ä": "☃"}, **row)
        digest = Notice(key="digest", message="digest", subject_type="person", subject_id=1, **row)
        session.add_all([one, digest])
        session.flush()
        one.carrier_id = digest.id
        session.add(Event(at=NOW, what="tested", detail={"of": [1, None, "é"]}))
    return store


def rows(store: Store) -> dict[str, set[str]]:
    with store.engine.connect() as connection:
        return {
            table.name: {repr(tuple(each)) for each in connection.execute(table.select())}
            for table in SQLModel.metadata.sorted_tables
            if table.name not in LEFT_ALONE
        }


@pytest.mark.parametrize(("one", "other"), [("sqlite", "sqlite"), ("sqlite", "postgres"), ("postgres", "sqlite")])
def test_there_and_back_every_row_is_as_it_was(
    tmp_path: Path, request: pytest.FixtureRequest, one: str, other: str
) -> None:
    def url(kind: str) -> str:
        return request.getfixturevalue("postgres_url") if kind == "postgres" else f"sqlite:///{tmp_path}/{one}{other}"

    with closing(filled(url(one))) as store:
        with store.transaction() as session:
            session.add(person := Person(name="Erased Person", email="erased@council.example"))
            session.flush()
            last = person.id
        with store.transaction() as session:
            session.delete(session.get_one(Person, last))
        before = rows(store)
        counted = save(store, tmp_path / "copy.db", NOW)
        assert counted["person"] == len(before["person"]) > 5
    with closing(Store(url(other) + ("" if other == "postgres" else "2"), inline=True)) as back:
        upgrade(back)
        load(tmp_path / "copy.db", back)
        after = rows(back)
        assert len(after.pop("meta") - before.pop("meta")) == 1, "when the copy was made, and nothing else"
        assert after == before
        with back.transaction() as session:
            assert session.get_one(Meta, COPIED).value == NOW.isoformat()
            session.add(Person(name="New Person", email="new.person@council.example"))
            session.flush()
            assert session.exec(select(Person.id).where(Person.name == "New Person")).one() == last + 1


def test_a_copy_is_of_one_moment_and_keeps_no_writer_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes while the copy is half done: what they write is not in it, and they did not wait."""
    from qabot.models import copies

    with closing(filled(f"sqlite:///{tmp_path}/qabot.db")) as store:
        genuine = copies._rows
        written: list[bool] = []

        def slow(*given: object) -> int:
            if not written:
                with store.transaction() as session:
                    session.add(Event(at=NOW, what="meanwhile"))
                written.append(True)
            return genuine(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(copies, "_rows", slow)
        save(store, tmp_path / "copy.db", NOW)
        with store.transaction() as session:
            assert session.exec(select(Event).where(Event.what == "meanwhile")).one()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        kinds = {each for (each,) in copy.execute("SELECT what FROM event")}
    assert "tested" in kinds
    assert "meanwhile" not in kinds, "it was read as it was when the copy began"


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_service_that_began_on_the_new_database_meanwhile_gets_no_copy_beneath_it(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    """It has asked already whether it may send, while the database was new: of a copy it would send everything."""
    with closing(filled(f"sqlite:///{tmp_path}/old.db")) as store:
        save(store, tmp_path / "copy.db", NOW)
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else f"sqlite:///{tmp_path}/new.db"
    with closing(Store(url, inline=True)) as target:
        upgrade(target)
        with target.transaction() as session:
            session.add(Meta(key=SEEN, value=NOW.isoformat()))
        before = rows(target)
        with pytest.raises(SetupError, match="stop whatever uses it"):
            load(tmp_path / "copy.db", target)
        assert rows(target) == before


def test_a_file_that_is_there_is_not_written_over_and_a_broken_one_is_not_brought_back(tmp_path: Path) -> None:
    there, none = tmp_path / "there.db", tmp_path / "none.db"
    there.write_text("my diary", "utf-8")
    with closing(filled(f"sqlite:///{tmp_path}/qabot.db")) as store:
        with pytest.raises(SetupError, match="not written over"):
            save(store, there, NOW)
        save(store, tmp_path / "copy.db", NOW)
    assert there.read_text("utf-8") == "my diary"
    with closing(Store("sqlite://", inline=True)) as target:
        upgrade(target)
        with pytest.raises(SetupError, match="no copy of a database of qabot"):
            load(there, target)
        with pytest.raises(SetupError, match="no file"):
            load(none, target)
        torn = (tmp_path / "copy.db").read_bytes()
        (tmp_path / "torn.db").write_bytes(torn[: len(torn) // 2])
        with pytest.raises(SetupError, match=r"no copy of a database of qabot|damaged"):
            load(tmp_path / "torn.db", target)
        with target.transaction() as session:
            assert session.exec(select(Person)).all() == [], "nothing of it stays"


def test_a_copy_of_a_newer_qabot_is_refused(tmp_path: Path) -> None:
    with closing(filled(f"sqlite:///{tmp_path}/qabot.db")) as store:
        save(store, tmp_path / "copy.db", NOW)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        copy.execute("UPDATE alembic_version SET version_num = '9999'")
        copy.commit()
    with closing(Store("sqlite://", inline=True)) as target:
        upgrade(target)
        with pytest.raises(DatabaseTooNew):
            load(tmp_path / "copy.db", target)


def test_every_table_is_copied(tmp_path: Path) -> None:
    """A table that the models do not know would be left behind in silence."""
    with closing(filled(f"sqlite:///{tmp_path}/qabot.db")) as store:
        with store.engine.begin() as connection:
            connection.execute(text("CREATE TABLE notes (id INTEGER)"))
        with pytest.raises(SetupError, match="not qabot's: notes"):
            save(store, tmp_path / "copy.db", NOW)
    assert not (tmp_path / "copy.db").exists()
    assert not (tmp_path / "copy.db.part").exists()


def test_of_two_rows_that_differ_the_copy_is_not_given_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qabot.models import copies

    genuine = copies._rows

    def loses(reading: object, writing: Session, table: object) -> int:
        count = genuine(reading, writing, table)  # type: ignore[arg-type]
        writing.execute(text("UPDATE person SET name = 'Somebody Else' WHERE id = 1"))
        return count

    with closing(filled(f"sqlite:///{tmp_path}/qabot.db")) as store:
        monkeypatch.setattr(copies, "_rows", loses)
        with pytest.raises(RuntimeError, match="was not copied as it is"):
            save(store, tmp_path / "copy.db", NOW)
    assert not (tmp_path / "copy.db").exists()
