"""Every connection that an adapter opens goes the council's way: its proxy, its certificate authority, and no other."""

import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import structlog
import trustme

from qabot.adapter import Adapter, Address, Outcome, RetryAfter, Sent
from qabot.errors import ChatAway, SetupError
from qabot_slack import SlackAdapter
from qabot_slack import create as create_slack
from qabot_teams import Teams
from qabot_teams import create as create_teams
from tests.support.network import CouncilNetwork, council_network
from tests.support.slack import FakeSlack
from tests.support.slack.running import MANAGER, populate
from tests.support.slack.service import MemoryService as SlackService
from tests.support.teams import service as samples
from tests.support.teams.client import Clients
from tests.support.teams.connector import Connector

PASSWORD = "pr0xy-s3cret"
NOBODY = "http://127.0.0.1:9"
HIDDEN = (PASSWORD, b64encode(f"qabot:{PASSWORD}".encode()).decode())


@pytest.fixture
async def network(tmp_path: Path) -> AsyncIterator[CouncilNetwork]:
    async with council_network(tmp_path, "qabot", PASSWORD) as made:
        yield made


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as made:
        populate(made)
        yield made


@pytest.fixture
async def microsoft() -> AsyncIterator[Connector]:
    connector = Connector()
    await connector.start()
    yield connector
    await connector.stop()


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


async def _slack_behind(network: CouncilNetwork, slack: FakeSlack, name: str) -> int:
    """Slack where only the proxy leads; its port for what goes without one."""
    port = await network.serve(name, _port(slack.server.url))
    slack.server.url = f"https://{name}"
    return port


async def _microsoft_behind(network: CouncilNetwork, microsoft: Connector, name: str = "microsoft.test") -> int:
    port = await network.serve(name, _port(microsoft.url))
    microsoft.url = f"https://{name}"
    return port


def _slack_adapter(slack: FakeSlack, environ: Mapping[str, str]) -> tuple[SlackAdapter, SlackService]:
    service = SlackService(linked={MANAGER: 1})
    return create_slack(service, slack.environ | {"QABOT_SLACK_ADMIN": MANAGER} | dict(environ)), service


def _teams_adapter(microsoft: Connector, environ: Mapping[str, str]) -> tuple[Teams, samples.MemoryService]:
    service = samples.MemoryService()
    adapter = create_teams(service, microsoft.environ() | {"QABOT_TEAMS_DIRECTORY": "graph"} | dict(environ))
    assert isinstance(adapter, Teams)
    return adapter, service


async def _advice(adapter: Adapter) -> str:
    return "\n".join([finding.advice async for finding in adapter.doctor() if not finding.ok])


@pytest.mark.parametrize("domain", ["slack.com", "slack-gov.com"])
async def test_all_that_slack_is_asked_goes_through_the_proxy(
    network: CouncilNetwork, slack: FakeSlack, domain: str
) -> None:
    """GovSlack too: its sockets and response URLs follow from the one address, because Slack itself names them."""
    names = [domain, f"wss-primary.{domain}", f"hooks.{domain}"]
    port = _port(slack.server.url)
    for name in names:
        await network.serve(name, port)
    slack.server.url, slack.server.sockets_url, slack.server.hooks_url = (f"https://{name}" for name in names)
    adapter, service = _slack_adapter(slack, network.environ | {"QABOT_SLACK_API_URL": f"https://{domain}/api/"})
    await adapter.start()
    try:
        await slack.until(lambda: len(slack.server.sockets) == 2)
        assert isinstance(await adapter.send(Address(1, MANAGER), service.add("t1", "QA-1")), Sent)
        await slack.click(MANAGER, "not-me")
        await slack.until(lambda: [call.ok for call in slack.calls("response_url")] == [True])
        assert await adapter.directory()
        assert await _advice(adapter) == ""
    finally:
        await adapter.stop()
    assert set(network.proxy.asked) == {f"CONNECT {name}:443" for name in names}


async def test_all_that_microsoft_is_asked_goes_through_the_proxy(
    network: CouncilNetwork, microsoft: Connector
) -> None:
    await _microsoft_behind(network, microsoft)
    adapter, service = _teams_adapter(microsoft, network.environ)
    await adapter.start()
    found = adapter.app()
    assert found
    clients = Clients(microsoft, found[1], list)
    try:
        person = microsoft.add("Priya Raman")
        await clients.install(person)
        kept = service.accounts[person.account]
        sent = await adapter.send(Address(1, person.account, kept.conversation, kept.details), samples.alert_card())
        assert isinstance(sent, Sent)
        assert [each.external_id for each in await adapter.directory()] == [person.account]
    finally:
        await clients.close()
        await adapter.stop()
    asked = {path.split("/")[1] for _, path, _ in microsoft.calls}
    assert asked >= {"openid", "keys", "login", "v3", "v1.0"}
    assert set(network.proxy.asked) == {"CONNECT microsoft.test:443"}


async def test_a_managed_identity_is_never_asked_through_a_proxy(network: CouncilNetwork, microsoft: Connector) -> None:
    identity = f"{microsoft.url}/identity"
    await _microsoft_behind(network, microsoft)
    proxy = network.environ["HTTPS_PROXY"]
    given = {"QABOT_TEAMS_SECRET": "", "QABOT_TEAMS_MANAGED_IDENTITY": "yes", "QABOT_TEAMS_IDENTITY_URL": identity}
    adapter, _ = _teams_adapter(microsoft, network.environ | {"HTTP_PROXY": proxy, "ALL_PROXY": proxy} | given)
    assert "Credential" not in "".join([each.check async for each in adapter.doctor() if not each.ok])
    assert microsoft.tokens_given
    assert set(network.proxy.asked) == {"CONNECT microsoft.test:443"}


async def _send(adapter: Adapter) -> Outcome:
    if isinstance(adapter, SlackAdapter):
        return await adapter.send(Address(1, MANAGER), samples.alert_card())
    with suppress(ChatAway):
        await adapter.start()
    try:
        return await adapter.send(Address(1, "oid-priya"), samples.alert_card())
    finally:
        await adapter.stop()


@pytest.fixture(params=["slack", "teams"])
async def behind(
    request: pytest.FixtureRequest, network: CouncilNetwork, slack: FakeSlack, microsoft: Connector
) -> AsyncIterator[Any]:
    """What makes an adapter whose platform stands behind the proxy as localhost, and its port for going without."""
    microsoft.add("Priya Raman")
    made: list[Adapter] = []

    def make(environ: Mapping[str, str]) -> Adapter:
        of_slack = request.param == "slack"
        made.append(_slack_adapter(slack, environ)[0] if of_slack else _teams_adapter(microsoft, environ)[0])
        return made[-1]

    if request.param == "slack":
        yield await _slack_behind(network, slack, "localhost"), slack.server, make
    else:
        yield await _microsoft_behind(network, microsoft, "localhost"), microsoft, make
    # Else it is said of each open connection, much later and in the log of another test, that nobody closed it.
    for adapter in made:
        await adapter.stop()


async def test_what_no_proxy_names_goes_straight(network: CouncilNetwork, behind: Any) -> None:
    port, server, make = behind
    server.url = f"https://localhost:{port}"
    straight = make(network.environ | {"HTTPS_PROXY": NOBODY, "NO_PROXY": "localhost"})
    assert isinstance(await _send(straight), Sent)
    assert network.proxy.asked == []
    through = make(network.environ | {"HTTPS_PROXY": NOBODY, "NO_PROXY": "elsewhere.example"})
    assert isinstance(await _send(through), RetryAfter)


async def test_another_authority_is_refused_and_the_setting_named(
    network: CouncilNetwork, behind: Any, tmp_path: Path
) -> None:
    _, _, make = behind
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    adapter = make(network.environ | {"QABOT_CA_FILE": str(tmp_path / "other.pem")})
    outcome = await _send(adapter)
    assert isinstance(outcome, RetryAfter), "nothing was sent, so nothing is ambiguous"
    for said in (outcome.reason, await _advice(adapter)):
        assert "certificate of localhost is not believed" in said
        assert "QABOT_CA_FILE" in said


@pytest.mark.parametrize(
    ("refusal", "password", "said"),
    [("", "wr0ng", "(407)"), ("503 Service Unavailable", PASSWORD, "did not connect to localhost (503)")],
)
async def test_a_proxy_that_refuses_is_no_lost_answer_and_its_password_is_in_no_log(
    network: CouncilNetwork, behind: Any, refusal: str, password: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    _, _, make = behind
    network.proxy.refusal = refusal
    environ = network.environ
    adapter = make(environ | {"HTTPS_PROXY": environ["HTTPS_PROXY"].replace(PASSWORD, password)})
    with structlog.testing.capture_logs() as logs, caplog.at_level(logging.DEBUG):
        outcome = await _send(adapter)
        advice = await _advice(adapter)
    assert isinstance(outcome, RetryAfter), outcome
    assert said in outcome.reason
    assert said in advice
    shown = f"{logs}{caplog.text}{outcome}{advice}{adapter.__dict__}"
    assert not [each for each in (*HIDDEN, password) if each in shown]


@pytest.mark.parametrize("broken", [b"", b"not http\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nno TLS"])
async def test_a_proxy_that_breaks_off_is_no_lost_answer(network: CouncilNetwork, behind: Any, broken: bytes) -> None:
    _, _, make = behind
    network.proxy.broken = broken
    outcome = await _send(make(network.environ))
    assert isinstance(outcome, RetryAfter), outcome
    assert PASSWORD not in outcome.reason


@pytest.mark.parametrize("create", [create_slack, create_teams])
def test_a_file_of_certificates_that_is_not_there_is_named_before_anything_begins(create: Any, tmp_path: Path) -> None:
    environ = {"QABOT_SLACK_BOT_TOKEN": "xoxb-1", "QABOT_SLACK_APP_TOKEN": "xapp-1", "QABOT_TEAMS_AUTH": "anonymous"}
    with pytest.raises(SetupError, match=r"QABOT_CA_FILE names .*, which cannot be read"):
        create(samples.MemoryService(), environ | {"QABOT_CA_FILE": str(tmp_path / "gone.pem")})
