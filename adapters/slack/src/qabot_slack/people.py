"""Who people are in Slack: the workspace's directory, and whom an interaction is from.

Only the council's own, active, full members are trusted: guests, bots, other workspaces' people and deactivated
accounts are not.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from qabot.adapter import DirectoryEntry, Who
from qabot.errors import QabotError
from qabot_slack.api import Api
from qabot_slack.elements import Json
from qabot_slack.outcomes import CallFailed

NAME = "slack"
PAGE = 200
# users.list is Tier 2: 20 calls a minute.
PAUSE_SECONDS = 3.0
FRESH_SECONDS = 3600.0
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

    async def identify(self) -> None:
        """Ask Slack who we are, once. Raises `CallFailed`."""
        if self.identity.team:
            return
        told = await self._api.call("auth.test")
        self.identity = Identity(
            team=str(told["team_id"]),
            bot_user=str(told["user_id"]),
            bot=str(told.get("bot_id", "")),
            enterprise=str(told.get("enterprise_id") or ""),
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
        user: Json = (await self._api.call("users.info", user=user_id))["user"]
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
        """Everybody, page by page at the pace that Slack allows. Raises `QabotError` if it could not be read whole."""
        found: list[DirectoryEntry] = []
        cursor = ""
        while True:
            page = await self._page(cursor)
            for user in page["members"]:
                self.keep(user)
                if entry := self.entry(user):
                    found.append(entry)
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return found
            await self._sleep(self._pause)

    async def _page(self, cursor: str) -> Json:
        for _attempt in range(3):
            try:
                await self.identify()
                return await self._api.call("users.list", limit=PAGE, **({"cursor": cursor} if cursor else {}))
            except CallFailed as failed:
                if failed.status != 429:
                    raise QabotError(f"Slack did not give its list of people: {failed.error}.") from failed
                await self._sleep(failed.retry_after or self._pause)
        raise QabotError("Slack did not give its list of people: it kept asking to wait.")


def _email(user: Json) -> str | None:
    # Slack says `is_email_confirmed: false` while the person has not followed the link that it sent there.
    if user.get("is_email_confirmed") is False:
        return None
    given = user.get("profile", {}).get("email")
    return str(given) if given else None


def _name(user: Json) -> str:
    profile = user.get("profile", {})
    return str(profile.get("real_name") or user.get("real_name") or user.get("name") or "")


def _robot(user: Json) -> bool:
    return bool(user.get("is_bot")) or bool(user.get("is_workflow_bot")) or user["id"] == _SLACKBOT


def _of_team(user: Json, team: str) -> bool:
    return not user.get("is_stranger") and (user.get("team_id", team) == team or team in _teams(user))


def _teams(user: Json) -> list[str]:
    # In an organisation of several workspaces a colleague's own workspace may be another one.
    return list(user.get("enterprise_user", {}).get("teams", []))


def _full_member(user: Json, team: str) -> bool:
    guest = user.get("is_restricted") or user.get("is_ultra_restricted")
    return not (guest or user.get("deleted") or _robot(user)) and _of_team(user, team)
