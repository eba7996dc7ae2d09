"""A database goes from its file to PostgreSQL with every row, and is used in one place alone."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from qabot.models import Process, Store
from qabot.models.copies import copy_all
from qabot.scheduler.clock import SystemClock
from tests.support.postgres import free_port
from tests.support.postgres_fixtures import postgres_server, postgres_url
from tests.unit.cli.conftest import SECRET, Cli, dump

__all__ = ["postgres_server", "postgres_url"]
pytestmark = pytest.mark.postgres


@pytest.fixture
def store(filled: Cli, database: Path) -> Iterator[Store]:
    """The file as a service would hold it."""
    made = Store(f"sqlite:///{database}", inline=True)
    yield made
    made.close()


def counted_in_file(database: Path) -> dict[str, int]:
    """How many rows each table has, asked of SQLite itself."""
    with sqlite3.connect(database) as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: file.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def counted_on_server(url: str) -> dict[str, int]:
    """The same, asked of PostgreSQL itself."""
    with psycopg.connect(url) as server:
        names = [name for (name,) in server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        return {name: server.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # type: ignore[index]


def test_all_of_it_is_there_and_the_file_is_used_no_more(filled: Cli, database: Path, postgres_url: str) -> None:
    before = counted_in_file(database)
    ran = filled("db", "move", postgres_url)
    assert ran.code == 0, ran.err
    assert "read again and compared" in ran.out
    after = counted_on_server(postgres_url)
    assert after.pop("event") == before.pop("event") + 1, "that it was moved stands in the log"
    assert after == {name: before[name] for name in after}
    assert sum(after.values()) > 100, "and it was no empty council"

    for words in (["people", "export", "out.csv"], ["status"], ["serve"], ["db", "move", postgres_url]):
        refused = filled(*words, secret_key=SECRET, port=str(free_port()))
        assert refused.code == 2, words
        assert "This database was moved to postgresql://" in refused.err + refused.out, words
    person = "name,email\nAde Osei,ade.osei@council.example\n"
    Path("more.csv").write_text(person, "utf-8")
    added = filled("people", "import", "more.csv", "--allow-vacant", database_url=postgres_url)
    assert added.code == 0, "the next row gets the next number: " + added.err


def test_the_move_can_be_undone(filled: Cli, database: Path, postgres_url: str) -> None:
    assert filled("db", "move", "--undo").code == 2
    before = dump(database)
    assert filled("db", "move", postgres_url).code == 0
    ran = filled("db", "move", "--undo")
    assert (ran.code, "Do not start qabot on PostgreSQL" in ran.out) == (0, True)
    assert dump(database) == before
    assert filled("people", "export", "out.csv").code == 0


def test_what_holds_something_is_not_written_over(filled: Cli, postgres_url: str) -> None:
    assert filled("db", "move", postgres_url).code == 0
    filled("db", "move", "--undo")
    ran = filled("db", "move", postgres_url)
    assert ran.code == 2
    assert "is not empty, and is not written over" in ran.err
    assert filled("people", "export", "out.csv").code == 0, "and the file is still in use"


def test_a_service_that_runs_is_stopped_first_and_one_that_was_killed_is_not_waited_for(
    filled: Cli, store: Store, postgres_url: str, at_work: Callable[[Store], AbstractContextManager[None]]
) -> None:
    with at_work(store):
        ran = filled("db", "move", postgres_url)
    assert (ran.code, "Stop it first" in ran.err) == (2, True)
    assert filled("db", "move", postgres_url).code == 0


def test_what_is_written_meanwhile_is_not_lost(
    filled: Cli, store: Store, database: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_and_write(source: Store, target: Store) -> object:
        counted = copy_all(source, target)
        with store.transaction() as session:
            session.add(Process(id="late", host="", pid=1, born="", started_at=SystemClock().now()))
        return counted

    monkeypatch.setattr("qabot.cli.moving.copy_all", copy_and_write)
    ran = filled("db", "move", postgres_url)
    assert (ran.code, "was written to" in ran.err) == (2, True)
    assert filled("people", "export", "out.csv").code == 0, "the file is still in use"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Give the address"),
        (["sqlite:///other.db"], "is no address of PostgreSQL"),
        (["db.council.example"], "is no address of PostgreSQL"),
        (["postgresql://nobody@127.0.0.1:1/none", "--undo"], "Give the address"),
        (["postgresql://nobody@127.0.0.1:1/none"], "cannot be opened"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(filled: Cli, database: Path, words: list[str], said: str) -> None:
    before = dump(database)
    ran = filled("db", "move", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert dump(database) == before


def test_a_file_that_is_not_there_is_said(cli: Cli, database: Path, postgres_url: str) -> None:
    ran = cli("db", "move", postgres_url)
    assert (ran.code, "There is no database of qabot" in ran.err) == (2, True)
    assert not database.exists()


def test_with_workers_a_copy_is_made_and_brought_back_too(filled: Cli, postgres_url: str, tmp_path: Path) -> None:
    """The tables of their jobs are made anew where they are needed, and are in no copy."""
    assert filled("db", "move", postgres_url).code == 0
    scaled = {"database_url": postgres_url, "engine": "scaled"}
    assert filled("upgrade", **scaled).code == 0
    assert "procrastinate_jobs" in counted_on_server(postgres_url)
    copied = filled("backup", tmp_path / "copy.db", **scaled)
    assert copied.code == 0, copied.err
    assert not [each for each in counted_in_file(tmp_path / "copy.db") if each.startswith("procrastinate")]
    there = f"sqlite:///{tmp_path}/back.db"
    assert filled("restore", tmp_path / "copy.db", database_url=there).code == 0
    assert counted_in_file(tmp_path / "back.db")["person"] == counted_on_server(postgres_url)["person"]


def test_a_text_that_postgresql_does_not_take_is_named_and_nothing_stays(
    filled: Cli, database: Path, postgres_url: str
) -> None:
    with sqlite3.connect(database) as file:
        file.execute("UPDATE person SET name = 'Zoë ' || char(0) || 'x' WHERE id = 3")
    ran = filled("db", "move", postgres_url)
    assert (ran.code, ran.out) == (2, "")
    assert "A row of person (id 3) cannot be kept in the other database" in ran.err
    with sqlite3.connect(database) as file:
        file.execute("UPDATE person SET name = 'Zoë 👩‍👩‍👧' WHERE id = 3")
    assert filled("db", "move", postgres_url).code == 0, "and the next try is not refused"


def test_what_is_done_on_paper_needs_no_workers_where_the_settings_have_them(
    cli: Cli, files: tuple[Path, Path], postgres_url: str, tmp_path: Path
) -> None:
    """A rehearsal, a simulation and a directory that is read have a database of their own, in memory."""
    scaled = {"database_url": postgres_url, "engine": "scaled"}
    dry = cli("people", "import", files[0], "--new-database", "--dry-run", **scaled)
    assert dry.code == 0, dry.err
    assert not counted_on_server(postgres_url), "a dry run makes nothing"
    ran = cli("people", "import", files[0], "--new-database", **scaled)
    assert ran.code == 0, ran.err
    assert {"procrastinate_jobs", "person"} <= counted_on_server(postgres_url).keys()
    played = cli("simulate", "newham", "--from", "2026-10-01", "--to", "2026-10-02", **scaled)
    assert played.code == 0, played.err
    fetched = cli("people", "fetch", tmp_path / "staff.csv", "--from", "slack", **scaled)
    assert (fetched.code, "Traceback" in fetched.err) == (2, False), fetched.err
