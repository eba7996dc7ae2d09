"""qabot setup: what it asks and writes, that it writes nothing where something is wrong, and nothing by half."""

import os
import sqlite3
from io import StringIO
from pathlib import Path

import pytest

from qabot.cli.setting_up import writing
from qabot.cli.setting_up.questions import questions
from qabot.settings_file import read_settings_file
from qabot.wiring import known_chats
from tests.unit.cli.conftest import Cli, Ran

FILE = """\
council: Oakshire
duty-line: the duty team on 0300 123 4567
framework: newham
address: https://qabot.oakshire.example/
administrator: Ana Costa <Ana.Costa@oakshire.example>
chat: slack
slack-bot-token: xoxb-of-the-tests
slack-app-token: xapp-of-the-tests
"""
MADE = ["frameworks/ours.yaml", "qabot.env", "qabot.sqlite3", "secrets/secret-key"]
OF_SLACK = ["secrets/slack-app-token", "secrets/slack-bot-token", "slack-manifest.yaml"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "council" / "settings"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.yaml"
    path.write_text(FILE, "utf-8")
    return path


def made(folder: Path) -> list[str]:
    return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())


def asked(cli: Cli, monkeypatch: pytest.MonkeyPatch, folder: Path, *lines: str, options: tuple[str, ...] = ()) -> Ran:
    """What comes of these lines, typed one after another."""
    monkeypatch.setattr("sys.stdin", StringIO("".join(f"{each}\n" for each in lines)))
    return cli("setup", "--folder", folder, *options)


def test_a_file_of_answers_becomes_settings_secrets_rules_and_the_first_person(
    cli: Cli, folder: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = cli("setup", "--folder", folder, "--answers", answers)
    assert ran.code == 0, ran.err
    assert made(folder) == sorted(MADE + OF_SLACK)
    assert all(each.stat().st_mode & 0o077 == 0 for each in [folder, *folder.rglob("*")])
    settings = read_settings_file(folder / "qabot.env")
    assert settings == {
        "QABOT_DATABASE_URL": f"sqlite:///{folder}/qabot.sqlite3",
        "QABOT_FRAMEWORK": "ours",
        "QABOT_FRAMEWORKS_FOLDER": f"{folder}/frameworks",
        "QABOT_BASE_URL": "https://qabot.oakshire.example",
        "QABOT_SECRET_KEY_FILE": f"{folder}/secrets/secret-key",
        "QABOT_ADAPTERS": "slack",
        "QABOT_SLACK_BOT_TOKEN_FILE": f"{folder}/secrets/slack-bot-token",
        "QABOT_SLACK_APP_TOKEN_FILE": f"{folder}/secrets/slack-app-token",
        "QABOT_SLACK_ADMIN": "Ana.Costa@oakshire.example",
    }
    assert (folder / "secrets" / "slack-bot-token").read_text("utf-8") == "xoxb-of-the-tests\n"
    assert "xoxb-of-the-tests" not in (folder / "qabot.env").read_text("utf-8") + ran.out
    assert f"export QABOT_SETTINGS_FILE={folder}/qabot.env" in ran.out
    for name in settings:  # what the command takes into the environment is out of it again after the test
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    said = cli("doctor", settings_file=str(folder / "qabot.env")).out
    assert "OK   Council: Oakshire; duty line: the duty team on 0300 123 4567" in said
    assert "OK   Base address: https://qabot.oakshire.example" in said
    assert f"OK   Database: {folder}/qabot.sqlite3: 1 people" in said
    assert "NOTE Administrators" not in said
    assert "NOTE Files" not in said


def test_everything_that_is_wrong_in_a_file_is_said_at_once(cli: Cli, folder: Path, answers: Path) -> None:
    answers.write_text(
        """\
council: Newham (demonstration)
duty-line: the duty team
framework: newhan
databse: sqlite:///here
address: http://qabot.oakshire.example
chat: slack
slack-bot-token: xapp-1
""",
        "utf-8",
    )
    ran = cli("setup", "--folder", folder, "--answers", answers)
    assert ran.code == 2
    for line, what in (
        (1, "council: this is the demonstration's; expected the council's own"),
        (2, "duty-line: expected a telephone number in it"),
        (3, "framework: "),
        (4, "databse: nobody asks this"),
        (5, "address: expected https"),
        (7, "slack-bot-token: expected what begins with xoxb-"),
    ):
        assert f"{answers}:{line}:1: {what}" in ran.err, ran.err
    assert "did you mean 'newham'" in ran.err
    assert "administrator: is missing" in ran.err
    assert "slack-app-token: is missing" in ran.err
    assert not folder.parent.exists()


def test_a_wrong_answer_is_asked_for_again(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["", "Oakshire", "nobody", "the duty team on 0300 123 4567", "", "mysql://db", "", "oakshire.example"]
    lines += ["https://qabot.oakshire.example", "Ana", "Ana Costa <ana@oakshire.example>", "pigeon", "teams"]
    lines += ["an id", "22222222-2222-4222-8222-222222222222", "11111111-1111-4111-8111-111111111111"]
    lines += ["33333333-3333-4333-8333-333333333333", ""]
    ran = asked(cli, monkeypatch, folder, *lines)
    assert ran.code == 0, ran.err
    for said in (
        "An answer is needed",
        "Expected a telephone number",
        "Expected an id such as",
        "'pigeon' is not installed",
    ):
        assert said in ran.out
    assert "its id, which stands beside it" in ran.out
    settings = read_settings_file(folder / "qabot.env")
    assert settings["QABOT_TEAMS_APP_ID"] == "22222222-2222-4222-8222-222222222222"
    assert "QABOT_TEAMS_SECRET_FILE" not in settings
    assert made(folder) == sorted([*MADE, "qabot-teams.zip"])
    assert "messaging endpoint https://qabot.oakshire.example/api/messages" in ran.out


def test_whoever_leaves_half_way_leaves_nothing(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = asked(cli, monkeypatch, folder, "Oakshire", "the duty team on 0300 123 4567", options=("--chat", "none"))
    assert (ran.code, "Nothing was written." in ran.err) == (2, True)
    assert not folder.parent.exists()
    ran = asked(cli, monkeypatch, folder, options=("--chat", "pigeon"))
    assert (ran.code, "--chat: 'pigeon' is not installed" in ran.err) == (2, True)


def test_what_is_there_is_not_written_over_unasked(cli: Cli, folder: Path, answers: Path) -> None:
    assert cli("setup", "--folder", folder, "--answers", answers).code == 0
    before = {each: (folder / each).read_bytes() for each in made(folder)}
    answers.write_text(FILE.replace("Oakshire", "Elmshire"), "utf-8")
    ran = cli("setup", "--folder", folder, "--answers", answers)
    assert (ran.code, "qabot.env is there already" in ran.err) == (2, True)
    (folder / "qabot.env").rename(folder / "away.env")
    ran = cli("setup", "--folder", folder, "--answers", answers)
    assert (ran.code, "has these already: frameworks, secrets, slack-manifest.yaml" in ran.err) == (2, True)
    (folder / "away.env").rename(folder / "qabot.env")
    assert {each: (folder / each).read_bytes() for each in made(folder)} == before
    assert cli("setup", "--folder", folder, "--answers", answers, "--replace").code == 0
    assert "Elmshire" in (folder / "frameworks" / "ours.yaml").read_text("utf-8")
    assert (folder / "before-1" / "frameworks" / "ours.yaml").read_bytes() == before["frameworks/ours.yaml"]
    assert (folder / "secrets" / "secret-key").read_bytes() == before["secrets/secret-key"]
    people = sqlite3.connect(folder / "qabot.sqlite3").execute("select count(*) from person").fetchone()
    assert people == (1,)


@pytest.mark.parametrize("wrong", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", [1, 4])
def test_what_fails_half_way_is_taken_back(
    cli: Cli, folder: Path, answers: Path, monkeypatch: pytest.MonkeyPatch, step: int, wrong: BaseException
) -> None:
    """At the first and at the last of the moves that bring everything into its place."""
    moves = []

    def move(old: Path, new: Path, steps: writing.Steps) -> None:
        moves.append(new)
        if len(moves) == step:
            raise wrong
        honest(old, new, steps)

    honest = writing._move
    monkeypatch.setattr(writing, "_move", move)
    ran = cli("setup", "--folder", folder, "--answers", answers)
    assert ran.code == (130 if isinstance(wrong, KeyboardInterrupt) else 2)
    assert isinstance(wrong, KeyboardInterrupt) or "No space left on device. Nothing was written." in ran.err
    assert not folder.parent.exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root makes files for another user")
def test_what_root_makes_belongs_to_the_owner_of_the_folder(cli: Cli, folder: Path, answers: Path) -> None:
    folder.mkdir(parents=True)
    os.chown(folder, 12345, 12346)
    assert cli("setup", "--folder", folder, "--answers", answers).code == 0
    assert {(each.stat().st_uid, each.stat().st_gid) for each in folder.rglob("*")} == {(12345, 12346)}


def test_a_database_s_password_is_a_secret(folder: Path) -> None:
    given = {each.key: "x" for each in questions(folder, {})} | {"administrator": "Ana <a@b>", "chat": "none"}
    url = "postgresql://qabot:of-the-tests@db.oakshire.example/qabot"
    planned = writing.plan(folder, given | {"database": url}, known_chats())
    assert planned.settings["QABOT_DATABASE_URL_FILE"] == f"{folder}/secrets/database-url"
    assert planned.texts["secrets/database-url"] == f"{url}\n"
    assert "of-the-tests" not in planned.texts["qabot.env"]
    open_url = "postgresql://qabot@db.oakshire.example/qabot"
    assert writing.plan(folder, given | {"database": open_url}, {}).settings["QABOT_DATABASE_URL"] == open_url


def test_a_file_s_rules_are_extended_by_its_path(cli: Cli, folder: Path, answers: Path, tmp_path: Path) -> None:
    (tmp_path / "region.yaml").write_text("framework: region\nextends: newham\ntitle: A region's rules\n", "utf-8")
    answers.write_text(FILE.replace("framework: newham", "framework: ./region.yaml"), "utf-8")
    assert cli("setup", "--folder", folder, "--answers", answers).code == 0
    ours = (folder / "frameworks" / "ours.yaml").read_text("utf-8")
    assert f"extends: {tmp_path}/region.yaml" in ours
