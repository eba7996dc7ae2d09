"""qabot framework confirm: noted in the database, shown and counted, and void once the reading changes."""

from pathlib import Path

import pytest

from qabot.models import Store
from qabot.models.migrate import upgrade
from tests.unit.cli.conftest import Cli

WORDS = ("framework", "confirm", "NEW-ESC-1.1", "--by", "Mina Patel", "--on", "2026-11-20")


@pytest.fixture
def made(database: Path) -> None:
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    store.close()


@pytest.mark.usefixtures("made")
def test_it_is_shown_where_the_rule_is_and_counted_by_the_doctor(cli: Cli) -> None:
    before = cli("doctor").out
    ran = cli(*WORDS)
    assert ran.code == 0
    assert "NEW-ESC-1.1: reading D6, D6a, confirmed by Mina Patel on 20 November" in ran.out
    assert "(reading D6, D6a, confirmed by Mina Patel on 20 November" in " ".join(
        cli("framework", "show", "newham").out.split()
    )
    counts = [int(text.split(" readings are to be confirmed")[0].split()[-1]) for text in (before, cli("doctor").out)]
    assert counts[0] - counts[1] == 1


@pytest.mark.usefixtures("made")
def test_it_is_shown_however_the_address_of_the_file_is_written(cli: Cli, database: Path) -> None:
    cli(*WORDS)
    for each in (f"sqlite:///{database}?timeout=5", f"sqlite:///{database.parent}/%71abot.sqlite3"):
        shown = cli("framework", "show", "newham", database_url=each)
        assert "confirmed by Mina Patel" in " ".join(shown.out.split()), each


@pytest.mark.usefixtures("made")
def test_a_reading_that_changes_is_to_be_confirmed_again(cli: Cli, tmp_path: Path) -> None:
    cli(*WORDS)
    ours = "framework: newham\nextends: newham\nconfirm:\n  D6: Week 3, 5 and 9 after moderation.\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "newham.yaml").write_text(ours, "utf-8")
    shown = cli("framework", "show", "newham", frameworks_folder=str(tmp_path / "own")).out
    assert "confirmed by Mina Patel" not in shown


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("NEW-ESC-9", "--by", "Mina", "--on", "2026-11-20"), "'NEW-ESC-9' is no rule of this framework"),
        (("NEW-DAT-1", "--by", "Mina", "--on", "2026-11-20"), "is explicit: there is nothing to confirm"),
        (("NEW-MOD-2", "--by", " ", "--on", "2026-11-20"), "Say who confirmed it"),
        (("NEW-MOD-2", "--by", "Mina", "--on", "2099-11-20"), "is still to come"),
        (("NEW-MOD-2", "--by", "Mina", "--on", "soon"), "--on: 'soon' is not a day"),
    ],
)
@pytest.mark.usefixtures("made")
def test_what_cannot_be_confirmed_is_said(cli: Cli, words: tuple[str, ...], sentence: str) -> None:
    ran = cli("framework", "confirm", *words)
    assert ran.code == 2
    assert sentence in ran.err
