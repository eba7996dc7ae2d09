"""qabot people fetch, compare and export: a filled people file, and a directory against what is here."""

import asyncio
import csv
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from tests.support.slack import FakeSlack
from tests.support.teams.connector import Connector, Fault
from tests.unit.cli.conftest import SECRET, Cli, dump


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


def people_of(database: Path) -> dict[str, tuple[str, int]]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT email, name, active FROM person WHERE active ORDER BY email").fetchall()
    return {email: (name, active) for email, name, active in rows}


def settings_of(environ: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix("QABOT_").lower(): value for name, value in environ.items()}


async def test_slack_s_members_are_compared(filled: Cli, database: Path) -> None:
    here = list(people_of(database).items())
    (leaver, (left, _)), (other, _) = here[0], here[1]
    async with FakeSlack() as slack:
        for number, (email, (name, _)) in enumerate(here):
            slack.workspace.add_user(f"U{number}", name.lower(), email, deleted=email == leaver)
        slack.workspace.users["U1"]["profile"]["real_name"] = "Somebody Else"
        slack.workspace.add_user("U900", "guest partner", "guest@partner.example", guest=True)
        slack.workspace.add_user("U901", "of the library", "library@council.example")
        given = settings_of(slack.environ)
        before = dump(database)
        tried = await asyncio.to_thread(filled, "people", "compare", "--from", "slack", "--dry-run", **given)
        assert tried.code == 0, tried.err
        assert f"would leave here or wait for an administrator: {left}" in tried.out
        assert dump(database) == before
        ran = await asyncio.to_thread(filled, "people", "compare", "--from", "slack", **given)
        refused = await asyncio.to_thread(
            filled, "people", "compare", "--from", "slack", **given, directory="graph", secret_key=SECRET
        )
    assert ran.code == 0, ran.err
    assert f"Read: {len(here)} who work there, {len(here) - 1} of them here." in ran.out
    assert f"Left here now: {left}" in ran.out
    assert "Differences to decide: 1" in ran.out
    assert people_of(database) == {each: said for each, said in here if each != leaver}
    assert other in people_of(database), "a name is not taken unasked"
    assert "the service compares graph" in refused.err


async def test_graph_s_members_are_compared_with_their_managers(filled: Cli, database: Path) -> None:
    here = list(people_of(database).items())[:2]
    connector = Connector()
    await connector.start()
    try:
        lead, worker = connector.add("Lead"), connector.add("Worker")
        (lead.email, _), (worker.email, _) = here
        worker.graph = {"manager": {"id": lead.account, "mail": lead.email}, "employeeId": "100005"}
        given = settings_of(connector.environ())
        connector.faults = [Fault("/v1.0/users", 503)]
        before = dump(database)
        broken = await asyncio.to_thread(filled, "people", "compare", "--from", "graph", **given)
        assert (broken.code, dump(database)) == (2, before)
        assert "503" in broken.err
        ran = await asyncio.to_thread(filled, "people", "compare", "--from", "graph", **given)
    finally:
        await connector.stop()
    assert ran.code == 0, ran.err
    assert "Left here now: nobody" in ran.out
    with sqlite3.connect(database) as connection:
        rows = dict(connection.execute("SELECT field, stated FROM difference").fetchall())
    assert rows["line_manager"] == lead.email
    assert rows["employee_id"] == "100005"
