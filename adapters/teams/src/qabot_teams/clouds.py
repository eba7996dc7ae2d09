"""Microsoft's clouds: where each has what the adapter asks, and who signs what it is told.

From botframework-connector's constants (public, US government) and the endpoints of Microsoft's Teams SDK (all four).
The path after a service URL's host is the region's; Teams gives the right one with whatever a person writes.
"""

from dataclasses import dataclass

from qabot.errors import SetupError


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud. `service_hosts` are the only hosts to which a token for the connector is sent."""

    name: str
    login_url: str
    bots: str
    openid_url: str
    service_url: str
    service_hosts: frozenset[str]
    graph_url: str
    exchange: str = "api://AzureADTokenExchange"
    """The audience of a managed identity's token that stands in for a credential."""
    web_url: str = "https://teams.microsoft.com"
    """Where links that Teams opens by itself begin."""

    @property
    def issuer(self) -> str:
        """Who signs the tokens with which Teams calls."""
        return self.bots

    @property
    def scope(self) -> str:
        """What a token for the connector is asked for."""
        return f"{self.bots}/.default"


_LOGIN_US = "https://login.microsoftonline.us"
_BOTS_US = "https://api.botframework.us"
_KEYS_US = "https://login.botframework.azure.us/v1/.well-known/openidconfiguration"
_PUBLIC_HOSTS = frozenset(
    {"smba.trafficmanager.net", "smba.onyx.prod.teams.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com"}
)

PUBLIC = Cloud(
    name="public",
    login_url="https://login.microsoftonline.com",
    bots="https://api.botframework.com",
    openid_url="https://login.botframework.com/v1/.well-known/openidconfiguration",
    service_url="https://smba.trafficmanager.net/uk",
    service_hosts=_PUBLIC_HOSTS,
    graph_url="https://graph.microsoft.com",
)
GCC = Cloud(
    name="gcc",
    login_url=PUBLIC.login_url,
    bots=PUBLIC.bots,
    openid_url=PUBLIC.openid_url,
    service_url="https://smba.infra.gcc.teams.microsoft.com/teams",
    service_hosts=_PUBLIC_HOSTS,
    graph_url=PUBLIC.graph_url,
)
GCC_HIGH = Cloud(
    name="gcc-high",
    login_url=_LOGIN_US,
    bots=_BOTS_US,
    openid_url=_KEYS_US,
    service_url="https://smba.infra.gov.teams.microsoft.us/teams",
    service_hosts=frozenset({"smba.infra.gov.teams.microsoft.us"}),
    graph_url="https://graph.microsoft.us",
    exchange="api://AzureADTokenExchangeUSGov",
    web_url="https://gov.teams.microsoft.us",
)
DOD = Cloud(
    name="dod",
    login_url=_LOGIN_US,
    bots=_BOTS_US,
    openid_url=_KEYS_US,
    service_url="https://smba.infra.dod.teams.microsoft.us/teams",
    service_hosts=frozenset({"smba.infra.dod.teams.microsoft.us"}),
    graph_url="https://dod-graph.microsoft.us",
    exchange="api://AzureADTokenExchangeUSGov",
    web_url="https://dod.teams.microsoft.us",
)
CHINA = Cloud(
    name="china",
    login_url="https://login.partner.microsoftonline.cn",
    bots="https://api.botframework.azure.cn",
    openid_url="https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
    # Microsoft documents no address for China; the host is its SDK's, the path the usual one.
    service_url="https://frontend.botapi.msg.infra.teams.microsoftonline.cn/teams",
    service_hosts=frozenset({"frontend.botapi.msg.infra.teams.microsoftonline.cn"}),
    graph_url="https://microsoftgraph.chinacloudapi.cn",
    exchange="api://AzureADTokenExchangeChina",
    web_url="https://teams.microsoftonline.cn",
)
CLOUDS = {each.name: each for each in (PUBLIC, GCC, GCC_HIGH, DOD, CHINA)}


def cloud(name: str) -> Cloud:
    """A cloud by its name; "" is the public one. Raises `SetupError` with the names that there are."""
    known = CLOUDS.get(name.lower() or PUBLIC.name)
    if known is None:
        raise SetupError(
            f'QABOT_TEAMS_CLOUD is "{name}": it must be {", ".join(list(CLOUDS)[:-1])} or {list(CLOUDS)[-1]}. '
            "English councils are in public."
        )
    return known
