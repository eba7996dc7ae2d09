"""A strict Slack, offline: it speaks the protocol over HTTP and web sockets, and its people can only do what is on
their screens. The app under test talks to it with Slack's own SDK.
"""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.support.slack.elements import choose, empty, find
from tests.support.slack.limits import controls, shouts
from tests.support.slack.methods import Methods, check_view, content
from tests.support.slack.records import ApiCall, Delivery, Fault, Json, Message, SlackError, mrkdwn_texts
from tests.support.slack.server import Server
from tests.support.slack.wire import Wire
from tests.support.slack.workspace import APP, TEAM, Workspace
from tests.support.waiting import until

T = TypeVar("T")
BOT_TOKEN = "xoxb-fake"
APP_TOKEN = "xapp-fake"
SIGNING_SECRET = "fake-signing-secret"


class FakeSlack:
    """The workspace with people in it. What runs out in Slack runs out by `workspace.now`, which tests move."""

    def __init__(self, mode: str = "socket") -> None:
        self.workspace = Workspace()
        self.methods = Methods(self.workspace)
        self.server = Server(self.workspace, self.methods, bot_token=BOT_TOKEN, app_token=APP_TOKEN)
        self.wire = Wire(self.server, mode=mode, signing_secret=SIGNING_SECRET)

    async def __aenter__(self) -> Self:
        await self.server.start()
        await self.wire.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.wire.stop()
        await self.server.stop()

    @property
    def environ(self) -> dict[str, str]:
        """The settings that lead the adapter here."""
        return {
            "QABOT_SLACK_API_URL": f"{self.server.url}/api/",
            "QABOT_SLACK_BOT_TOKEN": BOT_TOKEN,
            "QABOT_SLACK_APP_TOKEN": APP_TOKEN,
            "QABOT_SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "QABOT_SLACK_MODE": self.wire.mode,
        }

    # What there is to see

    def calls(self, method: str) -> list[ApiCall]:
        """Every call of a method, the refused ones too."""
        return [call for call in self.server.calls if call.method == method]

    def fail(self, method: str, kind: str, **how: Any) -> None:
        """Let the next calls of a method go wrong."""
        self.server.faults.append(Fault(method, kind, **how))

    def to(self, user: str) -> list[Message]:
        """The bot's messages in somebody's direct messages."""
        channel = self.workspace.direct(user)
        return [m for m in self.workspace.visible(user) if m.channel == channel and m.bot_id]

    def last(self, user: str) -> Message:
        """The newest message from the bot that somebody sees, wherever it is."""
        return [message for message in self.workspace.visible(user) if message.bot_id][-1]

    def modal(self, user: str) -> Json:
        """The modal in front of somebody."""
        view = self.workspace.top(user)
        assert view is not None, f"there is no modal in front of {user}"
        return view

    def home(self, user: str) -> Json:
        """Somebody's home tab."""
        return self.workspace.homes[user]

    def shouted(self) -> list[str]:
        """What of all messages, modals and home tabs would notify somebody."""
        return [found for text in self._everything() for found in shouts(text)]

    def links(self) -> list[str]:
        """Every link that somebody could follow."""
        return [found for text in self._everything() for found in controls(text) if found[0] not in "!@#"]

    def _everything(self) -> list[str]:
        shown = [text for m in self.workspace.messages if m.bot_id for text in (m.text, *mrkdwn_texts(m.blocks))]
        return shown + [text for view in self.workspace.views.values() for text in mrkdwn_texts(view["blocks"])]

    async def until(self, condition: Callable[[], T]) -> T:
        """What `condition` gives as soon as it gives something."""
        return await until(condition)

    # What people do

    async def click(
        self,
        user: str,
        action: str,
        *,
        message: Message | None = None,
        view: Json | None = None,
        value: str | None = None,
        again: int = 0,
        tamper: str = "",
    ) -> Delivery:
        """Press a button that is on the person's screen; `again`: Slack repeats it as often."""
        if view is not None:
            payload = self._view_click(user, action, view, value)
        else:
            payload = self._message_click(user, action, message or self.last(user), value)
        return await self._interact(payload, again, tamper)

    async def _interact(self, payload: Json, again: int, tamper: str = "") -> Delivery:
        sent = [self.wire.deliver("interactive", payload, attempt=n, tamper=tamper) for n in range(again + 1)]
        return (await asyncio.gather(*sent))[0]

    def _message_click(self, user: str, action: str, message: Message, value: str | None) -> Json:
        assert message in self.workspace.visible(user), f"{user} does not see that message"
        place = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": bool(message.ephemeral_to),
        }
        return {
            **self._base("block_actions", user),
            "trigger_id": self.workspace.trigger(user),
            "actions": [_action(message.blocks, action, value)],
            "container": place,
            "channel": {"id": message.channel},
            "message": message.payload(),
            "response_url": (self.server.hooks_url or self.server.url)
            + self.workspace.response_url(user, message.channel, message),
        }

    def _view_click(self, user: str, action: str, view: Json, value: str | None) -> Json:
        seen = [self.workspace.homes.get(user), self.workspace.top(user)]
        assert any(each is view for each in seen), f"{user} does not see that view"
        return {
            **self._base("block_actions", user),
            "trigger_id": self.workspace.trigger(user, view["id"]),
            "actions": [_action(view["blocks"], action, value)],
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
        }

    async def submit(self, user: str, again: int = 0, **values: Any) -> Delivery:
        """Fill in the modal in front and send it. Slack's client itself asks for what is required."""
        view = self.modal(user)
        self.fill(user, **values)
        for block in view["blocks"]:
            if block["type"] == "input":
                _sendable(block, view["state"]["values"][block["block_id"]])
        return await self.send(user, again)

    async def send(self, user: str, again: int = 0) -> Delivery:
        """Send the modal in front as it stands, without what Slack's client would ask for first."""
        view = self.modal(user)
        trigger = self.workspace.trigger(user, view["id"])
        payload = {**self._base("view_submission", user), "trigger_id": trigger, "view": view}
        delivery = await self._interact(payload, again)
        if delivery.acked:
            self._obey(user, view, delivery)
        return delivery

    def fill(self, user: str, **values: Any) -> None:
        """Fill in the modal in front, without sending it."""
        view = self.modal(user)
        inputs = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
        for name, value in values.items():
            assert name in inputs, f"there is no question {name!r}; there are {sorted(inputs)}"
            view["state"]["values"][name] = {inputs[name]["action_id"]: choose(inputs[name], value)}

    def _obey(self, user: str, view: Json, delivery: Delivery) -> None:
        answer = delivery.body if isinstance(delivery.body, dict) else {}
        stack = self.workspace.open[user]
        match answer.get("response_action"):
            case None:
                stack.pop()
            case "clear":
                stack.clear()
            case "errors":
                inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
                delivery.errors = answer["errors"]
                assert delivery.errors, "Slack takes no empty errors"
                assert set(delivery.errors) <= inputs, f"errors for what is no input: {set(delivery.errors) - inputs}"
            case "update":
                try:
                    check_view(answer["view"], "modal")
                except SlackError as refused:
                    raise AssertionError(f"Slack refuses this modal: {refused.extra}") from refused
                self.workspace.keep_view(answer["view"], user, instead_of=view)
            case other:
                raise AssertionError(f"there is no response_action {other!r}")

    def close_modal(self, user: str) -> None:
        """Close the modal in front."""
        self.workspace.open[user].pop()

    async def suggest(self, user: str, field: str, typed: str) -> list[Json]:
        """Type in a people picker of the modal in front; the names that are offered."""
        view = self.modal(user)
        element = next(b["element"] for b in view["blocks"] if b.get("block_id") == field)
        payload = {**self._base("block_suggestion", user), "value": typed, "view": view, "block_id": field}
        payload |= {"action_id": element["action_id"], "container": {"type": "view", "view_id": view["id"]}}
        answer = await self._interact(payload, 0)
        return list(answer.body["options"])

    async def slash(self, user: str, text: str = "", *, channel: str = "", again: int = 0) -> Delivery:
        """Type /qa. Slack escapes what people type."""
        channel = channel or self.workspace.direct(user)
        payload = {
            "command": "/qa",
            "text": _typed(text),
            "user_id": user,
            "team_id": self.workspace.users[user]["team_id"],
            "channel_id": channel,
            "channel_name": self.workspace.channels[channel]["name"],
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "trigger_id": self.workspace.trigger(user),
            "response_url": (self.server.hooks_url or self.server.url) + self.workspace.response_url(user, channel),
        }
        sent = [self.wire.deliver("slash_commands", payload, attempt=n) for n in range(again + 1)]
        delivery = (await asyncio.gather(*sent))[0]
        if delivery.acked and delivery.body:
            self.workspace.post(channel, *content({"text": delivery.body} | dict(delivery.body)), to=user)
        return delivery

    async def shortcut(self, user: str, callback: str, *, message: Message | None = None) -> Delivery:
        """Use a global shortcut, or one on a message."""
        kind = "message_action" if message else "shortcut"
        payload = {**self._base(kind, user), "callback_id": callback, "trigger_id": self.workspace.trigger(user)}
        if message:
            payload |= {"message": message.payload(), "channel": {"id": message.channel}}
        return await self._interact(payload, 0)

    async def open_home(self, user: str, *, again: int = 0) -> list[Delivery]:
        """Open the home tab."""
        event = {"type": "app_home_opened", "user": user, "channel": self.workspace.direct(user), "tab": "home"}
        return await self.wire.event(event, again=again)

    async def write(
        self, user: str, text: str, *, again: int = 0, thread: str = "", files: Sequence[str] = ()
    ) -> list[Delivery]:
        """Write to the bot directly, in a thread if one is named; with files Slack calls the message otherwise."""
        channel = self.workspace.direct(user)
        message = self.workspace.post(channel, _typed(text), [], user=user)
        event: Json = {"type": "message", "channel": channel, "channel_type": "im", "user": user, "ts": message.ts}
        if thread:
            event["thread_ts"] = thread
        if files:
            event |= {
                "subtype": "file_share",
                "files": [{"id": f"F{index}", "name": each} for index, each in enumerate(files)],
            }
        return await self.wire.event({**event, "text": message.text}, again=again)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to open its web sockets anew."""
        for socket in list(self.server.sockets):
            await socket.send_json({"type": "disconnect", "reason": reason})

    def _base(self, kind: str, user: str) -> Json:
        member = self.workspace.users[user]
        person = {"id": user, "name": member["name"], "team_id": member["team_id"]}
        base: Json = {"type": kind, "user": person, "api_app_id": APP}
        if grid := self.workspace.organisation:
            enterprise = {"id": grid, "name": "Council"}
            return {**base, "team": None, "enterprise": enterprise, "is_enterprise_install": True}
        return {**base, "team": {"id": TEAM}, "enterprise": None, "is_enterprise_install": False}


def _action(blocks: list[Json], action: str, value: str | None) -> Json:
    block, item = find(blocks, action, value)
    kept = ("type", "action_id", "text", "value", "url", "style", "confirm")
    used: Json = {name: item[name] for name in kept if name in item}
    return {**used, "block_id": block["block_id"], "action_ts": "1764000000.000100"}


def _sendable(block: Json, states: Json) -> None:
    state = states[block["element"]["action_id"]]
    assert block["optional"] or not empty(state), f"Slack does not send this: {block['block_id']} is required"
    longest = block["element"].get("max_length", 3000)
    assert len(state.get("value") or "") <= longest, f"Slack does not send this: {block['block_id']} is too long"


def _typed(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
