"""A notice in the activity feed for an alert that is sent again: neutral, once each, and nothing to the alert."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import jsonschema
import pytest

from qabot.adapter import Address, RefusedForPerson, Sent
from qabot.errors import SetupError
from qabot.messaging.card import Card, plain_card
from qabot_teams import write_package
from qabot_teams.nudging import ACTIVITY
from tests.support.teams import service as samples
from tests.support.teams.connector import Fault, Person
from tests.support.teams.world import World, world
from tests.unit.teams.test_teams_package import APP, SCHEMAS

FIRST = "message-1"
ALERT = samples.alert_card()


@pytest.fixture
async def teams() -> AsyncIterator[World]:
    async with world({"QABOT_TEAMS_NUDGE": "yes"}) as made:
        made.connector.activity_types = {ACTIVITY}
        yield made


async def send(teams: World, person: Person, card: Card, thread: str | None = FIRST) -> object:
    address = Address(1, person.account, person.conversation, thread=thread)
    outcome = await teams.adapter.send(address, card)
    await teams.adapter._nudges.finish()
    return outcome


async def test_an_alert_that_is_sent_again_comes_with_a_notice_that_gives_nothing_away(teams: World) -> None:
    tom = teams.connector.add("Tom Reed")
    first = await send(teams, tom, ALERT, thread=None)
    assert isinstance(first, Sent)
    assert first.conversation == tom.conversation, "by which the service knows the next copy of the same alert"
    assert teams.connector.feed == {}, "the first copy is a message, and no more"
    assert isinstance(await send(teams, tom, ALERT), Sent)
    [notice] = teams.connector.feed[tom.account]
    assert notice["topic"]["webUrl"].endswith("/l/chat/0/0?users=28:22222222-2222-4222-8222-222222222222")
    words = set(plain_card(ALERT).replace(":", " ").split()) & set(json.dumps(notice).replace('"', " ").split())
    assert {each for each in words if each[:1].isupper()} <= {"Please"}, "no reference, grade, team or name"
    await send(teams, tom, ALERT)
    assert len(teams.connector.feed[tom.account]) == 2
    assert len(teams.connector.of(tom)) == 3


@pytest.mark.parametrize("card", [replace(ALERT, done=True), samples.reminder_card(), replace(ALERT, buttons=())])
async def test_what_does_not_wait_to_be_acknowledged_nudges_nobody(teams: World, card: Card) -> None:
    tom = teams.connector.add("Tom Reed")
    assert isinstance(await send(teams, tom, card), Sent)
    assert teams.connector.feed == {}


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 429}, {"status": 500}, {"reset": True}])
async def test_whatever_becomes_of_it_the_alert_was_sent_once(teams: World, fault: dict[str, Any]) -> None:
    tom = teams.connector.add("Tom Reed")
    teams.connector.faults = [Fault(f"/v1.0/users/{tom.account}/teamwork/sendActivityNotification", **fault)]
    assert isinstance(await send(teams, tom, ALERT), Sent)
    assert (len(teams.connector.of(tom)), teams.connector.feed) == (1, {})
    asked = [path for _, path, _ in teams.connector.calls if path.endswith("sendActivityNotification")]
    assert len(asked) <= 1, "and it is not tried again"


async def test_the_alert_does_not_wait_for_it_and_the_end_of_the_service_does(teams: World) -> None:
    tom = teams.connector.add("Tom Reed")
    held = asyncio.Event()
    opened = teams.adapter._open
    assert opened is not None
    token = opened.credential.token

    async def late(scope: str = "") -> str:
        if scope:
            await held.wait()
        return await (token(scope) if scope else token())

    opened.credential.token = late  # type: ignore[method-assign]
    address = Address(1, tom.account, tom.conversation, thread=FIRST)
    assert isinstance(await teams.adapter.send(address, ALERT), Sent)
    assert teams.connector.feed == {}
    held.set()
    await teams.adapter.stop()
    assert len(teams.connector.feed[tom.account]) == 1


async def test_whoever_is_out_of_reach_is_not_nudged(teams: World) -> None:
    tom = teams.connector.add("Tom Reed", installed=False)
    assert isinstance(await send(teams, tom, ALERT), RefusedForPerson)
    assert not [path for _, path, _ in teams.connector.calls if path.endswith("sendActivityNotification")]


async def test_without_the_setting_graph_is_not_asked() -> None:
    async with world() as teams:
        tom = teams.connector.add("Tom Reed")
        assert isinstance(await send(teams, tom, ALERT), Sent)
        assert not [path for _, path, _ in teams.connector.calls if path.endswith("sendActivityNotification")]


def packed(folder: Path, **more: Any) -> dict[str, Any]:
    path = write_package(
        folder / "qabot.zip",
        app_id=APP,
        public_url="https://qabot.council.example/",
        council="Example Council",
        words=(),
        **more,
    )
    with ZipFile(path) as package:
        made: dict[str, Any] = json.loads(package.read("manifest.json"))
    return made


def test_the_manifest_declares_it_and_asks_for_the_least_permission(tmp_path: Path) -> None:
    made = packed(tmp_path, nudge=True)
    [kind] = made["activities"]["activityTypes"]
    assert kind["type"] == ACTIVITY
    assert "{" not in kind["templateText"]
    [permission] = made["authorization"]["permissions"]["resourceSpecific"]
    assert permission == {"name": "TeamsActivity.Send.User", "type": "Application"}
    assert made["webApplicationInfo"]["id"] == APP
    plain = packed(tmp_path)
    assert not {"activities", "authorization", "webApplicationInfo"} & plain.keys()
    with pytest.raises(SetupError, match="QABOT_TEAMS_NUDGE"):
        packed(tmp_path, nudge=True, tab_id="33333333-3333-4333-8333-333333333333")
    schema = SCHEMAS / "v1.30/MicrosoftTeams.schema.json"
    if not schema.is_file():
        pytest.skip("THE MANIFEST'S SCHEMA IS NOT INSTALLED: run `npm ci --prefix tests/playground`")
    rules = json.loads(schema.read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema.Draft4Validator(rules).iter_errors(made)] == []
