"""Settings, from the environment. A secret may also stand in a file, named by the same name with _FILE at its end."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import urlsplit

from qabot.adapter_kit.network import Network, read_network
from qabot.adapter_kit.secret_files import secret_text
from qabot.errors import SetupError

LOGIN_URL, GRAPH_URL = "https://login.microsoftonline.com", "https://graph.microsoft.com"
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}", re.ASCII)
Tls = Literal["starttls", "tls"]
PORTS: Mapping[Tls, int] = {"starttls": 587, "tls": 465}
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{1,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entra:
    """An application in the council's tenant, by which qabot signs in to Exchange Online. `secret` stays out of `repr`.

    The addresses have no slash at their end; in other clouds than the public one they differ.
    """

    tenant: str
    client_id: str
    secret: str = field(repr=False)
    login_url: str = LOGIN_URL
    graph_url: str = GRAPH_URL


@dataclass(frozen=True, slots=True)
class Settings:
    """What the adapter needs. The password stays out of `repr`, so that no log can show it.

    `base_url` is where people reach the inbox, without a slash at its end. `domains` are those that are written to.
    """

    host: str
    sender: str
    base_url: str
    domains: frozenset[str]
    port: int = 587
    tls: Tls = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    admin: str = ""
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False, compare=False)
    network: Network = field(default_factory=Network, repr=False, compare=False)
    entra: Entra | None = None
    by_graph: bool = False
    """Mails are handed to Microsoft Graph, and there is no relay."""


def read(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`. Raises `SetupError` with what to set."""
    host, sender = _value(environ, "QABOT_EMAIL_HOST"), _value(environ, "QABOT_EMAIL_FROM").lower()
    entra, by_graph = _entra(environ), _way(environ) == "graph"
    if by_graph and entra is None:
        raise SetupError("QABOT_EMAIL_WAY is graph: set QABOT_EMAIL_TENANT, QABOT_EMAIL_CLIENT_ID and its secret too.")
    if not host and not by_graph:
        raise SetupError("QABOT_EMAIL_HOST is not set: the name of the council's mail relay.")
    if wrong := address_problem(sender):
        raise SetupError(f"QABOT_EMAIL_FROM is the address that mail comes from: {wrong}.")
    tls = _value(environ, "QABOT_EMAIL_TLS").lower() or "starttls"
    if tls not in PORTS:
        raise SetupError(f'QABOT_EMAIL_TLS is "{tls}": it must be "starttls" or "tls". Nothing is sent in the clear.')
    kind = cast(Tls, tls)
    user, password = _value(environ, "QABOT_EMAIL_USER"), _secret(environ, "QABOT_EMAIL_PASSWORD")
    if entra is not None and password:
        raise SetupError("QABOT_EMAIL_PASSWORD and QABOT_EMAIL_TENANT are two ways to sign in: set one of them.")
    if entra is None and bool(user) != bool(password):
        raise SetupError("QABOT_EMAIL_USER and QABOT_EMAIL_PASSWORD go together: set both, or neither.")
    network = read_network(environ)
    trust = network.tls
    return Settings(
        host=host,
        sender=sender,
        base_url=_base_url(environ),
        domains=_domains(environ, sender),
        port=_port(environ, kind),
        tls=kind,
        user=user,
        password=password,
        admin=_value(environ, "QABOT_EMAIL_ADMIN").lower(),
        trust=trust if isinstance(trust, ssl.SSLContext) else ssl.create_default_context(),
        network=network,
        entra=entra,
        by_graph=by_graph,
    )


def address_problem(address: str) -> str:
    """What keeps an address from being written to, as the end of a sentence; "" if nothing does."""
    return "" if _ADDRESS.fullmatch(address) else "expected an address such as qabot@council.example"


def _value(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()


def _port(environ: Mapping[str, str], tls: Tls) -> int:
    given = _value(environ, "QABOT_EMAIL_PORT")
    if not given:
        return PORTS[tls]
    if not given.isascii() or not given.isdigit() or not 0 < int(given) < 65536:
        raise SetupError(f'QABOT_EMAIL_PORT is "{given}": it must be a number from 1 to 65535.')
    return int(given)


def _domains(environ: Mapping[str, str], sender: str) -> frozenset[str]:
    given = [each.strip().lstrip("@").lower() for each in _value(environ, "QABOT_EMAIL_DOMAINS").split(",")]
    return frozenset(each for each in given if each) or frozenset({sender.partition("@")[2]})


def _base_url(environ: Mapping[str, str]) -> str:
    url = environ.get("QABOT_BASE_URL", "").strip().rstrip("/")
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise SetupError("QABOT_BASE_URL is not set: the links in e-mails lead to the inbox there.")
    return url


def _way(environ: Mapping[str, str]) -> str:
    given = _value(environ, "QABOT_EMAIL_WAY").lower() or "smtp"
    if given not in ("smtp", "graph"):
        raise SetupError(f'QABOT_EMAIL_WAY is "{given}": it must be "smtp" or "graph".')
    return given


def _entra(environ: Mapping[str, str]) -> Entra | None:
    tenant, client_id = _value(environ, "QABOT_EMAIL_TENANT"), _value(environ, "QABOT_EMAIL_CLIENT_ID")
    secret = _secret(environ, "QABOT_EMAIL_CLIENT_SECRET")
    if not (tenant or client_id or secret):
        return None
    if not (tenant and client_id and secret):
        raise SetupError(
            "QABOT_EMAIL_TENANT, QABOT_EMAIL_CLIENT_ID and QABOT_EMAIL_CLIENT_SECRET go together: set all, or none."
        )
    if not _TENANT.fullmatch(tenant):
        raise SetupError("QABOT_EMAIL_TENANT is the tenant's id or its domain, such as council.onmicrosoft.com.")
    login, graph = _https(environ, "QABOT_EMAIL_LOGIN_URL"), _https(environ, "QABOT_EMAIL_GRAPH_URL")
    return Entra(tenant, client_id, secret, login or LOGIN_URL, graph or GRAPH_URL)


def _https(environ: Mapping[str, str], name: str) -> str:
    given = _value(environ, name).rstrip("/")
    try:
        parts = urlsplit(given)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost"))
    except ValueError:
        safe = False
    if given and not (safe and parts.hostname):
        raise SetupError(f"{name} must be an https address, such as {GRAPH_URL}.")
    return given


def _secret(environ: Mapping[str, str], name: str) -> str:
    """A secret, or what stands in the file that the name with _FILE gives."""
    if given := _value(environ, name):
        return given
    path = _value(environ, f"{name}_FILE")
    try:
        return secret_text(path) if path else ""
    except OSError as wrong:
        raise SetupError(f"{name}_FILE names a file that cannot be read: {wrong.strerror}.") from wrong
    except UnicodeDecodeError:
        raise SetupError(f"{name}_FILE names a file that is no text.") from None
