"""Settings of the Teams adapter, read from the environment.

QABOT_TEAMS_APP_ID             application (client) id of the bot's registration
QABOT_TEAMS_TENANT_ID          the council's own tenant; the bot is registered as single-tenant there

One of these says how the bot proves who it is (`proofs.py`):

QABOT_TEAMS_MANAGED_IDENTITY   `yes`: the host has a managed identity that is the bot's own; `system`: its only one
QABOT_TEAMS_FEDERATED_IDENTITY client id of the host's managed identity that the registration trusts, or `system`
QABOT_TEAMS_FEDERATED_TOKEN_FILE  token of a platform that the registration trusts; else AZURE_FEDERATED_TOKEN_FILE
QABOT_TEAMS_CERTIFICATE_FILE   PEM file with the private key and its certificate
QABOT_TEAMS_SECRET             client secret; or QABOT_TEAMS_SECRET_FILE, the path of a file that holds it

QABOT_TEAMS_CERTIFICATE_PASSPHRASE  of the private key; or QABOT_TEAMS_CERTIFICATE_PASSPHRASE_FILE
QABOT_TEAMS_CERTIFICATE_CHAIN  `yes` sends the certificates too, where the registration trusts an authority
QABOT_TEAMS_ALLOWED_TENANTS    tenants whose people are let in, separated by commas; the council's own by default
QABOT_TEAMS_ADMINISTRATOR      Entra object id of whom `qabot doctor teams` tries to reach
QABOT_TEAMS_DIRECTORY          `graph` to read the tenant's staff list (needs the permission User.Read.All)
QABOT_TEAMS_SDK                whose models of the wire are used: `botbuilder` or `teams` (Microsoft's Teams SDK 2)
QABOT_TEAMS_INSTALL_APP        the app's id in the tenant's catalogue: Graph installs it for whoever does not have it
QABOT_TEAMS_NUDGE              `yes`: an alert that is sent again comes with a notice in the activity feed
QABOT_TEAMS_AUTH               `anonymous` takes calls without a token, from this machine alone: for trying it out
QABOT_TEAMS_SECRET_ENDS        the day on which the client secret ends (2027-03-31); qabot warns before it
QABOT_TEAMS_CLOUD              `public`, `gcc`, `gcc-high`, `dod` or `china`: Microsoft's addresses follow from it
QABOT_TEAMS_SERVICE_HOSTS      hosts at which Teams may have chats beside those of the cloud, separated by commas
QABOT_TEAMS_LOGIN_URL, QABOT_TEAMS_OPENID_URL, QABOT_TEAMS_SERVICE_URL, QABOT_TEAMS_GRAPH_URL,
QABOT_TEAMS_IDENTITY_URL       one address of Microsoft's that is another than the cloud's

QABOT_BASE_URL, which is the service's own, is the https address at which Teams and people's browsers reach it.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

from qabot.adapter_kit.network import Network, read_network
from qabot.errors import SetupError
from qabot_teams import sdks
from qabot_teams.clouds import PUBLIC, Cloud, cloud

YES = {"yes", "true", "1", "on"}
NO = {"", "no", "false", "0", "off"}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the adapter needs to know. No secret is in its representation, so that none is shown in a log.

    An identity is "system" or the client id of a user-assigned one.
    """

    app_id: str
    tenant_id: str
    secret: str = field(default="", repr=False)
    secret_file: str = ""
    secret_ends: str = ""
    certificate_file: str = ""
    certificate_passphrase: str = field(default="", repr=False)
    certificate_passphrase_file: str = ""
    certificate_chain: bool = False
    federated_token_file: str = ""
    federated_identity: str = ""
    managed_identity: str = ""
    allowed_tenants: frozenset[str] = frozenset()
    public_url: str = ""
    administrator: str = ""
    graph: bool = False
    install_app: str = ""
    nudge: bool = False
    anonymous: bool = False
    sdk: str = "botbuilder"
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
            return is_local(host_of(service_url))
        return is_safe(service_url) and host_of(service_url) in self.service_hosts


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
        secret=given("SECRET"),
        secret_file=given("SECRET_FILE"),
        secret_ends=given("SECRET_ENDS"),
        certificate_file=given("CERTIFICATE_FILE"),
        certificate_passphrase=given("CERTIFICATE_PASSPHRASE"),
        certificate_passphrase_file=given("CERTIFICATE_PASSPHRASE_FILE"),
        certificate_chain=given("CERTIFICATE_CHAIN").lower() in YES,
        federated_token_file=given("FEDERATED_TOKEN_FILE"),
        federated_identity=given("FEDERATED_IDENTITY").lower(),
        managed_identity=_own_identity(given("MANAGED_IDENTITY").lower(), given("APP_ID").lower()),
        allowed_tenants=tenants or frozenset({tenant} - {""}),
        public_url=environ.get("QABOT_BASE_URL", "").strip().rstrip("/"),
        administrator=given("ADMINISTRATOR").lower(),
        graph=given("DIRECTORY").lower() == "graph",
        install_app=given("INSTALL_APP").lower(),
        nudge=given("NUDGE").lower() in YES,
        anonymous=given("AUTH").lower() == "anonymous",
        sdk=given("SDK").lower() or "botbuilder",
        cloud=where,
        service_hosts=where.service_hosts | hosts | {host_of(urls["service_url"])} - {""},
        identity_header=environ.get("IDENTITY_HEADER", ""),
        network=read_network(environ),
        **urls,
    )
    if not given_credentials(settings):
        # The platform sets this one in every container, so whatever is ours goes before it.
        settings = replace(settings, federated_token_file=environ.get("AZURE_FEDERATED_TOKEN_FILE", "").strip())
    if not settings.managed_identity and not settings.federated_identity:
        return settings
    # The identity service is the host's own: a proxy cannot reach it, or reaches another's.
    return replace(settings, network=settings.network.without_proxy(host_of(settings.identity_url)))


def _own_identity(given: str, app_id: str) -> str:
    if given in YES:
        return app_id
    return "" if given in NO else given


def given_credentials(settings: Settings) -> list[str]:
    """The settings that each name a way to prove who the bot is: exactly one must be there."""
    ways = {
        "QABOT_TEAMS_SECRET": settings.secret,
        "QABOT_TEAMS_SECRET_FILE": settings.secret_file,
        "QABOT_TEAMS_CERTIFICATE_FILE": settings.certificate_file,
        "QABOT_TEAMS_FEDERATED_TOKEN_FILE": settings.federated_token_file,
        "QABOT_TEAMS_FEDERATED_IDENTITY": settings.federated_identity,
        "QABOT_TEAMS_MANAGED_IDENTITY": settings.managed_identity,
    }
    return [name for name, value in ways.items() if value]


def _problems(settings: Settings) -> list[str]:
    problems, ways = [], given_credentials(settings)
    if missing := sdks.problem(settings.sdk):
        problems.append(missing)
    if settings.anonymous:
        if ways:
            problems.append(f"QABOT_TEAMS_AUTH=anonymous is for trying it out: take {' and '.join(ways)} away.")
        return problems + _bad_addresses(settings)
    for name, value in (("APP_ID", settings.app_id), ("TENANT_ID", settings.tenant_id)):
        if not _is_guid(value):
            problems.append(f"QABOT_TEAMS_{name} must be an id such as 1b2f3c4d-0000-4000-8000-1234567890ab.")
    if settings.install_app and not _is_guid(settings.install_app):
        problems.append("QABOT_TEAMS_INSTALL_APP must be the id that the app has in the tenant's catalogue.")
    return problems + _bad_credential(settings, ways) + _bad_addresses(settings)


def _bad_credential(settings: Settings, ways: list[str]) -> list[str]:
    problems = []
    if len(ways) > 1:
        problems.append(f"Set only one of {' and '.join(ways)}: each is a credential of its own.")
    if not ways:
        problems.append(
            "The bot has no credential. Set one of QABOT_TEAMS_MANAGED_IDENTITY, QABOT_TEAMS_FEDERATED_IDENTITY, "
            "QABOT_TEAMS_FEDERATED_TOKEN_FILE, QABOT_TEAMS_CERTIFICATE_FILE, QABOT_TEAMS_SECRET_FILE."
        )
    if settings.certificate_passphrase and settings.certificate_passphrase_file:
        problems.append("Set QABOT_TEAMS_CERTIFICATE_PASSPHRASE or QABOT_TEAMS_CERTIFICATE_PASSPHRASE_FILE, not both.")
    if settings.managed_identity not in ("", "system", settings.app_id):
        problems.append(
            "QABOT_TEAMS_MANAGED_IDENTITY must be yes or system: the bot's own identity has the bot's own id."
        )
    if settings.federated_identity not in ("", "system") and not _is_guid(settings.federated_identity):
        problems.append("QABOT_TEAMS_FEDERATED_IDENTITY must be the client id of a managed identity, or system.")
    if settings.secret_ends and end_of(settings.secret_ends) is None:
        problems.append("QABOT_TEAMS_SECRET_ENDS must be a day such as 2027-03-31.")
    return problems


def end_of(day: str) -> datetime | None:
    """The moment (UTC) at which a day such as "2027-03-31" begins; None if it is no day."""
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC)
    except ValueError:
        return None


def _bad_addresses(settings: Settings) -> list[str]:
    names = ("login_url", "openid_url", "service_url", "graph_url")
    wrong = [f"QABOT_TEAMS_{name.upper()}" for name in names if not is_safe(getattr(settings, name))]
    return [f"{' and '.join(wrong)} must start with https://."] if wrong else []


@lru_cache(maxsize=256)
def is_safe(url: str) -> bool:
    """Whether secrets may travel to this address: https, or this machine."""
    scheme, host = url.partition("://")[0].lower(), host_of(url)
    return bool(host) and (scheme == "https" or (scheme == "http" and is_local(host)))


def host_of(url: str) -> str:
    """The host of an address, in small letters; "" if it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


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
