"""The way out to the network: the council's proxy, and whose certificates are believed. One way for every connection.

HTTPS_PROXY, HTTP_PROXY, ALL_PROXY   a proxy for https, for http, for what has none of its own: http://user:pass@host:port
NO_PROXY                             what goes without: names and all below them, addresses, networks (10.0.0.0/8), `*`
QABOT_CA_FILE                        certificates of authorities to believe beside the system's, PEM
SSL_CERT_FILE, SSL_CERT_DIR          take the place of the system's (OpenSSL's rule)
REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE   likewise believed beside them, since a host that has them set means them

Names in lower case go before those in capitals, as with curl. aiohttp's own `trust_env` is not used: it asks netrc for
every request, knows neither ALL_PROXY nor networks in NO_PROXY, and shows the proxy's password in its errors.
"""

import ipaddress
import os
import re
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection
from yarl import URL

from qabot.adapter_kit.secret_files import plain
from qabot.errors import SetupError

CA_FILE = "QABOT_CA_FILE"
CA_PLACES = (CA_FILE, "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
UNTRUSTED = {18, 19, 20, 21}
"""OpenSSL's codes for a certificate that nobody whom we believe has signed."""


class NotConnected(aiohttp.ClientConnectionError):
    """A connection broke off before it stood: in a proxy's answer, or in the greeting of TLS."""


NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError, NotConnected)
"""The errors after which it is certain that nothing was asked: no connection was made, or the proxy made none."""


class _Connector(aiohttp.TCPConnector):
    """Says of whatever goes wrong before a connection stands that nothing was sent."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's
    ) -> Connection:
        try:
            return await super().connect(req, traces, timeout)
        except (*NEVER_SENT, TimeoutError):
            raise
        except (aiohttp.ClientError, OSError) as wrong:
            through = f" through the proxy {req.proxy.host}:{req.proxy.port}" if req.proxy else ""
            raise NotConnected(f"the connection to {req.url.host}{through} broke off") from wrong


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy is. Its user and password are only in the header, which is never shown."""

    url: URL
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Network:
    """The way out. `proxies` by scheme ("http", "https"); `exempt` is NO_PROXY, one entry each."""

    proxies: Mapping[str, Proxy] = field(default_factory=dict)
    exempt: tuple[str, ...] = ()
    tls: ssl.SSLContext | bool = True

    def without_proxy(self, host: str | None) -> "Network":
        """The same way, with one host more that no proxy may stand before."""
        return replace(self, exempt=(*self.exempt, host.lower())) if host else self

    def proxy(self, url: URL) -> Proxy | None:
        """The proxy for an address (http, https, ws or wss), if it goes through one."""
        address = self.proxies.get({"ws": "http", "wss": "https"}.get(url.scheme, url.scheme))
        if address is None or any(_matches(each, url.host or "", url.port) for each in self.exempt):
            return None
        return address

    def session(
        self,
        *,
        limit: int,
        keepalive: float,
        timeout: aiohttp.ClientTimeout,
        resolver: AbstractResolver | None = None,
        **more: Any,
    ) -> aiohttp.ClientSession:
        """A session whose every request and web socket goes this way. Must be made inside a running event loop.

        `resolver` finds the addresses of names; a usual one if none is given.
        """
        connector = _Connector(limit=limit, keepalive_timeout=keepalive, ssl=self.tls, resolver=resolver)
        middlewares = (self._through,) if self.proxies else ()
        return aiohttp.ClientSession(connector=connector, timeout=timeout, middlewares=middlewares, **more)

    async def _through(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        address = self.proxy(request.url)
        request.update_proxy(address.url if address else None, None, dict(address.headers) if address else None)
        if address and not request.is_ssl():
            # Without a tunnel the proxy reads the request itself.
            request.headers.update(address.headers)
        return await handler(request)


def read_network(environ: Mapping[str, str]) -> Network:
    """The way out, as the environment has it. Raises `SetupError` that names the variable and shows no password."""
    proxies = {scheme: proxy for scheme in ("http", "https") if (proxy := _proxy(environ, scheme))}
    entries = re.split(r"[,\s]+", _either(environ, "NO_PROXY")[1].lower())
    return Network(proxies, tuple(each for each in entries if each), _tls(environ))


def reason(error: BaseException) -> str:
    """Why a connection failed, as the end of a sentence. Never holds a header, a token or a proxy's password."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return _distrust(error)
        case aiohttp.ClientHttpProxyError(status=407):
            return "the proxy asks for a user and password, or does not know the ones in HTTPS_PROXY (407)"
        case aiohttp.ClientHttpProxyError():
            return f"the proxy did not connect to {error.request_info.url.host} ({error.status})"
        case aiohttp.ClientProxyConnectionError():
            return f"the proxy {error.host}:{error.port} could not be reached"
        case aiohttp.ClientConnectorDNSError():
            return f"the name {error.host} is not known here"
        case aiohttp.ClientConnectorError():
            return f"no connection to {error.host}:{error.port} ({type(error.os_error).__name__})"
        case NotConnected():
            return str(error)
        case aiohttp.ClientResponseError():
            return f"it answered {error.status}"
        case TimeoutError():
            return "no answer in time"
    # aiohttp's other errors show requests with their headers.
    return type(error).__name__ if isinstance(error, aiohttp.ClientError) else repr(error)


def _distrust(error: aiohttp.ClientConnectorCertificateError) -> str:
    wrong = error.certificate_error
    code = wrong.verify_code if isinstance(wrong, ssl.SSLCertVerificationError) else 0
    said = wrong.verify_message if isinstance(wrong, ssl.SSLCertVerificationError) else type(wrong).__name__
    sentence = f"the certificate of {error.host} is not believed ({said})"
    if code in UNTRUSTED:
        sentence += (
            f"; if the council signs connections with a certificate authority of its own, name its file in {CA_FILE}"
        )
    return sentence


def _either(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """The variable's name as it is set, and its value; "" if it is not."""
    for each in (name.lower(), name):
        if each in environ:
            return each, environ[each].strip()
    return name, ""


def _proxy(environ: Mapping[str, str], scheme: str) -> Proxy | None:
    name, value = _either(environ, f"{scheme.upper()}_PROXY")
    if not value and name not in environ:
        name, value = _either(environ, "ALL_PROXY")
    if not value:
        return None
    try:
        url = URL(value if "://" in value else f"http://{value}")
        good = url.scheme in {"http", "https"} and bool(url.host)
    except ValueError:
        good = False
    if not good:
        # What was given is not repeated: it may hold a password.
        raise SetupError(
            f"{name} is no proxy that qabot can use: it must look like http://proxy.council.example:8080, with "
            "http:// or https://. A user and password go before the host, percent-encoded. SOCKS is not supported."
        )
    return Proxy(url.with_user(None).with_path("/"), _credentials(url))


def _credentials(url: URL) -> dict[str, str]:
    if url.user is None:
        return {}
    pair = f"{url.user}:{url.password or ''}".encode()
    return {"Proxy-Authorization": f"Basic {b64encode(pair).decode()}"}


def _matches(entry: str, host: str, port: int | None) -> bool:
    """Whether an entry of NO_PROXY names this host."""
    if entry == "*":
        return True
    host = host.lower().rstrip(".")
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    name, _, only = entry.partition(":")
    if only and only != str(port):
        return False
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _tls(environ: Mapping[str, str]) -> ssl.SSLContext | bool:
    context = trusted(environ)
    if context is None:
        return True
    context.set_alpn_protocols(["http/1.1"])
    return context


def trusted(environ: Mapping[str, str]) -> ssl.SSLContext | None:
    """What believes the authorities that the environment names, for any protocol; None if it names none.

    Raises `SetupError` that names the variable.
    """
    places = [(name, environ[name].strip()) for name in CA_PLACES if environ.get(name, "").strip()]
    if not places:
        return None
    context = ssl.create_default_context()
    for name, path in places:
        _believe(context, name, path)
    return context


def _believe(context: ssl.SSLContext, name: str, path: str) -> None:
    # OpenSSL takes a list of folders, and not all of them need to be there.
    several = path.split(os.pathsep) if name == "SSL_CERT_DIR" else [path]
    try:
        for each in [each for each in several if Path(each).exists()] or [path]:
            folder = plain(each).is_dir()
            context.load_verify_locations(capath=each if folder else None, cafile=None if folder else each)
    except ssl.SSLError:
        raise SetupError(
            f"{name}: {path} holds no certificate that can be read. It must be PEM: text that begins with "
            "-----BEGIN CERTIFICATE-----."
        ) from None
    except OSError as wrong:
        raise SetupError(f"{name} names {path}, which cannot be read: {wrong.strerror}.") from None
