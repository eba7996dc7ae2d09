"""The two SDKs whose models can be lent to the port: what goes over the wire is the same, and a setting chooses."""

import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from qabot.errors import SetupError
from qabot_teams import sdks
from qabot_teams.models import chosen
from qabot_teams.sdk import Reference
from qabot_teams.sdks import NEEDED
from qabot_teams.settings import read
from tests.support.teams.world import World, world
from tests.support.waiting import LONG
from tests.unit.teams.test_teams_tokens_in import BAD

HERE = Reference("https://smba.trafficmanager.net/uk", "a:chat", "t", "29:priya", "28:bot")
FROM = {"id": "29:Priya", "name": "Priya Raman", "aadObjectId": "OID-Priya"}
WHERE = {"id": "a:chat", "conversationType": "personal", "tenantId": "t"}
ACTIVITY = {
    "id": "1",
    "serviceUrl": HERE.service_url,
    "channelId": "msteams",
    "from": FROM,
    "recipient": {"id": "28:bot", "name": "qabot"},
    "conversation": WHERE,
    "channelData": {"tenant": {"id": "t"}},
}
ACTIVITIES: dict[str, dict[str, Any]] = {
    "a word": {"type": "message", "text": "mine", "timestamp": "2026-11-23T09:00:00.1234567Z", "locale": "en-GB"},
    "a file": {"type": "message", "attachments": [{"contentType": "image/png", "contentUrl": "https://x.example/1"}]},
    "a text's own HTML": {
        "type": "message",
        "text": "a",
        "attachments": [{"contentType": "text/html", "content": "a"}],
    },
    "a press": {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "replyToId": "7",
        "value": {"action": {"type": "Action.Execute", "verb": "go", "data": {"token": "t"}}, "trigger": "manual"},
    },
    "a dialog": {"type": "invoke", "name": "task/fetch", "value": {"data": {"action": "more"}}},
    "installing": {"type": "installationUpdate", "action": "add"},
    "an upgrade": {"type": "installationUpdate", "action": "add-upgrade"},
    "somebody joins": {"type": "conversationUpdate", "membersAdded": [{"id": "28:bot"}, {"id": "29:priya"}]},
    "a team": {"type": "message", "text": "hello", "conversation": {"id": "19:x", "conversationType": "channel"}},
    "nobody in particular": {"type": "event", "name": "x", "from": None, "recipient": None},
    "a kind of next year": {"type": "somethingNew", "value": {"a": 1}, "entities": [{"type": "new", "b": {}}]},
    "a value that is no object": {"type": "invoke", "name": "x", "value": "text"},
}
MEMBERS: dict[str, dict[str, Any]] = {
    "a colleague": {"id": "29:1", "name": "Priya", "email": "P@council.example", "userPrincipalName": "p@x.example"},
    "without an address": {"id": "29:1", "userPrincipalName": "P@x.example", "userRole": "user"},
    "a guest": {"id": "29:1", "email": "g@elsewhere.example", "userRole": "guest"},
    "a guest by name": {"id": "29:1", "userPrincipalName": "g_e.example#EXT#@council.example"},
}


@pytest.mark.parametrize("kind", ACTIVITIES)
def test_both_read_an_activity_alike(kind: str) -> None:
    raw = ACTIVITY | ACTIVITIES[kind]
    read_by_each = [chosen(name).incoming(raw) for name in NEEDED]
    assert read_by_each[0] == read_by_each[1]
    assert read_by_each[0].kind == raw["type"]


@pytest.mark.parametrize("kind", MEMBERS)
def test_both_read_a_member_alike(kind: str) -> None:
    first, second = (chosen(name).member(MEMBERS[kind]) for name in NEEDED)
    assert first == second
    assert first.guest == kind.startswith("a guest")


def test_both_write_the_same() -> None:
    first, second = (chosen(name) for name in NEEDED)
    assert first.envelope() == second.envelope()
    assert first.conversation(HERE) == second.conversation(HERE)


@pytest.mark.parametrize("sdk", NEEDED)
async def test_what_is_no_activity_is_refused_whoever_reads_it(sdk: str) -> None:
    async with world({"QABOT_TEAMS_SDK": sdk}) as teams:
        priya = teams.connector.add("Priya Raman")
        good = teams.clients.activity(priya, text="mine")
        no_activities: list[dict[str, Any]] = [
            {"conversation": None},
            {"conversation": {}},
            {"type": None},
            {"type": ""},
        ]
        for wrong in no_activities:
            assert (await teams.clients.post(good | wrong)).status_code == 400, wrong
        assert teams.service.taken == []
        # Where a text should be, botbuilder's reader takes an object for the text that it would print.
        told = await teams.clients.post(good | {"text": {"a": 1}})
        assert told.status_code == (200 if sdk == "botbuilder" else 400)
        assert (await teams.clients.post(good)).status_code == 200


@pytest.fixture
async def teams() -> AsyncIterator[World]:
    async with world({"QABOT_TEAMS_SDK": "teams"}) as made:
        yield made


async def test_every_bad_token_is_refused_with_the_other_sdk_too(teams: World) -> None:
    priya = teams.connector.add("Priya Raman")
    for kind, make in BAD.items():
        header = make(teams.connector.issuer, teams.connector.url)
        response = await teams.clients.post(teams.clients.activity(priya, text="mine"), {"Authorization": header})
        assert response.status_code == 401, kind
    assert teams.service.taken == []
    assert teams.connector.of(priya) == []
    assert (await teams.clients.post(teams.clients.activity(priya, text="mine"))).status_code == 200


def test_an_sdk_that_is_unknown_or_not_installed_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    local = {"QABOT_TEAMS_AUTH": "anonymous"}
    with pytest.raises(SetupError, match="QABOT_TEAMS_SDK must be botbuilder or teams"):
        read({**local, "QABOT_TEAMS_SDK": "agents"})
    monkeypatch.setitem(sdks.NEEDED, "teams", "a_package_that_nobody_has")
    with pytest.raises(SetupError, match="install qabot again with the part teams-sdk"):
        read({**local, "QABOT_TEAMS_SDK": "Teams"})
    assert read(local).sdk == "botbuilder"


def test_with_the_other_sdk_nothing_of_botbuilder_is_loaded() -> None:
    """So its end is a setting: what is not loaded may as well not be there."""
    script = """
import asyncio, sys
from qabot_teams.opened import Open
from qabot_teams.settings import read
async def main():
    await Open(read({"QABOT_TEAMS_AUTH": "anonymous", "QABOT_TEAMS_SDK": "teams"})).close()
asyncio.run(main())
loaded = {name.split(".")[0] for name in sys.modules}
print(sorted(loaded & {"botbuilder", "botframework", "msrest", "microsoft_teams"}))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LONG, check=False)
    assert (done.stdout.strip(), done.returncode) == ("['microsoft_teams']", 0), done.stderr
