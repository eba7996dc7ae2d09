"""qabot doctor: what it says of people, for any adapter. What an adapter checks itself is tested with the adapter."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from sqlmodel import col, select

from qabot.adapter import Finding
from qabot.models import Account, AccountClash, Person, Store
from qabot.models.migrate import downgrade, version
from qabot.web import checklist
from tests.support.slack import FakeSlack
from tests.unit.cli.conftest import Cli

NOWHERE = "http://127.0.0.1:9"
TEAMS = {
    "teams_app_id": "22222222-2222-4222-8222-222222222222",
    "teams_tenant_id": "11111111-1111-4111-8111-111111111111",
    "teams_secret": "wrong",
    "teams_login_url": NOWHERE,
    "teams_openid_url": NOWHERE,
    "base_url": NOWHERE,
}


def link(database: Path, people: int) -> None:
    """The first so many people have the app in Teams."""
    store = Store(f"sqlite:///{database}", inline=True)
    with store.transaction() as session:
        for number in range(1, people + 1):
            session.add(Account(person_id=number, adapter="teams", external_id=f"oid-{number}", conversation="chat"))
    store.close()


def test_it_says_how_many_people_are_out_of_reach_and_what_to_do(filled: Cli, database: Path) -> None:
    link(database, 20)
    ran = filled("doctor", "teams", **TEAMS)
    assert ran.code == 2, "the credential is wrong"
    everybody = next(line for line in ran.out.splitlines() if line.startswith("NOTE"))
    total = int(everybody.split(" of ")[1].split()[0])
    assert everybody == f"NOTE People: {total - 20} of {total} are not reached here, and are written to elsewhere"
    assert "Setup policies" in ran.out
    assert f"Their names: {NOWHERE}/programme/people?missing=teams" in ran.out


def test_it_says_that_a_calendar_on_which_somebody_rests_ran_out(cli: Cli, tmp_path: Path) -> None:
    text = """
framework: ours
extends: newham
calendar: {practice-week: {rule: NEW-ACT-15, days: [2026-05-11 to 2026-05-15]}}
activities: {practice-learning-review: {rest: {practice-lead: practice-week}}}
"""
    (tmp_path / "ours.yaml").write_text(text, "utf-8")
    said = cli("doctor", framework="ours", frameworks_folder=str(tmp_path)).out
    ended = "NOTE Calendar: practice-week\n     the last day of this period was 15 May 2026, so nobody rests from"
    assert ended in said


def test_it_says_when_nobody_is_imported_yet(cli: Cli) -> None:
    assert "NOTE People: nobody is imported yet" in cli("doctor", "teams", **TEAMS).out


def test_it_says_when_everybody_is_reached(filled: Cli, database: Path) -> None:
    total = int(filled("doctor", "teams", **TEAMS).out.split(" are not reached here")[0].split(" of ")[-1])
    link(database, total)
    assert f"OK   People: all {total} are reached" in filled("doctor", "teams", **TEAMS).out


def ask(database: Path, *others: str) -> str:
    """The first person has an account, and others might be theirs too; their address."""
    link(database, 1)
    store = Store(f"sqlite:///{database}", inline=True)
    with store.transaction() as session:
        for other in others:
            session.add(
                AccountClash(
                    person_id=1,
                    adapter="teams",
                    external_id=other,
                    name="Ana C",
                    why="It has this address too.",
                    since=datetime(2026, 10, 14, tzinfo=UTC),
                )
            )
        email = session.get_one(Person, 1).email
    store.close()
    return email


def test_it_says_which_accounts_need_a_decision_and_how_to_decide(filled: Cli, database: Path) -> None:
    email = ask(database, "oid-other")
    said = filled("doctor", "teams", **TEAMS).out
    assert "NOTE Accounts: 1 account needs a decision; until then qabot writes to the one that is linked" in said
    assert ": oid-other (Ana C). It has this address too." in said
    for answer in ("oid-1", "oid-other"):
        assert f"       qabot people account {email} teams {answer}" in said
    ran = filled("people", "account", email.upper(), "teams", "oid-other")
    assert ran.code == 0
    assert "is written to at oid-other in teams" in ran.out
    assert "NOTE Accounts" not in filled("doctor", "teams", **TEAMS).out


def test_an_answer_that_fits_no_question_is_refused_with_what_there_is(filled: Cli, database: Path) -> None:
    email = ask(database, "oid-other")
    ran = filled("people", "account", email, "teams", "oid-nobody")
    assert (ran.code, "oid-1 or oid-other" in ran.err) == (2, True)
    ran = filled("people", "account", "nobody@council.example", "teams", "oid-1")
    assert (ran.code, "Nobody has this e-mail" in ran.err) == (2, True)


def test_a_chat_that_is_not_set_up_is_told_in_a_sentence(cli: Cli, database: Path) -> None:
    for adapter, what in (
        ("pigeon", "The adapter 'pigeon' is not installed"),
        ("slack", "QABOT_SLACK_BOT_TOKEN is not set"),
    ):
        ran = cli("doctor", adapter)
        assert (ran.code, what in ran.out) == (2, True)
        assert not database.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "QABOT_SMTP_HOST is not set, so none is sent"),
        ({"smtp_host": "127.0.0.1", "smtp_port": "1"}, "by 127.0.0.1, port 1\n     nothing listens there."),
        ({"smtp_host": "127.0.0.1", "ca_file": "nowhere.pem"}, "QABOT_CA_FILE names nowhere.pem"),
    ],
)
def test_it_says_whether_whoever_runs_the_service_can_be_written_to(cli: Cli, given: dict[str, str], said: str) -> None:
    """Nobody misses an e-mail that never came."""
    ran = cli("doctor", operator_email="it@council.example", **given)
    assert ran.code == 2
    assert "FAIL E-mails to whoever runs the service" in ran.out
    assert said in ran.out
    assert "E-mails to whoever" not in cli("doctor").out


RUBBISH = {
    "nothing": b"",
    "a page": b"<html><body>Please sign in</body></html>",
    "a list": b"[]",
    "a document without anything": b'{"ok": true}',
    "one with the wrong kinds": b'{"ok": true, "team_id": "T1", "members": 3, "user": "U1", "url": 7}',
    "an error that nobody knows": b'{"ok": false, "error": {"code": 3}}',
}


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("body", RUBBISH.values(), ids=RUBBISH)
async def test_whatever_answers_in_a_platforms_place_is_said(cli: Cli, body: bytes, status: int) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers={"Date": "soon", "Content-Type": "application/json"})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there = f"http://127.0.0.1:{runner.addresses[0][1]}"
    slack = {
        "slack_bot_token": "xoxb-1",
        "slack_app_token": "xapp-1",
        "slack_api_url": f"{there}/api/",
        "slack_admin": "a@council.example",
    }
    try:
        for name, given in (("slack", slack), ("teams", TEAMS | {"teams_login_url": there, "teams_openid_url": there})):
            ran = await asyncio.to_thread(cli, "doctor", name, **given)
            assert ran.code == 2, name
            assert "FAIL" in ran.out, name
            assert "Traceback" not in ran.out + ran.err, name
    finally:
        await runner.cleanup()


WELL = {"secret_key": "a secret for the tests, long enough", "base_url": "https://qabot.council.example"}


def test_without_a_name_it_checks_all_and_makes_nothing(cli: Cli, database: Path) -> None:
    ran = cli("doctor")
    assert ran.code == 2
    fails = [line for line in ran.out.splitlines() if line.startswith("FAIL")]
    assert [each.split(":")[0] for each in fails] == ["FAIL Secret key", "FAIL Council", "FAIL Database"]
    assert "NOTE Base address: http://127.0.0.1:8700" in ran.out
    assert "council.name and council.duty_line" in ran.out
    assert not database.exists()


def test_all_is_well_where_all_is_set(filled: Cli, tmp_path: Path, database: Path) -> None:
    ours = tmp_path / "ours.yaml"
    council = "council: {name: Oakshire, duty_line: the duty team on 0300 123 4567}\n"
    ours.write_text(f"extends: newham\nframework: ours\n{council}", "utf-8")
    before = database.read_bytes()
    ran = filled("doctor", framework=str(ours), **WELL)
    assert (ran.code, [line for line in ran.out.splitlines() if line.startswith("FAIL")]) == (0, []), ran.out
    assert f"OK   Database: {database}: 30 people" in ran.out
    assert "Pilot" not in ran.out
    pilot = filled("doctor", framework=str(ours), pilot="nobody@council.example", **WELL)
    assert "FAIL Pilot: QABOT_PILOT is set" in pilot.out
    assert "Nobody here has these addresses: nobody@council.example." in pilot.out
    assert database.read_bytes() == before


def test_a_framework_that_is_wrong_is_a_finding_among_others(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("extends: newham\nframework: ours\ncolour: blue\n", "utf-8")
    ran = cli("doctor", framework=str(tmp_path / "ours.yaml"), **WELL)
    assert ran.code == 2
    assert "FAIL Framework and messages" in ran.out
    assert "OK   Secret key" in ran.out
    assert "FAIL Database" in ran.out


def test_a_folder_where_the_file_of_the_database_should_be_is_named(cli: Cli, tmp_path: Path) -> None:
    ran = cli("doctor", database_url=f"sqlite:///{tmp_path}")
    assert f"cannot be opened: {tmp_path} is a folder, and a file is expected." in ran.out


def test_every_chat_of_the_settings_is_checked(filled: Cli) -> None:
    ran = filled("doctor", adapters="slack,teams", **WELL | TEAMS)
    assert "FAIL Chat: slack" in ran.out
    assert "FAIL Credential" in ran.out, "and Teams after it"


def test_a_database_of_an_older_version_is_left_as_it_is(filled: Cli, database: Path) -> None:
    store = Store(f"sqlite:///{database}", inline=True)
    downgrade(store, "0010", lose=True)
    store.close()
    ran = filled("doctor", **WELL)
    assert f"NOTE Database: {database}, of version 0010" in ran.out
    store = Store(f"sqlite:///{database}", inline=True)
    assert version(store) == "0010"
    store.close()


async def test_whoever_has_an_account_in_the_directory_is_not_called_missing(filled: Cli, database: Path) -> None:
    """After an import nobody is linked yet: the service does that as soon as it reads the directory."""
    store = Store(f"sqlite:///{database}", inline=True)
    with store.transaction() as session:
        emails = list(session.exec(select(Person.email).where(col(Person.active))))
    store.close()
    async with FakeSlack() as slack:
        slack.workspace.add_user("U1", "admin")
        for number, email in enumerate(emails[1:]):
            slack.workspace.add_user(f"U9{number}", f"person{number}", email)
        given = {name.removeprefix("QABOT_").lower(): value for name, value in slack.environ.items()}
        ran = await asyncio.to_thread(filled, "doctor", "slack", slack_admin="U1", **given)
    assert f"OK   People: {len(emails) - 1} of {len(emails)} have an account here, and are linked once" in ran.out
    assert "NOTE People: 1 of 1 are not reached here" in ran.out


def test_what_is_still_to_be_done_is_the_list_of_the_page(filled: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checklist, "_people", lambda unit: [Finding("Another thing", False, "It is to be done.")])
    ran = filled("doctor", **WELL)
    assert ran.code == 2
    assert "FAIL Another thing\n     It is to be done.\n" in ran.out


def test_of_a_copy_that_waits_all_else_is_checked_as_well(filled: Cli) -> None:
    assert filled("restore", "--in-place").code == 0
    ran = filled("doctor")
    assert "brought back from a copy" in ran.out
    assert "OK   People" in ran.out, "and not those of an empty database"


def test_what_is_wrong_is_said_once(cli: Cli) -> None:
    ran = cli("doctor", messages_folder="nowhere", framework="nosuch", adapters="slack")
    assert ran.code == 2
    assert (ran.out + ran.err).count("QABOT_MESSAGES_FOLDER names nowhere") == 1


def test_a_new_key_that_is_too_short_to_stand_before_the_old_one_is_said(cli: Cli) -> None:
    """Both together would count as one key, which nothing was signed or sealed with."""
    old = "the old key of the tests which is long enough"
    short = cli("doctor", secret_key=f"a new one,{old}")
    assert short.code == 2
    assert "FAIL Secret key\n     It has a comma or a line break in it, and counts as one key" in short.out
    assert old not in short.out
    assert "FAIL Secret key" not in cli("doctor", secret_key=f"{old},{old} and more").out
    assert "OK   Secret key" in cli("doctor", secret_key="one key of the tests, with a comma, in it").out
