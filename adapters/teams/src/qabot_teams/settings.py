"""Settings of the Teams adapter, read from the environment.

QABOT_TEAMS_APP_ID             application (client) id of the bot's registration
QABOT_TEAMS_TENANT_ID          the council's own tenant; the bot is registered as single-tenant there
QABOT_TEAMS_SECRET             client secret; or QABOT_TEAMS_SECRET_FILE, the path of a file that holds it
QABOT_TEAMS_MANAGED_IDENTITY   `yes` where the host has a managed identity, in place of a secret
QABOT_TEAMS_ALLOWED_TENANTS    tenants whose people are let in, separated by commas; the council's own by default
QABOT_TEAMS_ADMINISTRATOR      Entra object id of whom `qabot doctor teams` tries to reach
QABOT_TEAMS_DIRECTORY          `graph` to read the tenant's staff list (needs the permission User.Read.All)
QABOT_TEAMS_AUTH               `anonymous` takes calls without a token, from this machine alone: for trying it out
QABOT_TEAMS_CLOUD              `public`, `gcc`, `gcc-high`, `dod` or `china`: Microsoft's addresses follow from it
QABOT_TEAMS_SERVICE_HOSTS      hosts at which Teams may have chats beside those of the cloud, separated by commas
QABOT_TEAMS_LOGIN_URL, QABOT_TEAMS_OPENID_URL, QABOT_TEAMS_SERVICE_URL, QABOT_TEAMS_GRAPH_URL,
QABOT_TEAMS_IDENTITY_URL       one address of Microsoft's that is another than the cloud's

QABOT_BASE_URL, which is the service's own, is the https address at which Teams and people's browsers reach it.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from qabot.adapter_kit.network import Network, read_network
from qabot.errors import SetupError
from qabot_teams.clouds import PUBLIC, Cloud, cloud


@dataclass(frozen=True, slots=True)
class Settings:
    """What the adapter needs to know. `secret` is never shown in a log: it is left out of the representation."""

    app_id: str
    tenant_id: str
    secret: str = field(default="", repr=False)
    managed_identity: bool = False
    allowed_tenants: frozenset[str] = frozenset()
    public_url: str = ""
    administrator: str = ""
    graph: bool = False
    anonymous: bool = False
    cloud: Cloud = PUBLIC
    login_url: str = PUBLIC.login_url
    openid_url: str = PUBLIC.openid_url
    service_url: str = PUBLIC.service_url
    service_hosts: frozenset[str] = PUBLIC.service_hosts
    graph_url: str = PUBLIC.graph_url
    identity_url: str = "http://169.254.169.254/metadata/identity/oauth2/token"
    identity_header: str = field(default="", repr=False)
    network: Network = field(default_factory=Network)

    def has_chats(self, service_url: str) -> bool:
        """Whether Teams has chats at this address, so that the bot's token may be sent there."""
        # Without a token nothing is given away, and the machine's own client is the only one that there is.
        if self.anonymous:
            return is_local(urlsplit(service_url).hostname)
        return is_safe(service_url) and urlsplit(service_url).hostname in self.service_hosts


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from the environment. Raises `SetupError` that names each thing to mend."""
    settings = _settings(environ)
    problems = list(_problems(settings))
    if problems:
        raise SetupError("Teams: " + " ".join(problems) + " See docs/teams.md.")
    return settings


def _settings(environ: Mapping[str, str]) -> Settings:
    def given(name: str) -> str:
        return environ.get(f"QABOT_TEAMS_{name}", "").strip()

    tenant = given("TENANT_ID").lower()
    tenants = frozenset(each.strip().lower() for each in given("ALLOWED_TENANTS").split(",") if each.strip())
    where = cloud(given("CLOUD"))
    addresses = ("LOGIN_URL", "OPENID_URL", "SERVICE_URL", "GRAPH_URL", "IDENTITY_URL")
    # Azure's App Service and Container Apps offer the identity at an address of their own.
    urls = {"identity_url": environ["IDENTITY_ENDPOINT"]} if environ.get("IDENTITY_ENDPOINT") else {}
    urls |= {name: getattr(where, name) for name in ("login_url", "openid_url", "service_url", "graph_url")}
    urls |= {name.lower(): given(name).rstrip("/") for name in addresses if given(name)}
    hosts = {each.strip().lower() for each in given("SERVICE_HOSTS").split(",")} - {""}
    settings = Settings(
        app_id=given("APP_ID").lower(),
        tenant_id=tenant,
        secret=_secret(environ),
        managed_identity=given("MANAGED_IDENTITY").lower() in {"yes", "true", "1", "on"},
        allowed_tenants=tenants or frozenset({tenant} - {""}),
        public_url=environ.get("QABOT_BASE_URL", "").strip().rstrip("/"),
        administrator=given("ADMINISTRATOR").lower(),
        graph=given("DIRECTORY").lower() == "graph",
        anonymous=given("AUTH").lower() == "anonymous",
        cloud=where,
        service_hosts=where.service_hosts | hosts | {urlsplit(urls["service_url"]).hostname or ""} - {""},
        identity_header=environ.get("IDENTITY_HEADER", ""),
        network=read_network(environ),
        **urls,
    )
    if not settings.managed_identity:
        return settings
    # The identity service is the host's own: a proxy cannot reach it, or reaches another's.
    return replace(settings, network=settings.network.without_proxy(urlsplit(settings.identity_url).hostname))


def _secret(environ: Mapping[str, str]) -> str:
    plain, path = environ.get("QABOT_TEAMS_SECRET", "").strip(), environ.get("QABOT_TEAMS_SECRET_FILE", "").strip()
    if plain and path:
        raise SetupError("Teams: set QABOT_TEAMS_SECRET or QABOT_TEAMS_SECRET_FILE, not both.")
    if not path:
        return plain
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as wrong:
        raise SetupError(f"Teams: QABOT_TEAMS_SECRET_FILE cannot be read: {wrong.strerror}.") from wrong


def _problems(settings: Settings) -> list[str]:
    found = []
    if settings.anonymous:
        if settings.secret or settings.managed_identity:
            found.append("QABOT_TEAMS_AUTH=anonymous is for trying it out: take the secret or managed identity away.")
        return found + _bad_addresses(settings)
    for name, value in (("APP_ID", settings.app_id), ("TENANT_ID", settings.tenant_id)):
        if not _is_guid(value):
            found.append(f"QABOT_TEAMS_{name} must be an id such as 1b2f3c4d-0000-4000-8000-1234567890ab.")
    if settings.secret and settings.managed_identity:
        found.append("Set a secret or QABOT_TEAMS_MANAGED_IDENTITY, not both.")
    if not settings.secret and not settings.managed_identity:
        found.append("Set QABOT_TEAMS_SECRET, QABOT_TEAMS_SECRET_FILE or QABOT_TEAMS_MANAGED_IDENTITY=yes.")
    return found + _bad_addresses(settings)


def _bad_addresses(settings: Settings) -> list[str]:
    names = ("login_url", "openid_url", "service_url", "graph_url")
    wrong = [f"QABOT_TEAMS_{name.upper()}" for name in names if not is_safe(getattr(settings, name))]
    return [f"{' and '.join(wrong)} must start with https://."] if wrong else []


@lru_cache(maxsize=256)
def is_safe(url: str) -> bool:
    """Whether secrets may travel to this address: https, or this machine."""
    return urlsplit(url).scheme == "https" or (urlsplit(url).scheme == "http" and is_local(urlsplit(url).hostname))


def is_local(host: str | None) -> bool:
    """Whether a host name or address is this machine's loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _is_guid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
