"""qabot people fetch and export: a filled people file, to edit and import."""

import asyncio
import csv
from pathlib import Path

from tests.support.slack import FakeSlack
from tests.unit.cli.conftest import Cli, dump


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def test_what_is_exported_changes_nothing_when_it_is_imported(filled: Cli, tmp_path: Path, database: Path) -> None:
    first = tmp_path / "council" / "people.csv"
    with first.open(encoding="utf-8") as text:
        leaver = next(row for row in csv.DictReader(text) if not row["roles"])
    (tmp_path / "leaver.csv").write_text(f"name,email,active\n{leaver['name']},{leaver['email']},no\n", "utf-8")
    assert filled("people", "import", "leaver.csv").code == 0
    ran = filled("people", "export", "out.csv")
    assert (ran.code, "out.csv is written: 30 people." in ran.out) == (0, True), ran.err
    before = dump(database)
    ran = filled("people", "import", "out.csv")
    assert "added: 0, changed: 0, unchanged: 30" in ran.out, ran.out + ran.err
    assert [line for line in dump(database) if '"meta"' not in line] == [
        line for line in before if '"meta"' not in line
    ]
    assert [row["active"] for row in rows(tmp_path / "out.csv")] == ["yes"] * 29 + ["no"]


def made(folder: Path) -> set[str]:
    """Which kinds of file are there."""
    return {f"*{each.suffix}" for each in folder.iterdir()}


async def test_slack_s_members_are_a_people_file(cli: Cli, tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        add = slack.workspace.add_user
        add("U1", "zoë brontë-hughes", "zoe@council.example")
        add("U2", "pat leaver", "pat@council.example", deleted=True)
        add("U3", "guest partner", "guest@partner.example", guest=True)
        add("U4", "standup bot", is_bot=True)
        add("U5", "nobody known")
        given = {name.removeprefix("QABOT_").lower(): value for name, value in slack.environ.items()}
        ran = await asyncio.to_thread(cli, "people", "fetch", "people.csv", "--from", "slack", **given)
    assert ran.code == 0, ran.err
    assert rows(tmp_path / "people.csv") == [
        {"name": "Zoë Brontë-Hughes", "email": "zoe@council.example", "active": "yes"},
        {"name": "Pat Leaver", "email": "pat@council.example", "active": "no"},
    ]
    assert "2 people, 1 of whom have left; 1 without an e-mail address or a name are left out." in ran.out
    assert made(tmp_path) == {"*.csv"}, "no database"
    again = cli("people", "import", "people.csv", "--new-database", "--allow-vacant")
    assert "rows left out: 1 (have left, and were never here)" in again.out
    assert cli("people", "fetch", "people.csv", "--from", "slack").err.startswith("people.csv: there is a file already")
    assert "no directory that qabot reads" in cli("people", "fetch", "other.csv", "--from", "ldap").err


def test_an_adapter_that_cannot_be_asked_is_told(cli: Cli, tmp_path: Path) -> None:
    settings = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "slack_api_url": "http://127.0.0.1:9/api/"}
    ran = cli("people", "fetch", "people.csv", "--from", "slack", **settings)
    assert ran.code == 2
    assert "Check it with: qabot doctor slack" in ran.err
    assert not (tmp_path / "people.csv").exists()
    assert "QABOT_TEAMS" in cli("people", "fetch", "people.csv", "--from", "graph").err
