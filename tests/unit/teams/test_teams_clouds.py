"""Microsoft's clouds: every address follows from the one name, and no cloud takes another's word."""

from collections.abc import AsyncIterator
from operator import attrgetter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botframework.connector.auth import AuthenticationConstants, GovernmentConstants

from qabot.adapter import Address, Sent
from qabot_teams import Teams, create
from qabot_teams.clouds import CHINA, CLOUDS, DOD, GCC, GCC_HIGH, PUBLIC, Cloud
from qabot_teams.settings import read
from tests.support.network import CouncilNetwork, council_network
from tests.support.teams import service as samples
from tests.support.teams.client import Clients
from tests.support.teams.connector import APP, SECRET, TENANT, Connector

GIVEN = {"QABOT_TEAMS_APP_ID": APP, "QABOT_TEAMS_TENANT_ID": TENANT, "QABOT_TEAMS_SECRET": SECRET}
NAME = attrgetter("name")
GUIDE = (Path(__file__).parents[3] / "docs" / "teams.md").read_text("utf-8")


def test_without_a_name_it_is_the_public_cloud() -> None:
    settings = read(GIVEN)
    assert settings.cloud is PUBLIC
    assert settings.login_url == "https://login.microsoftonline.com"
    assert settings.service_url == "https://smba.trafficmanager.net/uk"


@pytest.mark.parametrize("name", [*CLOUDS, "GCC-High"])
def test_every_address_follows_from_the_name(name: str) -> None:
    settings, cloud = read(GIVEN | {"QABOT_TEAMS_CLOUD": name}), CLOUDS[name.lower()]
    assert settings.cloud is cloud
    for address in ("login_url", "openid_url", "service_url", "graph_url"):
        assert getattr(settings, address) == getattr(cloud, address)
    assert settings.has_chats(cloud.service_url)


def test_one_address_can_be_another() -> None:
    own = {"QABOT_TEAMS_CLOUD": "dod", "QABOT_TEAMS_GRAPH_URL": "https://graph.example"}
    settings = read(GIVEN | own)
    assert (settings.graph_url, settings.login_url) == ("https://graph.example", DOD.login_url)


@pytest.mark.parametrize(
    ("cloud", "constants", "login"),
    [
        (PUBLIC, AuthenticationConstants, AuthenticationConstants.TO_CHANNEL_FROM_BOT_LOGIN_URL_PREFIX),
        (GCC, AuthenticationConstants, AuthenticationConstants.TO_CHANNEL_FROM_BOT_LOGIN_URL_PREFIX),
        (GCC_HIGH, GovernmentConstants, GovernmentConstants.TO_CHANNEL_FROM_BOT_LOGIN_URL_PREFIX),
        (DOD, GovernmentConstants, GovernmentConstants.TO_CHANNEL_FROM_BOT_LOGIN_URL_PREFIX),
    ],
)
def test_our_constants_are_the_vendors(cloud: Cloud, constants: type, login: str) -> None:
    assert cloud.issuer == constants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER  # type: ignore[attr-defined]
    assert cloud.scope == f"{constants.TO_CHANNEL_FROM_BOT_OAUTH_SCOPE}/.default"  # type: ignore[attr-defined]
    assert cloud.openid_url == constants.TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL  # type: ignore[attr-defined]
    assert cloud.login_url == login.rstrip("/")


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=NAME)
@pytest.mark.parametrize("other", CLOUDS.values(), ids=NAME)
def test_a_cloud_has_no_chats_at_anothers_addresses(cloud: Cloud, other: Cloud) -> None:
    settings = read(GIVEN | {"QABOT_TEAMS_CLOUD": cloud.name})
    same = {cloud, other} <= {PUBLIC, GCC} or cloud is other
    assert settings.has_chats(other.service_url) == same


@pytest.mark.parametrize(
    "url",
    [
        "https://evil-smba.trafficmanager.net/uk",
        "https://x.smba.trafficmanager.net/uk",
        "https://smba.trafficmanager.net.evil.example/uk",
        "https://smba.trafficmanager.net@evil.example/uk",
        "http://smba.trafficmanager.net/uk",
        "",
        "https://",
    ],
)
def test_what_only_looks_like_teams_is_not(url: str) -> None:
    assert not read(GIVEN).has_chats(url)


def test_a_host_of_teams_that_is_new_can_be_added() -> None:
    settings = read(GIVEN | {"QABOT_TEAMS_SERVICE_HOSTS": "new.teams.microsoft.com, other.example"})
    assert settings.has_chats("https://new.teams.microsoft.com/uk/")
    assert settings.has_chats(PUBLIC.service_url)


def test_the_guide_has_each_cloud_with_the_hosts_to_let_out() -> None:
    rows = {line.split("`")[1]: line for line in GUIDE.splitlines() if line.startswith("| `")}
    for cloud in CLOUDS.values():
        for url in (cloud.login_url, cloud.openid_url, cloud.service_url, cloud.graph_url):
            assert f"`{urlsplit(url).hostname}`" in rows[cloud.name]


@pytest.fixture
async def network(tmp_path: Path) -> AsyncIterator[CouncilNetwork]:
    async with council_network(tmp_path) as made:
        yield made


@pytest.fixture
async def microsoft() -> AsyncIterator[Connector]:
    connector = Connector()
    await connector.start()
    yield connector
    await connector.stop()


@pytest.mark.parametrize("cloud", [PUBLIC, GCC_HIGH, DOD, CHINA], ids=NAME)
async def test_a_bot_of_a_cloud_talks_with_that_cloud_alone(
    cloud: Cloud, network: CouncilNetwork, microsoft: Connector
) -> None:
    """At the cloud's own names: the proxy knows where they lead here, and no other name leads anywhere."""
    port = int(microsoft.url.rpartition(":")[2])
    microsoft.issuer.name, microsoft.url = cloud.issuer, cloud.openid_url.partition("/v1/")[0]
    hosts = {urlsplit(each).hostname or "" for each in (cloud.login_url, cloud.openid_url, cloud.graph_url)}
    hosts.add(urlsplit(cloud.service_url).hostname or "")
    for host in hosts:
        await network.serve(host, port)
    environ = GIVEN | network.environ | {"QABOT_TEAMS_CLOUD": cloud.name, "QABOT_TEAMS_DIRECTORY": "graph"}
    service = samples.MemoryService()
    adapter = create(service, environ)
    assert isinstance(adapter, Teams)
    await adapter.start()
    try:
        await _is_at_home(adapter, service, microsoft, cloud)
    finally:
        await adapter.stop()
    assert {each.removeprefix("CONNECT ").removesuffix(":443") for each in network.proxy.asked} == hosts
    assert set(microsoft.audiences) == {cloud.scope, f"{cloud.graph_url}/.default"}


async def _is_at_home(adapter: Teams, service: samples.MemoryService, microsoft: Connector, cloud: Cloud) -> None:
    found = adapter.app()
    assert found
    clients = Clients(microsoft, found[1], list)
    person = microsoft.add("Priya Raman")
    here = clients.activity(person, type="installationUpdate", action="add", serviceUrl=cloud.service_url)
    await clients.deliver(here)
    kept = service.accounts[person.account]
    sent = await adapter.send(Address(1, person.account, kept.conversation, kept.details), samples.alert_card())
    assert isinstance(sent, Sent)
    assert [each.external_id for each in await adapter.directory()] == [person.account]
    for wrong in ({"iss": "https://api.elsewhere.example"}, {"serviceurl": "https://elsewhere.example"}):
        url = wrong.get("serviceurl", cloud.service_url)
        token = microsoft.issuer.token(url, **wrong)
        activity = clients.activity(person, text="mine", serviceUrl=url)
        assert (await clients.post(activity, {"Authorization": f"Bearer {token}"})).status_code == 401
    await clients.close()
