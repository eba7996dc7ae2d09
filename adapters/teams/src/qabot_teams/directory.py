"""The tenant's staff from Microsoft Graph, where the council grants User.Read.All. Guests are left out."""

from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog

from qabot.adapter import DirectoryEntry
from qabot.adapter_kit.network import reason
from qabot_teams.settings import Settings
from qabot_teams.tokens_out import Credential, TokenRefused, TokenUnavailable

FIELDS = "id,displayName,mail,userPrincipalName,accountEnabled,userType"
log = structlog.get_logger(__name__)


async def staff(settings: Settings, session: aiohttp.ClientSession, credential: Credential) -> list[DirectoryEntry]:
    """Everybody in the tenant who is not a guest; empty, with a warning in the log, if Graph does not answer."""
    url: str | None = f"{settings.graph_url}/v1.0/users?$select={FIELDS}&$top=999"
    found: list[DirectoryEntry] = []
    try:
        headers = {"Authorization": f"Bearer {await credential.token(settings.graph_url + '/.default')}"}
        while url and urlsplit(url).netloc == urlsplit(settings.graph_url).netloc:
            page = await _page(session, url, headers)
            found += [_entry(each) for each in page.get("value", ()) if each.get("userType") != "Guest"]
            url = page.get("@odata.nextLink")
    except (aiohttp.ClientError, TimeoutError, ValueError, TokenRefused, TokenUnavailable) as wrong:
        log.warning("the staff list could not be read", action="teams_directory_failed", error=_why(wrong))
        return []
    return found


def _why(wrong: Exception) -> str:
    return str(wrong) if isinstance(wrong, TokenRefused | TokenUnavailable) else reason(wrong)


async def _page(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> dict[str, Any]:
    async with session.get(url, headers=headers) as response:
        response.raise_for_status()
        return dict(await response.json())


def _entry(user: dict[str, Any]) -> DirectoryEntry:
    email = str(user.get("mail") or user.get("userPrincipalName") or "").lower() or None
    active = user.get("accountEnabled") is not False
    return DirectoryEntry(str(user["id"]).lower(), email, str(user.get("displayName") or ""), active)
