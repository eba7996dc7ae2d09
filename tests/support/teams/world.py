"""An adapter, started, between a connector and some people: what most tests of Teams begin with."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from qabot.adapter import Address, Service
from qabot_teams import Teams, create
from tests.support.teams.client import Clients
from tests.support.teams.connector import Connector, Person
from tests.support.teams.service import MemoryService


@dataclass
class World:
    """What a test holds."""

    connector: Connector
    service: MemoryService
    adapter: Teams
    clients: Clients

    def address(self, person: Person) -> Address:
        """What is kept of somebody who has installed the app."""
        kept = self.service.accounts[person.account]
        return Address(1, person.account, kept.conversation, kept.details)


@asynccontextmanager
async def connected(
    service: Service, environ: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Connector, Teams, Clients]]:
    """A connector, the adapter started against it, and clients of it."""
    connector = Connector()
    await connector.start()
    adapter = create(service, connector.environ() | dict(environ or {}))
    assert isinstance(adapter, Teams)
    found = adapter.app()
    assert found is not None
    await adapter.start()
    clients = Clients(connector, found[1], lambda: set(adapter._running.turns._working) if adapter._running else ())
    try:
        yield connector, adapter, clients
    finally:
        await clients.close()
        await adapter.stop()
        await connector.stop()


@asynccontextmanager
async def world(environ: Mapping[str, str] | None = None) -> AsyncIterator[World]:
    """The same over the service with a memory."""
    service = MemoryService()
    async with connected(service, environ) as (connector, adapter, clients):
        yield World(connector, service, adapter, clients)
