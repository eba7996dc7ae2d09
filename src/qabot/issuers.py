"""Whether an address can be an issuer of OpenID Connect: for the settings, before anything is asked of it."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

MICROSOFT = frozenset(
    {"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "sts.windows.net"}
)
"""Hosts whose issuers are tenants of Entra ID."""
_TENANT = re.compile(r"/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/v2\.0/?")


def tenant_of(issuer: str) -> str:
    """The id of the tenant of Entra ID whose issuer this is, in small letters; "" of any other."""
    parts = urlsplit(issuer)
    match = _TENANT.fullmatch(parts.path) if parts.hostname in MICROSOFT else None
    return match[1].lower() if match else ""


def trouble(issuer: str) -> str:
    """What is wrong with an address as an issuer, as the end of a sentence; "" if nothing is."""
    parts = urlsplit(issuer)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or "@" in issuer:
        return f"expected addresses such as https://accounts.google.com, and {issuer!r} is none"
    if parts.scheme == "http" and not _is_here(parts.hostname):
        return f"{issuer} is not https: whoever is on the way could sign in as anybody"
    if parts.hostname in MICROSOFT and not tenant_of(issuer):
        # Of `common` anybody's account of anywhere is let in, and its tokens name another issuer than it does.
        return (
            f"{issuer} is not the council's own tenant. Expected "
            "https://login.microsoftonline.com/TENANT/v2.0 with the tenant's id, as Entra ID's Overview shows it"
        )
    return ""


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
