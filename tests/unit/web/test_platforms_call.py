"""Chat platforms call the service at exactly the address that an administrator gave them, and follow no redirect."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from qabot.adapter import Adapter
from qabot.models import Store
from qabot.web.app import create_app
from qabot_slack import create as create_slack
from qabot_teams import Teams
from tests.support.slack.service import MemoryService as SlackService
from tests.support.teams.connector import Person
from tests.support.teams.service import MemoryService
from tests.support.teams.world import World, connected
from tests.unit.web import world

SLACK = {"QABOT_SLACK_BOT_TOKEN": "xoxb-1", "QABOT_SLACK_SIGNING_SECRET": "s", "QABOT_SLACK_MODE": "http"}
BEHIND_A_PROXY = {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7"}


@asynccontextmanager
async def caller(store: Store, adapter: Adapter) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who follows no redirect, as the platforms do not. They are let in also where pages are not."""
    parts = replace(world.parts(store, adapters=(adapter,)), crowded=lambda: True)
    transport = httpx.ASGITransport(create_app(parts))
    async with httpx.AsyncClient(transport=transport, base_url=world.BASE, headers=BEHIND_A_PROXY) as client:
        yield client


async def test_a_signed_call_of_teams_is_taken(store: Store) -> None:
    async with connected(service := MemoryService()) as (connector, adapter, clients):
        assert isinstance(adapter, Teams)
        teams = World(connector, service, adapter, clients)
        person = Person("Priya Raman", "oid-priya", "priya@council.example", installed=True)
        connector.people[person.account] = person
        token = {"Authorization": f"Bearer {connector.issuer.token(connector.url)}"}
        activity = teams.clients.activity(person, type="installationUpdate", action="add")
        async with caller(store, adapter) as client:
            assert (await client.post("/api/messages", json=activity, headers=token)).status_code == 200
            await clients.settled()
            assert service.accounts["oid-priya"].conversation == person.conversation
            assert (await client.post("/api/messages", json=activity)).status_code == 401
            assert (await client.get("/api/messages")).status_code == 405


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_slack_is_answered_where_it_calls(store: Store, method: str) -> None:
    adapter = create_slack(SlackService(linked={}, people_by_email={}), SLACK)
    async with caller(store, adapter) as client:
        answer = await client.request(method, "/slack/events", content=b"{}")
    assert answer.status_code == {"POST": 401, "GET": 405}[method]
