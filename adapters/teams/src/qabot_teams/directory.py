"""The tenant's staff from Microsoft Graph, where the council grants User.Read.All.

Guests and deactivated accounts are there, and not active. An account's addresses are its `mail`, then its
`userPrincipalName` and the addresses at which its mailbox takes mail. `otherMails` are private ones that nobody has
verified, so they are not asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog

from qabot.adapter import DirectoryEntry, DirectoryUnread, StaffMember, retry_after, storable
from qabot.adapter_kit.network import reason
from qabot_teams.settings import Settings
from qabot_teams.tokens_out import Credential, TokenRefused, TokenUnavailable

FIELDS = "id,displayName,mail,userPrincipalName,proxyAddresses,accountEnabled,userType"
SMTP = "smtp:"
log = structlog.get_logger(__name__)


class Graph:
    """Asks Microsoft Graph, with the bot's own credential."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, credential: Credential) -> None:
        self._settings, self._session, self._credential = settings, session, credential

    async def staff(self) -> list[DirectoryEntry]:
        """Everybody in the tenant. Raises `DirectoryUnread` with what was read."""
        return await self._all({"$select": FIELDS, "$top": "999"})

    async def find(self, email: str) -> list[DirectoryEntry]:
        """The accounts with this address. Raises `DirectoryUnread`."""
        quoted = email.replace("'", "''")
        same = f"mail eq '{quoted}' or userPrincipalName eq '{quoted}'"
        return await self._all({"$select": FIELDS, "$filter": f"{same} or proxyAddresses/any(p:p eq '{SMTP}{quoted}')"})

    async def members(self) -> list[StaffMember]:
        """Everybody in the tenant but guests, with who manages them. Raises `DirectoryUnread`."""
        params = {
            "$select": f"{FIELDS},employeeId,department",
            "$expand": "manager($select=id,mail,userPrincipalName)",
            "$top": "999",
        }
        return [member(each) for each in await self._users(params) if not _is_guest(each)]

    async def _all(self, params: Mapping[str, str]) -> list[DirectoryEntry]:
        return [entry(each) for each in await self._users(params)]

    async def _users(self, params: Mapping[str, str]) -> list[dict[str, Any]]:
        users: list[dict[str, Any]] = []
        url: str | None = f"{self._settings.graph_url}/v1.0/users"
        query: Mapping[str, str] | None = params
        try:
            while url:
                page = await self._page(url, query)
                users += _users(page)
                url, query = self._next(page, url), None
        except DirectoryUnread as unread:
            raise DirectoryUnread(str(unread), [entry(each) for each in users], unread.seconds) from unread
        return users

    def _next(self, page: Mapping[str, Any], url: str) -> str | None:
        link = page.get("@odata.nextLink")
        if link == url:
            raise DirectoryUnread("The staff list could not be read: it goes round in a circle.")
        if link and not _same_host(str(link), self._settings.graph_url):
            raise DirectoryUnread("The rest of the staff list is at an address that is not Microsoft Graph's.")
        return str(link) if link else None

    async def _page(self, url: str, params: Mapping[str, str] | None) -> dict[str, Any]:
        scope = f"{self._settings.graph_url}/.default"
        try:
            headers = {"Authorization": f"Bearer {await self._credential.token(scope)}"}
            async with self._session.get(url, params=params, headers=headers) as response:
                if response.status == 401:
                    self._credential.forget(scope)
                if response.status != 200:
                    raise DirectoryUnread(
                        f"The staff list could not be read: Microsoft Graph answered {response.status}.",
                        seconds=retry_after(response.headers),
                    )
                page = orjson.loads(await response.read())
        except (TokenRefused, TokenUnavailable) as wrong:
            raise DirectoryUnread(f"The staff list could not be read: {wrong}") from wrong
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            raise DirectoryUnread(f"The staff list could not be read: {reason(wrong)}.") from wrong
        except ValueError as wrong:
            raise DirectoryUnread("The staff list could not be read: an answer was no JSON.") from wrong
        if not isinstance(page, dict):
            raise DirectoryUnread("The staff list could not be read: an answer was no list of people.")
        return page


def _same_host(link: str, other: str) -> bool:
    try:
        return urlsplit(link).netloc == urlsplit(other).netloc
    except ValueError:
        return False


def _users(page: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    users = page.get("value")
    if not isinstance(users, list):
        raise DirectoryUnread("The staff list could not be read: an answer was no list of people.")
    return [each for each in users if isinstance(each, dict) and each.get("id")]


def entry(user: Mapping[str, Any]) -> DirectoryEntry:
    """A user of Graph's as a directory entry. A guest's addresses are another organisation's: they link nobody."""
    principal, guest = str(user.get("userPrincipalName") or ""), _is_guest(user)
    active = user.get("accountEnabled") is not False and not guest
    addresses = [] if guest else _addresses(user, principal)
    return DirectoryEntry(
        storable(user["id"]).lower(),
        addresses[0] if addresses else None,
        storable(user.get("displayName") or ""),
        active,
        aliases=tuple(addresses[1:]),
    )


def member(user: Mapping[str, Any]) -> StaffMember:
    """A user of Graph's as a colleague: by the mailbox's address, which the sign-in name need not be."""
    manager = user.get("manager")
    above = manager if isinstance(manager, dict) else {}
    return StaffMember(
        str(user.get("displayName") or ""),
        _mailbox(user),
        active=user.get("accountEnabled") is not False,
        manager=_mailbox(above),
        employee_id=str(user.get("employeeId") or ""),
        team=str(user.get("department") or ""),
        sign_in=str(user.get("userPrincipalName") or "").lower(),
        id=str(user["id"]).lower(),
    )


def _mailbox(user: Mapping[str, Any]) -> str:
    return str(user.get("mail") or user.get("userPrincipalName") or "").lower()


def _is_guest(user: Mapping[str, Any]) -> bool:
    return user.get("userType") == "Guest" or "#ext#" in str(user.get("userPrincipalName") or "").lower()


def _addresses(user: Mapping[str, Any], principal: str) -> list[str]:
    """Each address once, in lower case, the first that the account has first."""
    proxies = user.get("proxyAddresses")
    mailbox = [str(each) for each in proxies] if isinstance(proxies, list) else []
    taken = [each[len(SMTP) :] for each in mailbox if each.lower().startswith(SMTP)]
    every = (storable(each).strip().lower() for each in (user.get("mail") or "", principal, *taken))
    return list(dict.fromkeys(each for each in every if each))
