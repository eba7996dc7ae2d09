"""Who people are in Slack: the workspace's directory, and whom an interaction is from.

Only the council's own, active, full members are trusted: guests, bots, other workspaces' people and deactivated
accounts are not. Where the app is installed for a whole organisation (Enterprise Grid), the council's own are the
members of the workspaces that the app was added to. A person has one id in all of them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from qabot.adapter import DirectoryEntry, DirectoryUnread, StaffMember, Who
from qabot_slack.api import Api
from qabot_slack.elements import Json
from qabot_slack.outcomes import LOST, NO_WORKSPACE, CallFailed

NAME = "slack"
T = TypeVar("T")
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
    """Who we are: the answer of auth.test.

    `team` is the workspace, or "" for an app that is installed for an organisation (`whole_organisation`); `teams` are
    all workspaces whose people are ours.
    """

    team: str
    bot_user: str
    bot: str
    enterprise: str = ""
    whole_organisation: bool = False
    teams: frozenset[str] = frozenset()


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
        if self.identity.teams and not again:
            return
        bot = await self._api.call("auth.test")
        enterprise, whole = str(bot.get("enterprise_id") or ""), bot.get("is_enterprise_install") is True
        # For an organisation Slack gives its id as the workspace's, or none.
        team = "" if whole else str(bot.get("team_id") or "")
        if not (enterprise if whole else team):
            raise CallFailed("auth.test", LOST)
        self.identity = Identity(
            team=team,
            bot_user=str(bot.get("user_id", "")),
            bot=str(bot.get("bot_id", "")),
            enterprise=enterprise,
            whole_organisation=whole,
            teams=await self._workspaces() if whole else frozenset({team}),
        )

    async def _workspaces(self) -> frozenset[str]:
        """The workspaces of the organisation to which the app was added. Raises `CallFailed`, also if there is none."""
        workspaces: set[str] = set()
        cursor = ""
        while True:
            page = await self._api.call("auth.teams.list", limit=PAGE, **({"cursor": cursor} if cursor else {}))
            teams = page.get("teams")
            if not isinstance(teams, list):
                raise CallFailed("auth.teams.list", LOST)
            workspaces |= {str(each["id"]) for each in teams if isinstance(each, dict) and each.get("id")}
            cursor = _next(page, cursor, "auth.teams.list")
            if not cursor:
                break
        if not workspaces:
            raise CallFailed("auth.teams.list", NO_WORKSPACE)
        return frozenset(workspaces)

    async def who(self, user_id: str, *, team: str = "", conversation: str | None = None) -> Who:
        """Whom Slack signed for. Raises `CallFailed` if Slack does not say who that is: nobody is trusted unseen."""
        user = await self._user(user_id)
        ours = self.identity.teams
        return Who(
            adapter=NAME,
            external_id=user_id,
            email=_email(user),
            name=_name(user),
            trusted=_full_member(user, ours) and team in {"", self.identity.enterprise, *ours, *_teams(user)},
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
        if _robot(user) or not _of_team(user, self.identity.teams):
            return None
        active = _full_member(user, self.identity.teams)
        return DirectoryEntry(str(user["id"]), _email(user) if active else None, _name(user), active=active)

    async def again(self, user: Json) -> Json:
        """What Slack says of somebody now, in the organisation as a whole. Raises `CallFailed`.

        Who leaves one workspace of several is told of as deactivated, and may well be there in another.
        """
        self._known.pop(str(user["id"]), None)
        return await self._user(str(user["id"]))

    async def directory(self) -> list[DirectoryEntry]:
        """Everybody, page by page at the pace that Slack allows. Raises `DirectoryUnread` with what was read."""
        entries: dict[str, DirectoryEntry] = {}
        try:
            await self._patiently(self.identify)
            # An organisation's token must say of which workspace; any other ignores it.
            for number, team in enumerate(sorted(self.identity.teams)):
                if number:
                    await self._sleep(self._pause)
                await self._members(team, entries)
        except CallFailed as failed:
            why = f"Slack did not give its list of people: {failed.error}."
            raise DirectoryUnread(why, list(entries.values()), failed.retry_after) from failed
        return list(entries.values())

    async def _members(self, team: str, entries: dict[str, DirectoryEntry]) -> None:
        """One workspace's people. Whoever is active in one of several is so. Raises `CallFailed`."""
        cursor = ""
        while True:
            page = await self._page(team, cursor)
            for user in _users(page.get("members")):
                known = entries.get(str(user["id"]))
                if known and known.active:
                    continue
                self.keep(user)
                if entry := self.entry(user):
                    entries[entry.external_id] = entry
            cursor = _next(page, cursor, "users.list")
            if not cursor:
                return
            await self._sleep(self._pause)

    async def staff(self) -> list[StaffMember]:
        """Every full member, those who were deactivated too. Raises `DirectoryUnread`."""
        users = [self._known[each.external_id][1] for each in await self.directory()]
        return [
            StaffMember(_name(user), _email(user) or "", active=not user.get("deleted"), id=str(user["id"]))
            for user in users
            if not (user.get("is_restricted") or user.get("is_ultra_restricted"))
        ]

    async def _page(self, team: str, cursor: str) -> Json:
        """A page of a workspace's people. Raises `CallFailed`."""
        further = {"cursor": cursor} if cursor else {}
        return await self._patiently(lambda: self._api.call("users.list", limit=PAGE, team_id=team, **further))

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """A short pause that Slack asks for is made here; a long one is the caller's. Raises `CallFailed`."""
        for _ in range(PATIENCE):
            try:
                return await call()
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
            [user] = _users([(await self._api.call("users.lookupByEmail", email=email)).get("user")])
            self.keep(user)
            return [entry] if (entry := self.entry(user)) else []
        except CallFailed as failed:
            if failed.error == "users_not_found":
                return []
            why = f"Slack did not look a person up: {failed.error}."
            raise DirectoryUnread(why, seconds=failed.retry_after) from failed


def _object(given: object) -> Json:
    """A part of an answer that should be an object: an empty one if it is anything else."""
    return given if isinstance(given, dict) else {}


def _users(given: Any) -> list[Json]:
    """People of an answer. Raises `CallFailed` if it does not have them."""
    if not (isinstance(given, list) and all(isinstance(each, dict) and each.get("id") for each in given)):
        raise CallFailed("users.list", LOST)
    return given


def _next(page: Json, cursor: str, method: str) -> str:
    """The cursor of the next page; "" if this is the last one. Raises `CallFailed` if it is this one again."""
    following = str(_object(page.get("response_metadata")).get("next_cursor") or "")
    if following and following == cursor:
        raise CallFailed(method, LOST)
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


def _of_team(user: Json, teams: frozenset[str]) -> bool:
    if user.get("is_stranger"):
        return False
    return user.get("team_id") in teams or not teams.isdisjoint(_teams(user)) or "team_id" not in user


def _teams(user: Json) -> list[str]:
    # In an organisation of several workspaces a colleague's own workspace may be another one.
    teams = _object(user.get("enterprise_user")).get("teams")
    return [each for each in teams if isinstance(each, str)] if isinstance(teams, list) else []


def _full_member(user: Json, teams: frozenset[str]) -> bool:
    guest = user.get("is_restricted") or user.get("is_ultra_restricted")
    return not (guest or user.get("deleted") or _robot(user)) and _of_team(user, teams)
