"""The methods of the Web API that qabot uses, over a workspace. Errors are `SlackError` in Slack's own strings."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from tests.support.slack.limits import (
    MESSAGE_BLOCK_CHARACTERS,
    UPDATE_TEXT,
    VIEW_BYTES,
    block_errors,
    view_errors,
)
from tests.support.slack.records import Json, SlackError
from tests.support.slack.workspace import BOT, BOT_USER, TEAM, File, Workspace

TRIGGER_SECONDS = 3.0
SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.open": "im:write",
    "users.info": "users:read",
    "users.list": "users:read",
    "users.lookupByEmail": "users:read.email",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
}
FORMS = {"files.getUploadURLExternal", "files.completeUploadExternal"}
"""Methods that take no JSON."""


class Methods:
    """Each method takes its arguments and gives what stands beside `ok: true`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.by_name: dict[str, Callable[[Json], Json]] = {
            "auth.test": self.auth_test,
            "auth.teams.list": self.teams,
            "chat.postMessage": self.post_message,
            "chat.update": self.update,
            "chat.postEphemeral": self.post_ephemeral,
            "conversations.open": self.open_conversation,
            "users.info": self.user_info,
            "users.list": self.user_list,
            "users.lookupByEmail": self.user_by_email,
            "views.open": self.open_view,
            "views.update": self.update_view,
            "views.publish": self.publish_view,
            "files.getUploadURLExternal": self.begin_file,
            "files.completeUploadExternal": self.end_file,
        }
        self.files_url = ""

    def auth_test(self, _: Json) -> Json:
        ours = {"team": "Council", "user": "qabot", "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT}
        if grid := self.workspace.organisation:
            return {**ours, "team_id": grid, "enterprise_id": grid, "is_enterprise_install": True}
        return {**ours, "is_enterprise_install": False}

    def teams(self, args: Json) -> Json:
        if not self.workspace.organisation:
            raise SlackError("not_allowed_token_type")
        names = sorted(self.workspace.added)
        page, cursor = _page(names, args)
        teams = [{"id": name, "name": self.workspace.added[name]} for name in page]
        return {"teams": teams, "response_metadata": {"next_cursor": cursor}}

    def post_message(self, args: Json) -> Json:
        channel = self._channel(args.get("channel"), people=True)
        text, blocks = self._content(args)
        thread = self._thread(channel, args)
        message = self.workspace.post(channel, text, blocks)
        message.thread_ts, message.broadcast = thread, bool(thread and args.get("reply_broadcast"))
        message.unfurl_links = args.get("unfurl_links", True)
        return {"channel": channel, "ts": message.ts, "message": message.payload()}

    def _thread(self, channel: str, args: Json) -> str:
        """The message that this answers. Slack takes the answer to one that is gone as a message of its own."""
        thread = args.get("thread_ts")
        if thread is None:
            return ""
        if not (isinstance(thread, str) and re.fullmatch(r"\d{10}\.\d{6}", thread)):
            raise SlackError("invalid_arguments", response_metadata={"messages": ["invalid thread_ts"]})
        first = self.workspace.message(channel, thread)
        if first is not None and (first.thread_ts or first.ephemeral_to):
            raise SlackError("cannot_reply_to_message")
        return thread if first else ""

    def begin_file(self, args: Json) -> Json:
        alt, length = args.get("alt_txt", ""), str(args.get("length", ""))
        if not args.get("filename") or not length.isdecimal() or len(alt) > 1000:
            raise SlackError("invalid_arguments")
        name = f"F0FILE{len(self.workspace.files):05}"
        self.workspace.files[name] = File(args["filename"], int(length), alt=alt)
        return {"upload_url": f"{self.files_url}/upload/{name}", "file_id": name}

    def end_file(self, args: Json) -> Json:
        files = json.loads(args.get("files") or "null")
        if not isinstance(files, list) or not files or args.get("channel_id") or args.get("channels"):
            raise SlackError("invalid_arguments")
        for each in files:
            file = self.workspace.files.get(each.get("id"))
            if file is None or len(file.data) != file.length:
                raise SlackError("file_not_found")
            file.title, file.complete_at = each.get("title", ""), self.workspace.now
        return {"files": [{"id": each["id"], "title": each.get("title")} for each in files]}

    def _content(self, args: Json) -> tuple[str, list[Json]]:
        """Of a message, whose pictures are files that are ready."""
        text, blocks = content(args, has_tables=self.workspace.has_tables)
        for at, block in enumerate(blocks):
            if block["type"] == "image" and not self.workspace.has_file(block["slack_file"]["id"]):
                errors = [f"invalid slack file [json-pointer:/blocks/{at}/slack_file]"]
                raise SlackError("invalid_blocks", errors=errors, response_metadata={"messages": errors})
        return text, blocks

    def update(self, args: Json) -> Json:
        channel = self._channel(args.get("channel"), people=False)
        message = self.workspace.message(channel, str(args.get("ts")))
        if message is None or message.ephemeral_to:
            raise SlackError("message_not_found")
        if message.bot_id != BOT:
            raise SlackError("cant_update_message")
        text, blocks = self._content(args)
        if len(text) > UPDATE_TEXT:
            raise SlackError("msg_too_long")
        message.change(text, self.workspace.with_ids(blocks))
        return {"channel": channel, "ts": message.ts, "text": text}

    def post_ephemeral(self, args: Json) -> Json:
        channel = self._channel(args.get("channel"), people=False)
        if args.get("user") not in self.workspace.channels[channel]["members"]:
            raise SlackError("user_not_in_channel")
        text, blocks = content(args)
        return {"message_ts": self.workspace.post(channel, text, blocks, to=str(args["user"])).ts}

    def _channel(self, name: Any, *, people: bool) -> str:
        """A conversation by its id; a person's id stands for their direct messages only where something is posted."""
        user = self.workspace.users.get(name)
        if people and user and not user["deleted"] and not user["is_bot"]:
            return self.workspace.direct(name)
        if name not in self.workspace.channels:
            raise SlackError("channel_not_found")
        return str(name)

    def open_conversation(self, args: Json) -> Json:
        user = self._user(args.get("users"))
        if user["deleted"]:
            raise SlackError("user_disabled")
        return {"channel": {"id": self.workspace.direct(user["id"])}}

    def user_info(self, args: Json) -> Json:
        return {"user": self._user(args.get("user"))}

    def _user(self, name: Any) -> Json:
        if name not in self.workspace.users:
            raise SlackError("user_not_found")
        return self.workspace.users[name]

    def user_by_email(self, args: Json) -> Json:
        for user in self.workspace.users.values():
            if user["profile"].get("email", "").lower() == str(args.get("email")).lower() and not user["deleted"]:
                return {"user": user}
        raise SlackError("users_not_found")

    def user_list(self, args: Json) -> Json:
        people = {each["id"]: each for each in self._members(args)}
        names = sorted(people)
        if not args.get("limit") and len(names) > 1000:
            raise SlackError("limit_required")
        page, cursor = _page(names, args)
        return {"members": [people[name] for name in page], "response_metadata": {"next_cursor": cursor}}

    def _members(self, args: Json) -> list[Json]:
        """An organisation's token must say of which workspace, and only one that has the app; another ignores it."""
        if not self.workspace.organisation:
            return list(self.workspace.users.values())
        if not args.get("team_id"):
            raise SlackError("missing_argument")
        if args["team_id"] not in self.workspace.added:
            raise SlackError("team_access_not_granted")
        return self.workspace.members(args["team_id"])

    def open_view(self, args: Json) -> Json:
        check_view(args.get("view"), "modal")
        trigger = self.workspace.triggers.get(str(args.get("trigger_id")))
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.workspace.now - trigger.at > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        view = self.workspace.keep_view(args["view"], trigger.user)
        self.workspace.open[trigger.user] = [view["id"]]
        return {"view": view}

    def update_view(self, args: Json) -> Json:
        view = self.workspace.views.get(str(args.get("view_id")))
        if view is None or view["id"] not in self.workspace.open.get(view["user"], []):
            raise SlackError("not_found")
        check_view(args.get("view"), "modal")
        return {"view": self.workspace.keep_view(args["view"], view["user"], instead_of=view)}

    def publish_view(self, args: Json) -> Json:
        user = str(args.get("user_id"))
        if user not in self.workspace.users:
            raise SlackError("user_not_found")
        check_view(args.get("view"), "home")
        view = self.workspace.keep_view(args["view"], user, instead_of=self.workspace.homes.get(user))
        self.workspace.homes[user] = view
        return {"view": view}


def _page(names: list[str], args: Json) -> tuple[list[str], str]:
    """A page of names from the cursor on, and the cursor of the next."""
    limit = int(args.get("limit") or 0)
    start = names.index(base64.b64decode(args["cursor"]).decode()) if args.get("cursor") else 0
    page, rest = names[start:][: limit or None], names[start + limit :] if limit else []
    return page, base64.b64encode(rest[0].encode()).decode() if rest else ""


def content(args: Json, *, has_tables: bool = False) -> tuple[str, list[Json]]:
    """Text and blocks of a message that is within the limits; tables only where they are known to be taken."""
    text, blocks = args.get("text") or "", args.get("blocks")
    if blocks is not None:
        if errors := block_errors(blocks, has_tables=has_tables):
            raise SlackError("invalid_blocks", errors=errors, response_metadata={"messages": errors})
        counted = [each for each in blocks if each.get("type") != "data_table"]
        if len(json.dumps(counted, ensure_ascii=False, separators=(",", ":"))) > MESSAGE_BLOCK_CHARACTERS:
            raise SlackError("msg_blocks_too_long")
    if not text and not blocks:
        raise SlackError("no_text")
    return text, blocks or []


def check_view(view: Any, wanted: str) -> None:
    """Refuse a view that is not of this type and within the limits."""
    if isinstance(view, dict) and len(json.dumps(view)) > VIEW_BYTES:
        raise SlackError("view_too_large")
    errors = view_errors(view)
    if not errors and view["type"] != wanted:
        errors = [f"unsupported type: {view['type']} [json-pointer:/view/type]"]
    if errors:
        raise SlackError("invalid_arguments", response_metadata={"messages": errors})
