"""`qabot doctor teams`: each step of docs/teams.md, and starting with a wrong setting."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from qabot.errors import ChatAway, ChatRefused
from qabot_teams import Teams, create
from tests.support.teams.connector import Connector, Fault
from tests.support.teams.service import MemoryService
from tests.support.teams.world import World, connected

GUIDE = Path(__file__).parents[3] / "docs" / "teams.md"


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    made = Connector()
    await made.start()
    yield made
    await made.stop()


async def _failed(connector: Connector, **changes: str) -> dict[str, str]:
    adapter = create(MemoryService(), connector.environ() | changes)
    return {finding.check: finding.advice async for finding in adapter.doctor() if not finding.ok}


async def test_a_fresh_setup_is_told_the_steps_that_are_missing(connector: Connector) -> None:
    failed = await _failed(connector)
    assert failed == {
        "Messaging endpoint": "Set QABOT_BASE_URL to this service's https address.",
        "App installed, and the administrator in reach": "Set QABOT_TEAMS_ADMINISTRATOR to your own Entra object id.",
    }


async def test_a_wrong_secret_is_named_with_what_to_do(connector: Connector) -> None:
    failed = await _failed(connector, QABOT_TEAMS_SECRET="wrong")
    assert "AADSTS7000215" in failed["Credential: client secret"]
    assert "Make a new secret" in failed["Credential: client secret"]


async def test_a_wrong_clock_is_found(connector: Connector) -> None:
    real = connector.issuer.claims
    connector.issuer.claims = lambda url, **changes: real(url, **changes) | {"nbf": real(url)["nbf"] + 900}  # type: ignore[method-assign]
    assert "clock is wrong" in (await _failed(connector))["Clock"]


async def test_unreachable_services_are_found(connector: Connector) -> None:
    gone = "http://127.0.0.1:9"
    failed = await _failed(connector, QABOT_TEAMS_LOGIN_URL=gone, QABOT_TEAMS_OPENID_URL=gone, QABOT_BASE_URL=gone)
    assert set(failed) >= {"Credential: client secret", "Bot Framework's keys", "Messaging endpoint"}


async def _serve(adapter: Teams) -> tuple[web.AppRunner, str]:
    """The adapter's endpoint at a real address."""

    async def pass_on(request: web.Request) -> web.Response:
        endpoint = adapter.app()
        assert endpoint is not None
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=endpoint[1]), base_url="http://x") as inner:
            return web.Response(status=(await inner.post("/", content=await request.read())).status_code)

    app = web.Application()
    app.router.add_post("/api/messages", pass_on)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def test_everything_holds_once_all_steps_are_taken() -> None:
    async with connected(MemoryService()) as (connector, adapter, clients):
        person = connector.add("Priya Raman")
        await clients.install(person)
        served, url = await _serve(adapter)
        changed = {"QABOT_BASE_URL": url, "QABOT_TEAMS_ADMINISTRATOR": person.account}
        second = create(adapter._service, connector.environ() | changed)
        failed = [finding async for finding in second.doctor() if not finding.ok]
        person.installed = False
        gone = [finding.advice async for finding in second.doctor() if not finding.ok]
        await served.cleanup()
        assert failed == []
        assert len(gone) == 1
        assert "install it again" in gone[0]


async def test_the_staff_list_is_checked_where_it_is_asked_for(connector: Connector) -> None:
    connector.add("Priya Raman")
    asked = {"QABOT_TEAMS_DIRECTORY": "graph"}
    adapter = create(MemoryService(), connector.environ() | asked)
    assert [finding.check async for finding in adapter.doctor()][-1] == "Staff list: 1 found"
    connector.faults = [Fault("/v1.0/users", 403)]
    assert "User.Read.All" in (await _failed(connector, **asked))["Staff list"]


async def test_the_guide_names_each_check_in_its_order(connector: Connector) -> None:
    connector.add("Priya Raman")
    adapter = create(MemoryService(), connector.environ() | {"QABOT_TEAMS_DIRECTORY": "graph"})
    checks = [finding.check async for finding in adapter.doctor()]
    named = re.findall(r"^Doctor: (.+)$", GUIDE.read_text("utf-8"), re.MULTILINE)
    told = [name for line in named for name in re.findall(r"`([^`]+)`", line)]
    assert told.pop(told.index("People")), "which the command says of every platform"
    assert len(told) == len(checks)
    assert all(check.startswith(name) for check, name in zip(checks, told, strict=True)), (checks, told)


async def test_starting_with_a_refused_credential_says_what_to_do(connector: Connector) -> None:
    adapter = create(MemoryService(), connector.environ() | {"QABOT_TEAMS_SECRET": "wrong"})
    with pytest.raises(ChatRefused, match="qabot doctor teams"):
        await adapter.start()
    connector.secret = "wrong"
    await adapter.start()
    await adapter.stop()


async def test_starting_while_the_identity_service_is_away_says_so(connector: Connector) -> None:
    adapter = create(MemoryService(), connector.environ() | {"QABOT_TEAMS_LOGIN_URL": "http://127.0.0.1:9"})
    with pytest.raises(ChatAway, match="identity service"):
        await adapter.start()
    await adapter.stop()


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
async def test_a_hosts_identity_that_is_restarting_is_away_and_comes_back(connector: Connector, status: int) -> None:
    environ = connector.environ() | {"QABOT_TEAMS_MANAGED_IDENTITY": "yes"}
    adapter = create(MemoryService(), {name: value for name, value in environ.items() if "SECRET" not in name})
    connector.faults = [Fault("token", status, body="{}", headers={"Retry-After": "42"})]
    with pytest.raises(ChatAway) as raised:
        await adapter.start()
    assert raised.value.seconds == 42.0
    await adapter.start()
    await adapter.stop()


async def test_the_doctor_of_a_started_adapter_uses_what_is_open(teams: World) -> None:
    checks = [finding.check async for finding in teams.adapter.doctor()]
    assert checks[0].startswith("Registration: app ")
    assert teams.connector.tokens_given == 1


async def test_the_day_on_which_a_secret_ends_is_known_and_near_it_the_doctor_says_so(connector: Connector) -> None:
    adapter = create(MemoryService(), connector.environ() | {"QABOT_TEAMS_SECRET_ENDS": "2001-03-31"})
    assert isinstance(adapter, Teams)
    await adapter.start()
    assert adapter.credential_ends() == datetime(2001, 3, 31, tzinfo=UTC)
    said = [finding async for finding in adapter.doctor() if finding.check.startswith("Credential")]
    assert [(each.ok, "31 March 2001" in each.check) for each in said] == [(False, True)]
    await adapter.stop()
