"""docs/first-run.md is walked as it stands: from nothing to the first message in Slack and in Teams, in twelve steps.

What is typed and answered is taken from the document. The folders are the test's own, the secrets the stand-ins', and
the command that systemd's unit has runs in this process. That `./install` does what it says is shown by test_install.
"""

import asyncio
import configparser
import os
import re
import shlex
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import httpx
import pytest

from deploy.adapters import chat_adapters
from tests.support.serving_here import served
from tests.support.slack import FakeSlack
from tests.support.slack.fake import APP_TOKEN, BOT_TOKEN
from tests.support.teams.client import Clients
from tests.support.teams.connector import SECRET, Connector, Person
from tests.support.waiting import until
from tests.unit.cli.conftest import Cli, cli, database

__all__ = ["cli", "database"]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "first-run.md").read_text("utf-8")
UNIT = ROOT / "deploy" / "systemd" / "qabot.service"
MOST = 12
QABOT = "/opt/qabot/bin/qabot"
ANA = "ana.costa@oakshire.example"


@dataclass(frozen=True)
class Typed:
    """A command of the document, and the answers under it, each with its question."""

    command: str
    answers: tuple[tuple[str, str], ...]


def walk(chat: str) -> list[Typed]:
    """What is typed under a heading."""
    section = PAGE[PAGE.index(f"## With {chat}") :]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)
    assert block is not None
    found: list[Typed] = []
    for line in block[1].splitlines():
        if line.startswith("$ "):
            found.append(Typed(line[2:], ()))
        else:
            parted = re.fullmatch(r"(.*):(?: (.+))?", line)
            assert parted is not None
            question, answer = parted[1], parted[2] or ""
            found[-1] = Typed(found[-1].command, (*found[-1].answers, (question, answer)))
    return found


@pytest.mark.parametrize("chat", ["Slack", "Microsoft Teams"])
def test_the_walk_has_no_more_than_twelve_steps_and_begins_with_an_installation(chat: str) -> None:
    steps = walk(chat)
    assert sum(1 + len(each.answers) for each in steps) <= MOST
    install = shlex.split(steps[0].command)
    assert install[:2] == ["./install", "/opt/qabot"]
    assert set(install[2:]) - {"--service"} <= {each.name for each in chat_adapters()}
    assert steps[2].command == "systemctl enable --now qabot"
    assert unit() == ([QABOT, "serve"], {"QABOT_SETTINGS_FILE": "/etc/qabot/qabot.env"})


def unit() -> tuple[list[str], dict[str, str]]:
    """The command that the service's unit starts, and the variables that it sets."""
    text = configparser.RawConfigParser(strict=False)
    text.read_string(UNIT.read_text("utf-8"))
    service = text["Service"]
    name, _, value = service["Environment"].partition("=")
    return shlex.split(service["ExecStart"]), {name: value}


def set_up(cli: Cli, monkeypatch: pytest.MonkeyPatch, step: Typed, folder: Path, *secrets: str) -> None:
    """The second step: what is asked is what the document says, and its answers are given."""
    words = shlex.split(step.command)
    assert words[:2] == [QABOT, "setup"]
    given = iter(secrets)
    answers = [next(given) if answer.endswith("...") else answer for _, answer in step.answers]
    monkeypatch.setattr("sys.stdin", StringIO("".join(f"{each}\n" for each in answers)))
    ran = cli(*words[1:], "--folder", folder)
    assert ran.code == 0, ran.err
    position = 0
    for question, _ in step.answers:
        asked = f"{question.replace('/var/lib/qabot', str(folder))}: "
        position = ran.out.index(asked, position) + len(asked)


async def test_from_nothing_to_the_first_message_in_slack(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, asks, _, last = walk("Slack")
    folder = tmp_path / "etc"
    set_up(cli, monkeypatch, asks, folder, BOT_TOKEN, APP_TOKEN)
    async with FakeSlack() as slack:
        slack.workspace.add_user("U0ANA", "ana costa", ANA)
        here = {"QABOT_SLACK_API_URL": slack.environ["QABOT_SLACK_API_URL"]}
        named = {**here, "QABOT_SETTINGS_FILE": str(folder / "qabot.env")}
        async with served(named):
            words = shlex.split(last.command)
            sudo, user, name, path = *words[:2], *words[2:4]
            assert (sudo, user, name) == ("sudo", "-u", "qabot")
            assert path == "QABOT_SETTINGS_FILE=/etc/qabot/qabot.env"
            with monkeypatch.context() as own:
                own.setattr(os, "environ", {**os.environ, **named})
                own.delitem(os.environ, "QABOT_DATABASE_URL")
                ran = await asyncio.to_thread(cli, *words[5:])
        assert ran.code == 0, ran.err
        assert "This is a test" in str(slack.to("U0ANA"))


async def test_from_nothing_to_the_first_message_in_teams(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, asks, _ = walk("Microsoft Teams")
    folder = tmp_path / "etc"
    set_up(cli, monkeypatch, asks, folder, SECRET)
    assert (folder / "qabot-teams.zip").is_file()
    connector = Connector()
    await connector.start()
    ana = Person("Ana Costa", "oid-ana", ANA, installed=True)
    connector.people[ana.account] = ana
    asked = ("APP_ID", "TENANT_ID", "SECRET")
    here = {name: value for name, value in connector.environ().items() if not name.endswith(asked)}
    try:
        named = {**here, "QABOT_SETTINGS_FILE": str(folder / "qabot.env")}
        async with served(named) as address, httpx.AsyncClient() as http:
            client = Clients(connector, lambda *_: None, set)  # type: ignore[arg-type]
            token = {"Authorization": f"Bearer {connector.issuer.token(connector.url)}"}
            said = client.activity(ana, text="help")
            answer = await http.post(f"{address}/api/messages", json=said, headers=token)
            assert answer.status_code == 200, answer.text
            await until(lambda: "nominate" in client.see(ana), "an answer to help")
            await client.close()
    finally:
        await connector.stop()
