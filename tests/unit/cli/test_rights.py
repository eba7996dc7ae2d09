"""qabot person, hold and retention, as an administrator types them."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from qabot.models import Nomination, Person, Store
from qabot.models.migrate import upgrade
from tests.support import small_council
from tests.unit.cli.conftest import Cli

SOFIA = "sofia@council.example"


@pytest.fixture(autouse=True)
def council(database: Path) -> None:
    store = Store(f"sqlite:///{database}", inline=True)
    upgrade(store)
    with store.transaction() as session:
        small_council.fill(session)
        sofia = session.get_one(Person, _id(session))
        sofia.active = False
        session.add(sofia)
    store.close()


def _id(session: Session) -> int:
    from qabot.rights.finding import person_of

    return person_of(session, SOFIA).id


def test_a_copy_is_written_and_says_what_is_not_in_it(cli: Cli, tmp_path: Path) -> None:
    ran = cli("person", "export", SOFIA, tmp_path / "sofia.json")
    assert ran.code == 0
    assert "An anonymous survey is linked to nobody" in ran.out
    whole = json.loads((tmp_path / "sofia.json").read_text("utf-8"))
    assert whole["about"]["name"] == "Sofia Brandt"
    assert whole["about"]["line_manager"] == "[Practice Lead]"
    assert "Ade Lawal" not in json.dumps(whole)


def test_erasing_lists_first_then_asks_for_the_name_then_does_it(cli: Cli) -> None:
    ran = cli("person", "erase", SOFIA)
    assert ran.code == 0
    assert "chat accounts" in ran.out
    assert 'Nothing was changed. To do it: qabot person erase sofia@council.example --confirm "Sofia Brandt"' in ran.out
    wrong = cli("person", "erase", SOFIA, "--confirm", "Sofia")
    assert wrong.code == 2
    assert "is not the name" in wrong.err
    done = cli("person", "erase", SOFIA, "--confirm", "sofia brandt")
    assert done.code == 0
    assert "Former colleague" in done.out
    again = cli("person", "erase", SOFIA)
    assert again.code == 2
    assert "Nobody with the e-mail address" in again.err


def test_who_was_erased_is_found_in_a_copy_from_before_by_what_was_written_down(cli: Cli, tmp_path: Path) -> None:
    assert cli("backup", "before.db").code == 0
    done = cli("person", "erase", SOFIA, "--confirm", "Sofia Brandt")
    [address] = re.findall(r"qabot person erase (former-\d+@erased\.invalid)", done.out)
    there = f"sqlite:///{tmp_path}/back.db"
    assert "whoever was erased is back" in cli("restore", "before.db", database_url=there).out
    shown = cli("person", "erase", address, database_url=there)
    assert f'To do it: qabot person erase {address} --confirm "Sofia Brandt"' in shown.out
    assert cli("person", "erase", address, "--confirm", "Sofia Brandt", database_url=there).code == 0
    with closing(sqlite3.connect(tmp_path / "back.db")) as back:
        assert back.execute("SELECT count(*) FROM person WHERE name LIKE 'Sofia%'").fetchone() == (0,)


def test_somebody_at_work_or_held_is_refused(cli: Cli) -> None:
    ran = cli("person", "erase", "mina@council.example", "--confirm", "Mina Sharpe")
    assert ran.code == 2
    assert "Mina Sharpe still works here" in ran.err
    assert "Hold 1" in cli("hold", "person", SOFIA, "--why", "A complaint is open").out
    assert "There is a legal hold: A complaint is open" in cli("person", "erase", SOFIA).err
    assert "Sofia Brandt" in cli("hold", "list").out
    assert cli("hold", "end", "1").code == 0
    assert "There is no hold 1 that lasts" in cli("hold", "end", "1").err
    assert cli("person", "erase", SOFIA).code == 0


def test_a_hold_needs_a_reason_without_an_identifier(cli: Cli) -> None:
    assert "NHS number" in cli("hold", "person", SOFIA, "--why", "about 943 476 5919").err
    assert "There is no audit 'QA-1'" in cli("hold", "audit", "QA-1", "--why", "A complaint").err


def test_retention_says_what_would_go_and_changes_nothing(cli: Cli) -> None:
    ran = cli("retention", retention="absences=14")
    assert ran.code == 0
    assert "14 days" in ran.out
    assert "Nothing was changed." in ran.out
    assert "Kept: Audits, what was owed" in ran.out
    assert "Went" in cli("retention", "--run").out


def test_whoever_is_outside_the_list_is_found_by_their_address(cli: Cli, database: Path, tmp_path: Path) -> None:
    address, now = "hana@nhs.example", datetime(2026, 11, 20, tzinfo=UTC)
    store = Store(f"sqlite:///{database}", inline=True)
    with store.transaction() as session:
        session.add(
            Nomination(
                nominee_email=address,
                nominator_id=_id(session),
                submitted_at=now,
                seen_on=now.date(),
                once="1",
                what="She listened.",
                difference="They came.",
                seen_in="Meeting",
            )
        )
    store.close()
    assert cli("person", "export", address, tmp_path / "hana.json").code == 0
    whole = json.loads((tmp_path / "hana.json").read_text("utf-8"))
    assert whole["data"]["nomination"]["rows"][0]["what"] == "She listened."
    assert f'--confirm "{address}"' in cli("person", "erase", address).out
    assert "is not hana@nhs.example" in cli("person", "erase", address, "--confirm", "Hana").err
    assert cli("person", "erase", address, "--confirm", address).code == 0
    assert "Nobody with the e-mail address" in cli("person", "erase", address).err


def test_what_is_printed_is_as_it_was_written(cli: Cli, database: Path) -> None:
    """What stands in brackets, or between colons, is no instruction to whatever prints it."""
    why = "[/b] see [red]file 7[/red] :warning:"
    assert cli("hold", "person", SOFIA, "--why", why).code == 0
    shown = cli("hold", "list")
    assert shown.code == 0
    assert [each for each in why.split() if each not in shown.out] == []
    copied = cli("backup", "[red]:x:.db")
    assert copied.out.startswith("[red]:x:.db: ")


@pytest.mark.parametrize("number", ["99999999999999999999999", "2147483648", "many"])
def test_a_number_that_no_hold_can_have_is_said(cli: Cli, number: str) -> None:
    ran = cli("hold", "end", number)
    assert (ran.code, "Traceback" in ran.err) == (2, False)
    assert "number" in ran.err
