"""Settings, from the environment. The password may also stand in a file, named by QABOT_EMAIL_PASSWORD_FILE."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import urlsplit

from qabot.adapter_kit.network import read_network
from qabot.adapter_kit.secret_files import secret_text
from qabot.errors import SetupError

Tls = Literal["starttls", "tls"]
PORTS: Mapping[Tls, int] = {"starttls": 587, "tls": 465}
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{1,63}", re.ASCII)


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


def read(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`. Raises `SetupError` with what to set."""
    host, sender = _value(environ, "QABOT_EMAIL_HOST"), _value(environ, "QABOT_EMAIL_FROM").lower()
    if not host:
        raise SetupError("QABOT_EMAIL_HOST is not set: the name of the council's mail relay.")
    if wrong := address_problem(sender):
        raise SetupError(f"QABOT_EMAIL_FROM is the address that mail comes from: {wrong}.")
    tls = _value(environ, "QABOT_EMAIL_TLS").lower() or "starttls"
    if tls not in PORTS:
        raise SetupError(f'QABOT_EMAIL_TLS is "{tls}": it must be "starttls" or "tls". Nothing is sent in the clear.')
    kind = cast(Tls, tls)
    user, password = _value(environ, "QABOT_EMAIL_USER"), _password(environ)
    if bool(user) != bool(password):
        raise SetupError("QABOT_EMAIL_USER and QABOT_EMAIL_PASSWORD go together: set both, or neither.")
    trust = read_network(environ).tls
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


def _password(environ: Mapping[str, str]) -> str:
    if given := _value(environ, "QABOT_EMAIL_PASSWORD"):
        return given
    path = _value(environ, "QABOT_EMAIL_PASSWORD_FILE")
    try:
        return secret_text(path) if path else ""
    except OSError as wrong:
        raise SetupError(f"QABOT_EMAIL_PASSWORD_FILE names a file that cannot be read: {wrong.strerror}.") from wrong
    except UnicodeDecodeError:
        raise SetupError("QABOT_EMAIL_PASSWORD_FILE names a file that is no text.") from None
