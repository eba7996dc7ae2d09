"""Who people are in Slack: the workspace's directory, and whom an interaction is from.

Only the council's own, active, full members are trusted: guests, bots, other workspaces' people and deactivated
accounts are not.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from qabot.adapter import DirectoryEntry, DirectoryUnread, StaffMember, Who
from qabot_slack.api import Api
from qabot_slack.elements import Json
from qabot_slack.outcomes import LOST, CallFailed

NAME = "slack"
PAGE = 200
# users.list is Tier 2: 20 calls a minute.
PAUSE_SECONDS = 3.0
LONGEST_PAUSE = 60.0
PATIENCE = 3
"""How often a page is asked for, if Slack asks for pauses no longer than that many seconds."""
FRESH_SECONDS = 3600.0
# Somebody has pressed, and waits: who they are is asked for so long.
PATIENCE_SECONDS = 30.0
_SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are: the answer of auth.test."""

    team: str
    bot_user: str
    bot: str
    enterprise: str = ""


class People:
    """The directory, with what was learned of it kept for an hour."""

    def __init__(
        self, api: Api, *, pause: float = PAUSE_SECONDS, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._api = api
        self._pause = pause
        self._sleep = sleep
        self._known: dict[str, tuple[float, Json]] = {}
        self.identity = Identity("", "", "")

    async def identify(self, *, again: bool = False) -> None:
        """Ask Slack who we are; once, unless `again`. Raises `CallFailed`."""
        if self.identity.team and not again:
            return
        bot = await self._api.call("auth.test")
        if not bot.get("team_id"):
            raise CallFailed("auth.test", LOST)
        self.identity = Identity(
            team=str(bot["team_id"]),
            bot_user=str(bot.get("user_id", "")),
            bot=str(bot.get("bot_id", "")),
            enterprise=str(bot.get("enterprise_id") or ""),
        )

    async def who(self, user_id: str, *, team: str = "", conversation: str | None = None) -> Who:
        """Whom Slack signed for. Raises `CallFailed` if Slack does not say who that is: nobody is trusted unseen."""
        user = await self._user(user_id)
        ours = self.identity.team
        return Who(
            adapter=NAME,
            external_id=user_id,
            email=_email(user),
            name=_name(user),
            trusted=_full_member(user, ours) and team in ("", ours, *_teams(user)),
            conversation=conversation,
        )

    async def _user(self, user_id: str) -> Json:
        kept = self._known.get(user_id)
        if kept and time.monotonic() - kept[0] < FRESH_SECONDS:
            return kept[1]
        user = _object((await self._api.persist("users.info", patience=PATIENCE_SECONDS, user=user_id)).get("user"))
        if not user.get("id"):
            raise CallFailed("users.info", LOST)
        self.keep(user)
        return user

    def keep(self, user: Json) -> None:
        """Remember what Slack says of somebody."""
        self._known[str(user["id"])] = (time.monotonic(), user)

    def entry(self, user: Json) -> DirectoryEntry | None:
        """The person as a directory entry; None for bots and for people of other workspaces.

        Somebody deactivated, or made a guest, is there and not active: an account linked before is then unlinked.
        """
        if _robot(user) or not _of_team(user, self.identity.team):
            return None
        active = _full_member(user, self.identity.team)
        return DirectoryEntry(str(user["id"]), _email(user) if active else None, _name(user), active=active)

    async def directory(self) -> list[DirectoryEntry]:
        """Everybody, page by page at the pace that Slack allows. Raises `DirectoryUnread` with what was read."""
        entries: list[DirectoryEntry] = []
        cursor = ""
        try:
            while True:
                page = await self._page(cursor)
                entries += self._entries(page.get("members"))
                cursor = _next(page, cursor)
                if not cursor:
                    return entries
                await self._sleep(self._pause)
        except CallFailed as failed:
            why = f"Slack did not give its list of people: {failed.error}."
            raise DirectoryUnread(why, entries, failed.retry_after) from failed

    async def staff(self) -> list[StaffMember]:
        """Every full member, those who were deactivated too. Raises `DirectoryUnread`."""
        await self.directory()
        users = [user for _, user in self._known.values() if not _robot(user) and _of_team(user, self.identity.team)]
        return [
            StaffMember(_name(user), _email(user) or "", active=not user.get("deleted"))
            for user in users
            if not (user.get("is_restricted") or user.get("is_ultra_restricted"))
        ]

    def _entries(self, users: Any) -> list[DirectoryEntry]:
        if not (isinstance(users, list) and all(isinstance(each, dict) and each.get("id") for each in users)):
            raise CallFailed("users.list", LOST)
        for user in users:
            self.keep(user)
        return [entry for user in users if (entry := self.entry(user))]

    async def _page(self, cursor: str) -> Json:
        """A page. A short pause that Slack asks for is made here; a long one is the caller's. Raises `CallFailed`."""
        for _ in range(PATIENCE):
            try:
                await self.identify()
                return await self._api.call("users.list", limit=PAGE, **({"cursor": cursor} if cursor else {}))
            except CallFailed as failed:
                last, wait = failed, failed.retry_after or self._pause
                if failed.status != 429 or wait > LONGEST_PAUSE:
                    raise
            await self._sleep(wait)
        raise last

    async def find(self, email: str) -> list[DirectoryEntry]:
        """The member with this address, if there is one. One call of Tier 3. Raises `DirectoryUnread`."""
        try:
            await self.identify()
            return self._entries([(await self._api.call("users.lookupByEmail", email=email)).get("user")])
        except CallFailed as failed:
            if failed.error == "users_not_found":
                return []
            why = f"Slack did not look a person up: {failed.error}."
            raise DirectoryUnread(why, seconds=failed.retry_after) from failed


def _object(given: object) -> Json:
    """A part of an answer that should be an object: an empty one if it is anything else."""
    return given if isinstance(given, dict) else {}


def _next(page: Json, cursor: str) -> str:
    """The cursor of the next page; "" if this is the last one. Raises `CallFailed` if it is this one again."""
    following = str(_object(page.get("response_metadata")).get("next_cursor") or "")
    if following and following == cursor:
        raise CallFailed("users.list", LOST)
    return following


def _email(user: Json) -> str | None:
    # Slack says `is_email_confirmed: false` while the person has not followed the link that it sent there.
    if user.get("is_email_confirmed") is False:
        return None
    given = _object(user.get("profile")).get("email")
    return given if given and isinstance(given, str) else None


def _name(user: Json) -> str:
    profile = _object(user.get("profile"))
    return str(profile.get("real_name") or user.get("real_name") or user.get("name") or "")


def _robot(user: Json) -> bool:
    return bool(user.get("is_bot")) or bool(user.get("is_workflow_bot")) or user["id"] == _SLACKBOT


def _of_team(user: Json, team: str) -> bool:
    return not user.get("is_stranger") and (user.get("team_id", team) == team or team in _teams(user))


def _teams(user: Json) -> list[str]:
    # In an organisation of several workspaces a colleague's own workspace may be another one.
    teams = _object(user.get("enterprise_user")).get("teams")
    return [each for each in teams if isinstance(each, str)] if isinstance(teams, list) else []


def _full_member(user: Json, team: str) -> bool:
    guest = user.get("is_restricted") or user.get("is_ultra_restricted")
    return not (guest or user.get("deleted") or _robot(user)) and _of_team(user, team)
