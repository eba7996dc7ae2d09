"""When people's mailboxes send automatic replies, from Microsoft Graph, where the council grants MailboxSettings.Read.

Three fields are asked for: whether replies are scheduled, from when, until when. What they say is private, and is
neither asked for nor looked at.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp
import orjson

from qabot.adapter import DirectoryUnread, OutOfOffice, retry_after
from qabot.adapter_kit.network import reason
from qabot_teams.settings import Settings
from qabot_teams.tokens_out import Credential, TokenRefused, TokenUnavailable

FIELDS = "status,scheduledStartDateTime,scheduledEndDateTime"
AT_ONCE = 4
NAMES = {"UTC": "UTC", "GMT STANDARD TIME": "Europe/London", "GREENWICH STANDARD TIME": "Etc/UTC"}
"""Exchange's own names of time zones that English mailboxes have."""
UNREAD = "People's automatic replies could not be read"
ALLOW = "Grant the application permission MailboxSettings.Read to the bot's registration."


class Mailboxes:
    """Asks for mailboxes one by one, with the bot's own credential."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, credential: Credential) -> None:
        self._settings, self._session, self._credential = settings, session, credential
        self._refused = 0

    async def out_of_office(self, accounts: Sequence[str]) -> dict[str, OutOfOffice | None]:
        """What each says; one that is not there, or not qabot's to read, is left out. Raises `DirectoryUnread`."""
        replies: dict[str, OutOfOffice | None] = {}
        self._refused, waiting = 0, list(reversed(accounts))

        async def ask() -> None:
            while waiting:
                account = waiting.pop()
                if (said := await self._ask(account)) is not None:
                    replies[account] = stated(said)

        asking = [asyncio.create_task(ask()) for _ in range(AT_ONCE)]
        try:
            await asyncio.gather(*asking)
        finally:
            for task in asking:
                task.cancel()
        if accounts and self._refused == len(accounts):
            raise DirectoryUnread(f"{UNREAD}: Microsoft Graph let none of them be read. {ALLOW}")
        return replies

    async def _ask(self, account: str) -> dict[str, Any] | None:
        """The setting of one mailbox; None if it has none, or may not be read. Raises `DirectoryUnread`."""
        scope = f"{self._settings.graph_url}/.default"
        url = f"{self._settings.graph_url}/v1.0/users/{quote(account, safe='')}/mailboxSettings/automaticRepliesSetting"
        try:
            headers = {"Authorization": f"Bearer {await self._credential.token(scope)}"}
            async with self._session.get(url, params={"$select": FIELDS}, headers=headers) as response:
                status = response.status
                if status == 401:
                    self._credential.forget(scope)
                if status in (403, 404):
                    self._refused += status == 403
                    return None
                if status != 200:
                    why = f"{UNREAD}: Microsoft Graph answered {status}."
                    raise DirectoryUnread(why, seconds=retry_after(response.headers))
                said = orjson.loads(await response.read())
        except (TokenRefused, TokenUnavailable) as wrong:
            raise DirectoryUnread(f"{UNREAD}: {wrong}") from wrong
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            raise DirectoryUnread(f"{UNREAD}: {reason(wrong)}.") from wrong
        except ValueError as wrong:
            raise DirectoryUnread(f"{UNREAD}: an answer was no JSON.") from wrong
        return said if isinstance(said, dict) else None


def stated(said: Mapping[str, Any]) -> OutOfOffice | None:
    """From when to when, if replies are scheduled. Replies that are on without days say of no day that it is free."""
    if said.get("status") != "scheduled":
        return None
    starts, ends = (_moment(said.get(f"scheduled{each}DateTime")) for each in ("Start", "End"))
    return OutOfOffice(starts, ends) if starts is not None and ends is not None else None


def _moment(given: object) -> datetime | None:
    """A date and time with its zone in UTC; None if either is not known: nobody is asked about a wrong day."""
    if not isinstance(given, dict):
        return None
    name = str(given.get("timeZone") or "")
    try:
        zone = ZoneInfo(NAMES.get(name.upper(), name))
        return datetime.fromisoformat(str(given.get("dateTime"))).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
        return None
