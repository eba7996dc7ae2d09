"""Which database a command uses: it is named, it is the service's, and none is made unasked."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from qabot.models import Store
from qabot.models.migrate import downgrade
from tests.unit.cli.conftest import SECRET, Cli, dump

COMMANDS = [
    ["people", "import", "people.csv"],
    ["people", "import", "people.csv", "--dry-run"],
    ["people", "account", "ana@council.example", "slack", "U1"],
    ["cases", "import", "cases.csv"],
    ["audits", "import", "audits.csv"],
    ["link", "ana@council.example"],
    ["framework", "diff", "newham", "newham", "--open"],
]


@pytest.fixture
def written(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("name,email\nAna Costa,ana@council.example\n")
    (tmp_path / "cases.csv").write_text("reference,team\n123456,East\n")
    (tmp_path / "audits.csv").write_text(
        "case_reference,activity,cycle,auditor\n123456,practice-learning-review,2026-10-01,ana@council.example\n"
    )


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("unset", [True, False], ids=["no settings", "settings"])
def test_a_command_where_no_database_is_makes_none_and_says_so(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], unset: bool
) -> None:
    if unset:
        monkeypatch.delenv("QABOT_DATABASE_URL")
    ran = cli(*words, secret_key=SECRET)
    assert (ran.code, ran.out) == (2, "")
    assert f"There is no database of qabot at {tmp_path}/qabot.sqlite3." in ran.err
    assert ("QABOT_DATABASE_URL is not set here" in ran.err) == unset
    assert list(tmp_path.glob("*.sqlite3*")) == []


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_names_its_database_beside_what_it_prints(cli: Cli, database: Path, words: list[str]) -> None:
    cli("people", "import", "people.csv", "--allow-vacant", "--new-database")
    ran = cli(*words, secret_key=SECRET)
    assert ran.err.startswith(f"Database: {database}\n")
    assert str(database) not in ran.out


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_database_of_another_program_is_left_alone(cli: Cli, database: Path, words: list[str]) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE person (anything TEXT)")
    before = dump(database)
    for more in ([], ["--new-database"]) if words[:2] == ["people", "import"] else ([],):
        ran = cli(*words, *more, secret_key=SECRET)
        assert (ran.code, ran.out) == (2, "")
        assert f"The database {database} is another program's." in ran.err
    assert dump(database) == before


def test_a_database_in_memory_is_refused_because_it_keeps_nothing(cli: Cli, files: tuple[Path, Path]) -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        for words in (["people", "import", files[0], "--new-database"], ["link", "ana@council.example"], ["serve"]):
            ran = cli(*words, database_url=url, secret_key=SECRET, port="1")
            assert ran.code == 2
            assert "a database in memory, which keeps nothing" in ran.err


@pytest.mark.postgres
def test_a_password_is_never_named(cli: Cli, files: tuple[Path, Path]) -> None:
    ran = cli("people", "import", files[0], database_url="postgresql://qabot:hush@127.0.0.1:9/qabot")
    assert ran.code == 2
    assert "Database: postgresql://qabot:***@127.0.0.1:9/qabot" in ran.err
    assert "hush" not in ran.err + ran.out


LOOKING = [
    ["log", "verify"],
    ["release"],
    ["release", "--nothing-sent"],
    ["token", "list"],
    ["people", "export", "written.csv"],
    ["sign-out", "ana@council.example"],
    ["reseal"],
    ["send-test", "ana@council.example"],
]


@pytest.mark.usefixtures("written")
def test_no_command_but_those_that_are_for_it_brings_an_older_database_up(cli: Cli, database: Path) -> None:
    """It is copied first, with the program that runs there: whoever looks with a new one must not forestall that."""
    cli("upgrade", "--new-database")
    with closing(Store(f"sqlite:///{database}", inline=True)) as store:
        downgrade(store, "0038", lose=True)
    before = dump(database)
    for words in (*COMMANDS, *LOOKING):
        ran = cli(*words, secret_key=SECRET)
        assert (ran.code, ran.out) == (2, ""), words
        assert "of version 0038" in ran.err, words
        assert "`qabot upgrade` brings it up" in ran.err, words
        assert dump(database) == before, words
    assert cli("upgrade").code == 0
    for words in (*COMMANDS, *LOOKING):
        assert "of version" not in cli(*words, secret_key=SECRET).err, words


@pytest.mark.parametrize("words", [["serve"], ["upgrade", "--new-database"], ["status"]], ids=" ".join)
def test_no_new_database_is_made_beside_the_log_of_one_that_was_moved_away(
    cli: Cli, database: Path, words: list[str]
) -> None:
    """SQLite throws such a log away, and with it what was written last."""
    left = database.with_name(f"{database.name}-wal")
    left.write_bytes(b"what was written last")
    ran = cli(*words, secret_key=SECRET)
    assert ran.code == 2
    assert f"{left} is there without its database" in ran.out + ran.err
    assert left.read_bytes() == b"what was written last"
    assert not database.exists()
