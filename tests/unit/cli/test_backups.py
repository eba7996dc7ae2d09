"""A copy is made, brought back and let go from the command line; nothing is written over, nothing sent unasked."""

import bz2
import gzip
import lzma
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from qabot.models import Deadline, LadderSnapshot, Person, Store, SurveyRound, SurveySheet
from qabot.models.migrate import downgrade
from qabot.scheduler.clock import SystemClock
from qabot.workflows.core.sealing import Sealer
from tests.unit.cli.conftest import SECRET, Cli, dump


@pytest.fixture
def copied(filled: Cli, tmp_path: Path) -> Cli:
    """A filled database, and a copy of it."""
    ran = filled("backup", tmp_path / "copy.db")
    assert ran.code == 0, ran.err
    assert "read again and compared" in ran.out
    assert "QABOT_SECRET_KEY" in ran.out
    return filled


def test_a_copy_is_its_owners_alone_and_one_file(copied: Cli, tmp_path: Path) -> None:
    assert [each.name for each in tmp_path.glob("copy*")] == ["copy.db"]
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    again = copied("backup", tmp_path / "copy.db")
    assert (again.code, "not written over" in again.err) == (2, True)


def test_brought_back_it_waits_for_an_answer_and_shows_what_would_go(copied: Cli, tmp_path: Path) -> None:
    there = f"sqlite:///{tmp_path}/back.db"
    ran = copied("restore", "copy.db", database_url=there)
    assert ran.code == 0, ran.err
    assert "qabot release" in ran.out
    shown = copied("release", database_url=there, secret_key=SECRET)
    assert "Nothing is sent: the database was brought back" in shown.out
    assert "--nothing-sent" in shown.out
    found = copied("doctor", database_url=there, secret_key=SECRET)
    assert "FAIL" in found.out
    assert "brought back from a copy" in found.out
    let_go = copied("release", "--nothing-sent", database_url=there)
    assert let_go.out == "qabot sends from now on.\n"
    assert "Nothing is kept back" in copied("release", database_url=there).out
    assert "brought back" not in copied("doctor", database_url=there, secret_key=SECRET).out


def test_what_was_ended_since_counts_again_and_is_said_before_anything_goes(
    filled: Cli, database: Path, tmp_path: Path
) -> None:
    """Who was erased, left or lost a token after the copy was made is none of that in it."""
    with closing(Store(f"sqlite:///{database}", inline=True)) as store, store.transaction() as session:
        session.add(Person(name="Quinn Achebe", email="quinn@council.example", administrator=True))
    made = filled("token", "new", "power-bi", "--for", "quinn@council.example", "--scope", "figures:read")
    assert made.code == 0, made.err
    assert filled("backup", "copy.db").code == 0
    assert filled("token", "end", "power-bi").code == 0
    there = f"sqlite:///{tmp_path}/back.db"
    for words in (["restore", "copy.db"], ["release"]):
        ran = filled(*words, database_url=there)
        assert ran.code == 0, ran.err
        assert "whoever was erased is back" in ran.out
        assert "legal holds are gone" in ran.out
        assert "tokens that were ended count again. These count: power-bi" in ran.out
    with closing(sqlite3.connect(tmp_path / "back.db")) as back:
        assert back.execute("SELECT count(*) FROM person WHERE signed_out_at IS NULL").fetchone() == (0,)


def test_the_copy_of_another_council_and_another_key_are_said(filled: Cli, database: Path, tmp_path: Path) -> None:
    """A hand that is in a hurry takes the next file of the folder."""
    theirs, ours = (f"the key of {name} council, which is long enough" for name in ("another", "this"))
    now, today = SystemClock().now(), date(2026, 10, 14)
    with closing(Store(f"sqlite:///{database}", inline=True)) as store, store.transaction() as session:
        ladder = LadderSnapshot(digest="1", name="a-ladder", body={})
        asked = SurveyRound(duty="s", rule="X-1", title="S", promise="anonymous", starts_on=today, ends_on=today)
        session.add_all([ladder, asked])
        session.flush()
        about: dict[str, Any] = {
            "rule": "X-1",
            "subject_type": "audit",
            "subject_id": 1,
            "ladder_id": ladder.id,
            "opened_at": now,
        }
        deadline = Deadline(kind="their-duty", **about)
        session.add(deadline)
        session.flush()
        person = session.exec(select(Person.id).limit(1)).one()
        sheet = SurveySheet(key="a", round_id=asked.id, deadline_id=deadline.id, person_id=person, sealed=b"")
        sheet.sealed = Sealer(theirs).seal({"answers": {}}, "a")
        session.add(sheet)
    assert filled("backup", "copy.db").code == 0
    ran = filled("restore", "copy.db", database_url=f"sqlite:///{tmp_path}/back.db", secret_key=ours)
    assert ran.code == 0, ran.err
    assert "1 survey sheet is sealed with a key that is not in QABOT_SECRET_KEY" in ran.out
    assert "have no duty in the framework newham: their-duty. Is this the copy of this council" in ran.out
    shown = filled("doctor", database_url=f"sqlite:///{tmp_path}/back.db", secret_key=ours)
    assert "brought back from a copy" in shown.out
    assert "1 survey sheet is sealed" in shown.out
    well = filled("restore", "copy.db", database_url=f"sqlite:///{tmp_path}/well.db", secret_key=theirs)
    assert "survey sheet" not in well.out


def test_a_database_that_is_not_empty_is_left_alone(copied: Cli, database: Path) -> None:
    before = dump(database)
    ran = copied("restore", "copy.db")
    assert ran.code == 2
    assert "is not empty, and is not written over" in ran.err
    assert dump(database) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["backup", "nowhere/copy.db"], "there is no folder"),
        (["restore"], "Give the file of the copy"),
        (["restore", "none.db"], "there is no such file"),
        (["restore", "copy.db", "--in-place"], "Give the file of the copy"),
        (["release", "--sent-until", "2026-11-28T10:00", "--nothing-sent"], "not both"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_what_does_not_go_together_is_said(copied: Cli, words: list[str], said: str) -> None:
    ran = copied(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize("moment", ["soon", "1999-01-01T10:00", "2999-01-01T10:00"])
def test_a_moment_that_cannot_be_is_said(copied: Cli, tmp_path: Path, moment: str) -> None:
    there = f"sqlite:///{tmp_path}/back.db"
    copied("restore", "copy.db", database_url=there)
    ran = copied("release", "--sent-until", moment, database_url=there)
    assert ran.code == 2
    assert "is not a moment" in ran.err or "is not between the copy" in ran.err


def test_a_copy_that_another_tool_brought_waits_as_well(copied: Cli) -> None:
    ran = copied("restore", "--in-place")
    assert ran.code == 0, ran.err
    assert "The copy that stands there was made at" in ran.out
    assert "Nothing is sent" in copied("release").out


def test_beneath_a_service_that_runs_nothing_is_said_to_be_a_copy(
    copied: Cli, database: Path, at_work: Callable[[Store], AbstractContextManager[None]]
) -> None:
    with closing(Store(f"sqlite:///{database}", inline=True)) as store:
        with at_work(store):
            ran = copied("restore", "--in-place")
        assert (ran.code, "Stop it first" in ran.err) == (2, True)
        assert "Nothing is kept back" in copied("release").out
        assert copied("restore", "--in-place").code == 0, "one that was killed is not waited for"


def test_a_copy_that_was_put_where_the_database_stands_waits_as_well(copied: Cli, database: Path) -> None:
    (database.parent / "copy.db").replace(database)
    shown = copied("doctor", secret_key=SECRET)
    assert "brought back from a copy" in shown.out
    assert "--nothing-sent" in copied("release").out
    assert copied("release", "--nothing-sent").code == 0
    assert "Nothing is kept back" in copied("release").out


def test_said_twice_a_copy_is_as_old_as_it_was(copied: Cli, tmp_path: Path) -> None:
    there = f"sqlite:///{tmp_path}/back.db"
    first = copied("restore", "copy.db", database_url=there)
    made = first.out.partition("was made at ")[2].partition(". Nothing")[0]
    with sqlite3.connect(tmp_path / "back.db") as file:
        earlier = '{"copied": "2026-03-02T10:00:00+00:00", "at": "2026-03-02T11:00:00+00:00"}'
        file.execute("UPDATE meta SET value = ? WHERE key = 'brought-back'", (earlier,))
    again = copied("restore", "--in-place", database_url=there)
    assert made
    assert "was made at 2 March 2026 at 10am" in again.out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("CREATE TABLE notes (id INTEGER)", "not qabot's: notes"),
        ("DELETE FROM alembic_version", "is no copy of a database of qabot"),
    ],
)
def test_what_cannot_be_brought_back_leaves_nothing_in_the_way(
    copied: Cli, tmp_path: Path, change: str, said: str
) -> None:
    (tmp_path / "odd.db").write_bytes((tmp_path / "copy.db").read_bytes())
    with sqlite3.connect(tmp_path / "odd.db") as file:
        file.execute(change)
    there = f"sqlite:///{tmp_path}/back.db"
    ran = copied("restore", "odd.db", database_url=there)
    assert (ran.code, said in ran.err) == (2, True)
    assert copied("restore", "copy.db", database_url=there).code == 0


@pytest.mark.parametrize(
    ("pack", "said"),
    [
        (gzip.compress, "is packed (gzip, as .gz)"),
        (lzma.compress, "is packed (xz)"),
        (bz2.compress, "(bzip2, as .bz2)"),
    ],
)
def test_a_packed_copy_is_to_be_unpacked_first(
    copied: Cli, tmp_path: Path, pack: Callable[[bytes], bytes], said: str
) -> None:
    (tmp_path / "copy.packed").write_bytes(pack((tmp_path / "copy.db").read_bytes()))
    ran = copied("restore", "copy.packed", database_url=f"sqlite:///{tmp_path}/back.db")
    assert (ran.code, said in ran.err, "Unpack it" in ran.err) == (2, True, True)


def test_a_zip_is_packed_too(copied: Cli, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "copy.zip", "w") as packed:
        packed.write(tmp_path / "copy.db")
    ran = copied("restore", "copy.zip", database_url=f"sqlite:///{tmp_path}/back.db")
    assert (ran.code, "is packed (zip)" in ran.err) == (2, True)


def test_a_database_with_tables_and_no_row_holds_nothing(copied: Cli, tmp_path: Path) -> None:
    there = f"sqlite:///{tmp_path}/back.db"
    assert copied("upgrade", "--new-database", database_url=there).code == 0
    assert copied("restore", "copy.db", database_url=there).code == 0


def test_a_database_that_is_older_than_the_program_says_how_it_is_copied(copied: Cli, database: Path) -> None:
    with closing(Store(f"sqlite:///{database}", inline=True)) as store:
        downgrade(store, "0038", lose=True)
    before = dump(database)
    ran = copied("backup", "older.db")
    assert (ran.code, ran.out) == (2, "")
    assert "Use the qabot that runs there" in ran.err
    assert dump(database) == before
    assert "with the qabot that runs there" in copied("upgrade", "--check").out


def test_a_name_that_sqlite_does_not_take_is_said(copied: Cli, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    ran = copied("backup", "copy?of=monday.db")
    assert (ran.code, "question mark" in ran.err) == (2, True)
    assert sorted(tmp_path.iterdir()) == before
