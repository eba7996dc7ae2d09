"""The tenant's members as a list of people, with who manages them: for a people file."""

from collections.abc import AsyncIterator

import pytest

from qabot.adapter import DirectoryUnread, ListsStaff, StaffMember
from qabot_teams import create
from tests.support.teams.connector import Connector, Fault
from tests.support.teams.service import MemoryService


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    made = Connector()
    await made.start()
    yield made
    await made.stop()


async def test_members_come_with_their_managers_and_without_guests(connector: Connector) -> None:
    lead = connector.add("Priya Raman")
    lead.graph = {"employeeId": "100005", "department": "Maple", "userPrincipalName": "100005@council.example"}
    worker = connector.add("Tom Fielding")
    worker.graph = {"manager": {"id": lead.account, "mail": lead.email}, "accountEnabled": False}
    box = connector.add("Standing Room")
    box.graph = {"mail": None, "manager": None}
    connector.add("Guest Partner", role="guest")
    connector.page = 2
    adapter = create(MemoryService(), connector.environ())
    assert isinstance(adapter, ListsStaff), "whether QABOT_TEAMS_DIRECTORY is set or not"
    assert await adapter.staff() == [
        StaffMember(
            "Priya Raman",
            lead.email,
            employee_id="100005",
            team="Maple",
            sign_in="100005@council.example",
            id=lead.account,
        ),
        StaffMember(
            "Tom Fielding",
            worker.email,
            active=False,
            manager=lead.email,
            sign_in=worker.email,
            id=worker.account,
        ),
        StaffMember("Standing Room", box.email, sign_in=box.email, id=box.account),
    ]


async def test_a_tenant_that_does_not_let_it_be_read_is_said(connector: Connector) -> None:
    connector.faults = [Fault("/v1.0/users", 403)]
    adapter = create(MemoryService(), connector.environ())
    assert isinstance(adapter, ListsStaff)
    with pytest.raises(DirectoryUnread, match="403"):
        await adapter.staff()
