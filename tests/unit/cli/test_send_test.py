"""qabot send-test: a marked message by a person's real chat, beside a running service, and what came of it."""

import asyncio
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from qabot.models import Account, Event, Notice, Person, Store
from tests.support.slack import FakeSlack
from tests.unit.cli.conftest import Cli, Ran

OURS = """
framework: ours
extends: newham
council: {name: Exampleton Council, duty_line: "01632 960001"}
"""


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "ours.yaml").write_text(OURS, "utf-8")
    return {"framework": "ours", "frameworks_folder": str(tmp_path), "base_url": "http://127.0.0.1:8700"}


@pytest.fixture
def anna(filled: Cli, database: Path) -> Person:
    """Somebody who works here, and is linked nowhere yet."""
    store = Store(f"sqlite:///{database}", inline=True)
    with store.transaction() as session:
        found = session.exec(select(Person).order_by(Person.name)).first()
        assert found is not None
        session.expunge(found)
    store.close()
    return found


def rows(database: Path, model: type[SQLModel]) -> list[dict[str, object]]:
    store = Store(f"sqlite:///{database}", inline=True)
    with store.transaction() as session:
        found = [each.model_dump() for each in session.exec(select(model))]
    store.close()
    return found


async def by_slack(filled: Cli, slack: FakeSlack, person: str, settings: dict[str, str], **more: str) -> Ran:
    given = {name.removeprefix("QABOT_").lower(): value for name, value in slack.environ.items()}
    every = {"adapters": "slack", **given, **settings, **more}
    return await asyncio.to_thread(filled, "send-test", person, **every)


async def test_it_comes_by_the_persons_chat_is_marked_and_its_outcome_is_said(
    filled: Cli, anna: Person, database: Path, settings: dict[str, str]
) -> None:
    async with FakeSlack("socket") as slack:
        slack.workspace.add_user("U1", anna.name, anna.email)
        ran = await by_slack(filled, slack, anna.email, settings)
        assert (ran.code, ran.out) == (0, f"slack: sent to U1. Ask {anna.name} whether it is there.\n")
        [message] = slack.to("U1")
        assert message.text == "This is a test. There is nothing to do."
        assert "This is a test" in message.words()
        assert not slack.calls("apps.connections.open"), "what people press goes to the running service"
    [notice] = [each for each in rows(database, Notice) if each["message"] == "test-message"]
    assert (notice["state"], notice["adapter"], bool(notice["message_id"])) == ("sent", "slack", True)
    [account] = rows(database, Account)
    assert account["conversation"] == message.channel
    assert [each["why"] for each in rows(database, Event) if each["what"] == "test-sent"] == ["sent"]


async def test_what_did_not_arrive_says_why_and_is_in_the_web_inbox(
    filled: Cli, anna: Person, database: Path, settings: dict[str, str]
) -> None:
    async with FakeSlack() as slack:
        stranger = await by_slack(filled, slack, anna.email, settings)
        slack.workspace.add_user("U1", anna.name, anna.email)
        slack.fail("chat.postMessage", "error", error="restricted_action")
        refused = await by_slack(filled, slack, anna.email, settings)
    assert stranger.code == refused.code == 2
    assert stranger.out.startswith("slack: Slack has no full member with this person's e-mail address.")
    assert refused.out.startswith("slack: not sent, ")
    for ran in (stranger, refused):
        assert f"web: it is in {anna.name}'s web inbox, http://127.0.0.1:8700/inbox. No chat took it." in ran.out
    states = [(each["adapter"], each["state"]) for each in rows(database, Notice) if each["message"] == "test-message"]
    assert states == [("web", "sent"), ("slack", "failed"), ("web", "sent")]


async def test_a_pilot_is_kept_to_and_nobody_reads_an_invented_number(
    filled: Cli, anna: Person, settings: dict[str, str]
) -> None:
    async with FakeSlack() as slack:
        slack.workspace.add_user("U1", anna.name, anna.email)
        outside = await by_slack(filled, slack, anna.email, settings, pilot="ben@council.example")
        invented = await by_slack(filled, slack, anna.email, settings | {"framework": "newham"})
        inside = await by_slack(filled, slack, anna.email.upper(), settings, pilot=anna.email.title())
        assert len(slack.to("U1")) == 1
    assert (outside.code, invented.code, inside.code) == (2, 2, 0)
    assert f"{anna.name} is not in the pilot, and is sent nothing." in outside.err
    assert "these are the demonstration's" in invented.err


def test_without_a_chat_it_is_in_the_web_inbox(filled: Cli, anna: Person, settings: dict[str, str]) -> None:
    assert "Nobody has this e-mail or name: 'Nobody'" in filled("send-test", "Nobody", **settings).err
    ran = filled("send-test", anna.name, **settings)
    assert ran.code == 0, ran.err
    assert "no chat is set (QABOT_ADAPTERS)" in ran.out


def test_whom_it_cannot_be_sent_is_said_in_a_sentence(
    filled: Cli, anna: Person, database: Path, settings: dict[str, str]
) -> None:
    """Somebody who has left, half a name, two of one name, none at all: what is so, and what to give instead."""
    store = Store(f"sqlite:///{database}", inline=True)
    with store.transaction() as session:
        session.add(Person(name="Zoe Fenn-Hall", email="zoe@council.example", active=False))
        session.add_all([Person(name="Kit Orme", email=f"kit{each}@council.example") for each in (1, 2)])
    store.close()
    said = {
        each: " ".join(filled("send-test", each, **settings).err.split())
        for each in ("zoe@council.example", " zoe  fenn-hall ", "Kit Orme", "orme", " ")
    }
    gone = "Zoe Fenn-Hall (zoe@council.example) has left, so nothing was done."
    assert gone in said["zoe@council.example"]
    assert gone in said[" zoe  fenn-hall "]
    both = "kit1@council.example or kit2@council.example"
    assert f"More than one person has this e-mail or name: 'Kit Orme'. Give the e-mail: {both}." in said["Kit Orme"]
    assert "Nobody has this e-mail or name: 'orme'. Give the e-mail" in said["orme"]
    assert f"Did you mean {both}?" in said["orme"]
    assert "Say whom you mean" in said[" "]
