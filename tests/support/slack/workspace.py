"""The workspace: its people, conversations, messages, modals and home tabs."""

import copy
import hashlib
import itertools
import secrets
import time
from dataclasses import dataclass

from tests.support.slack.elements import STATEFUL, elements, initial
from tests.support.slack.records import Json, Message

TEAM = "T0COUNCIL"
BOT_USER = "U0QABOT"
BOT = "B0QABOT"
APP = "A0QABOT"


@dataclass
class Trigger:
    """What opens a modal: once, and for 3 seconds."""

    user: str
    view: str = ""
    at: float = 0.0
    used: bool = False


@dataclass
class ResponseUrl:
    """Where an app can answer an interaction: 5 times in 30 minutes."""

    user: str
    channel: str
    message: Message | None = None
    at: float = 0.0
    uses: int = 0


@dataclass
class File:
    """A picture on its way into the workspace; `complete_at` is when the app said that it is all there."""

    name: str
    length: int
    alt: str = ""
    title: str = ""
    data: bytes = b""
    complete_at: float | None = None


class Workspace:
    """State, and nothing that speaks a protocol. `now` is its own time in seconds: it stands until a test moves it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.organisation = ""
        self.has_tables = True
        """Whether this workspace has data tables already."""
        self.added: dict[str, str] = {}
        self.left: set[tuple[str, str]] = set()
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Json] = {}
        self.messages: list[Message] = []
        self.views: dict[str, Json] = {}
        self.open: dict[str, list[str]] = {}
        self.homes: dict[str, Json] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, File] = {}
        self.ready_after = 0.0
        """Seconds that a file takes to be ready once it is complete."""
        self._number = itertools.count(1)
        self.add_user(BOT_USER, "qabot", is_bot=True)

    def has_file(self, name: object) -> bool:
        """Whether a message's block may name this file."""
        file = self.files.get(str(name))
        at = file.complete_at if file is not None else None
        return at is not None and self.now - at >= self.ready_after

    def add_user(
        self,
        user: str,
        name: str,
        email: str | None = None,
        *,
        is_bot: bool = False,
        deleted: bool = False,
        guest: bool = False,
        team: str = TEAM,
        confirmed: bool = True,
    ) -> str:
        """A member, a bot, a guest, or somebody of another workspace."""
        profile = {"real_name": name.title(), **({"email": email} if email else {})}
        self.users[user] = {
            "id": user,
            "team_id": team,
            "name": name,
            "real_name": name.title(),
            "deleted": deleted,
            "is_bot": is_bot,
            "is_restricted": guest,
            "is_ultra_restricted": False,
            "is_email_confirmed": confirmed,
            "profile": profile,
        }
        return user

    def install_for(self, organisation: str, **workspaces: str) -> None:
        """The app is installed for an organisation (Enterprise Grid), and was added to these of its workspaces."""
        self.organisation, self.added = organisation, workspaces

    def add_colleague(self, user: str, name: str, email: str, *teams: str, guest: bool = False) -> str:
        """Somebody of the organisation, in these of its workspaces: one id in all of them."""
        self.add_user(user, name, email, team=teams[0], guest=guest)
        self.users[user]["enterprise_user"] = {
            "id": user,
            "enterprise_id": self.organisation,
            "teams": list(teams),
        }
        return user

    def members(self, team: str) -> list[Json]:
        """The people of one workspace, as they are there: whoever left it is deactivated there alone."""
        found = [each for each in self.users.values() if team in (each["team_id"], *teams_of(each))]
        return [{**each, "deleted": True} if (each["id"], team) in self.left else each for each in found]

    def add_channel(self, channel: str, name: str, members: list[str]) -> str:
        """A public channel with the bot in it."""
        self.channels[channel] = {"id": channel, "name": name, "is_im": False, "members": {*members, BOT_USER}}
        return channel

    def direct(self, user: str) -> str:
        """The direct messages of a person with the bot."""
        channel = "D" + hashlib.sha256(user.encode()).hexdigest()[:9].upper()
        self.channels.setdefault(
            channel, {"id": channel, "name": "directmessage", "is_im": True, "user": user, "members": {user, BOT_USER}}
        )
        return channel

    def post(self, channel: str, text: str, blocks: list[Json], *, user: str = BOT_USER, to: str = "") -> Message:
        """A new message; `to`: seen by this person only."""
        ts = f"{int(time.time())}.{next(self._number):06d}"  # real time: Slack names a message by it
        bot = BOT if user == BOT_USER else ""
        message = Message(channel, ts, user, text, self.with_ids(blocks), bot_id=bot, ephemeral_to=to)
        self.messages.append(message)
        return message

    def message(self, channel: str, ts: str) -> Message | None:
        """A message that is still there."""
        return next((m for m in self.messages if (m.channel, m.ts, m.deleted) == (channel, ts, False)), None)

    def visible(self, user: str) -> list[Message]:
        """The messages on a person's screen."""
        return [
            message
            for message in self.messages
            if not message.deleted
            and user in self.channels[message.channel]["members"]
            and message.ephemeral_to in ("", user)
        ]

    def with_ids(self, blocks: list[Json]) -> list[Json]:
        """Blocks as Slack keeps them: what had no name has one now."""
        kept = copy.deepcopy(blocks)
        for block in kept:
            block.setdefault("block_id", secrets.token_hex(3))
            for item in elements(block):
                item.setdefault("action_id", secrets.token_hex(3))
        return kept

    def keep_view(self, view: Json, user: str, *, instead_of: Json | None = None) -> Json:
        """Keep a view; what a person wrote stays where the same input stays."""
        number = instead_of["id"] if instead_of else f"V{next(self._number):08d}"
        before = instead_of["state"]["values"] if instead_of else {}
        kept = {
            **copy.deepcopy(view),
            "id": number,
            "team_id": TEAM,
            "user": user,
            "blocks": self.with_ids(view["blocks"]),
        }
        values: Json = {}
        for block in kept["blocks"]:
            for item in elements(block):
                if item["type"] in STATEFUL:
                    name, action = block["block_id"], item["action_id"]
                    values.setdefault(name, {})[action] = before.get(name, {}).get(action) or initial(item)
        kept["state"] = {"values": values}
        self.views[number] = kept
        return kept

    def top(self, user: str) -> Json | None:
        """The modal in front of a person."""
        stack = self.open.get(user)
        return self.views[stack[-1]] if stack else None

    def trigger(self, user: str, view: str = "") -> str:
        """A new trigger."""
        name = f"{next(self._number)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(user, view, self.now)
        return name

    def response_url(self, user: str, channel: str, message: Message | None = None) -> str:
        """A new path for answers."""
        name = secrets.token_hex(10)
        self.response_urls[name] = ResponseUrl(user, channel, message, self.now)
        return f"/response/{name}"


def teams_of(user: Json) -> list[str]:
    """The workspaces of somebody in an organisation."""
    teams: list[str] = user.get("enterprise_user", {}).get("teams", [])
    return teams
