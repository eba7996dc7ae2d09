"""The one narrow port to Teams: what is said over the wire, in our own words, whichever SDK lends us its models.

The HTTP handler, the token check, the credential, the session and the pacing are ours. What an SDK lends are the wire's
models, both ways: `models_botbuilder.py` has those of botbuilder-core, which is past its maker's support, and
`models_teams.py` those of its successor. Nothing else imports either; a setting chooses (`models.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from qabot.adapter import Ambiguous, Outcome, Sent
from qabot.adapter_kit.bodies import read_json
from qabot.adapter_kit.latest import Latest
from qabot_teams.cards import CONTENT_TYPE, clip, inert
from qabot_teams.connector import Connector
from qabot_teams.outcomes import refusal
from qabot_teams.tokens_in import Claimed, TokenCheck

MAX_SUMMARY = 300
"""Of a notification's preview: a message over Teams' 100 KB of UTF-16 is refused, whatever it is that makes it long."""


class BadActivity(Exception):
    """The body is no activity."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a conversation is: what we keep of it, as plain text and never as an object of an SDK."""

    service_url: str
    conversation: str
    tenant: str = ""
    user: str = ""
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One activity, verified. Empty text where it does not say."""

    kind: str
    id: str
    name: str
    action: str
    text: str
    reply_to: str
    user_name: str
    account: str
    personal: bool
    reference: Reference
    value: Mapping[str, Any] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    has_file: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """Something to say: a card or a text, what the preview shows, and whether it is marked as important.

    `words` are what is left of a card that Teams does not take, if that is more than the preview.
    """

    summary: str
    card: dict[str, Any] | orjson.Fragment | None = None
    important: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a conversation, from the tenant's directory."""

    email: str
    name: str
    guest: bool
    aliases: tuple[str, ...] = ()


class Models(Protocol):
    """What an SDK lends the port. The readers fail in whatever way its own reader fails on what it cannot read."""

    def incoming(self, raw: dict[str, Any]) -> Incoming:
        """An activity that Teams sent, as JSON."""

    def member(self, raw: dict[str, Any]) -> Member:
        """What Teams says of somebody in a conversation, as JSON."""

    def conversation(self, reference: Reference) -> dict[str, Any]:
        """The JSON that asks for the one-to-one chat with `reference.user`."""

    def envelope(self) -> dict[str, Any]:
        """The JSON of a message with one attachment, which has no content yet."""


class BotFramework:
    """The port."""

    def __init__(self, check: TokenCheck, connector: Connector, models: Models) -> None:
        self._check, self._connector, self._models = check, connector, models
        self.latest = Latest()
        # Written once: an SDK's serialiser takes ten times as long as all the rest of a send.
        self._envelope = models.envelope()

    async def verify_and_parse(self, headers: Mapping[str, str], body: bytes) -> Incoming:
        """Raises `Unauthorised` (401), or `BadActivity` (400) if the caller is known and its activity is not one."""
        caller = await self._check.caller(headers)
        raw = _raw(body)
        self._check.check(caller, _claimed(raw))
        try:
            return _strict(self._models.incoming(raw))
        except Exception as wrong:  # the SDK's reader fails in a dozen ways
            raise BadActivity(type(wrong).__name__) from wrong

    async def send(self, reference: Reference, message: Message) -> Outcome:
        """Post a message. It may have been taken even if the answer is lost."""
        path = ("conversations", reference.conversation, "activities")
        answer = await self._connector.request(
            "POST", reference.service_url, path, posted(self._envelope, reference, message)
        )
        if answer.taken and answer.data is not None:
            return Sent(str(answer.data.get("id", "")), reference.conversation)
        return refusal(answer, repeatable=False)

    async def update(self, reference: Reference, message_id: str, message: Message) -> Outcome:
        """Replace a message that was sent. Doing it twice does no harm."""
        path = ("conversations", reference.conversation, "activities", message_id)
        body = posted(self._envelope, reference, message) | {"id": message_id}
        answer = await self._connector.request("PUT", reference.service_url, path, body)
        return Sent(message_id, reference.conversation) if answer.taken else refusal(answer, repeatable=True)

    async def create_conversation(self, reference: Reference) -> Reference | Outcome:
        """The one-to-one chat with `reference.user`: a new one, or the one that there is."""
        body = self._models.conversation(reference)
        answer = await self._connector.request("POST", reference.service_url, ("conversations",), body)
        if answer.taken and answer.data and answer.data.get("id"):
            conversation = str(answer.data["id"])
            return Reference(reference.service_url, conversation, reference.tenant, reference.user, reference.bot)
        return refusal(answer, repeatable=True)

    async def member(self, reference: Reference, user: str) -> Member | Outcome:
        """What the tenant's directory says of somebody in a conversation."""
        path = ("conversations", reference.conversation, "members", user)
        answer = await self._connector.request("GET", reference.service_url, path)
        if not answer.taken or answer.data is None:
            return refusal(answer, repeatable=True)
        try:
            return self._models.member(answer.data)
        except Exception as wrong:  # the SDK's reader fails in a dozen ways
            return Ambiguous(f"Teams' answer could not be read ({type(wrong).__name__})")

    def invoke_response(self, kind: str, value: Any) -> dict[str, Any]:
        """The body that answers an Action.Execute: `kind` is "card", "message" or "error". Never empty."""
        if kind == "card":
            return {"statusCode": 200, "type": CONTENT_TYPE, "value": value}
        if kind == "message":
            return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": value}
        error = {"code": "BadRequest", "message": value}
        return {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": error}


def posted(envelope: dict[str, Any], reference: Reference, message: Message) -> dict[str, Any]:
    """A message as it goes over the wire, put into the envelope of an SDK's."""
    said = clip(message.summary, MAX_SUMMARY)
    here = {"from": {"id": reference.bot}, "conversation": {"id": reference.conversation}, "summary": said}
    if message.card is None:
        plain = {name: value for name, value in envelope.items() if name != "attachments"}
        return {**plain, "textFormat": "plain", **here, "text": inert(message.words or message.summary)}
    marks = _IMPORTANT if message.important else {}
    held = [{**envelope["attachments"][0], "content": message.card}]
    return {**envelope, **here, **marks, "attachments": held}


_IMPORTANT = {"importance": "high", "channelData": {"notification": {"alert": True}}}
"""Told apart on a locked screen, and in the activity feed, without a word of why."""


def member_of(email: object, principal: object, role: object, name: object) -> Member:
    """Somebody, from what a directory says of them. Guests are told by their role, or by their name in the tenant."""
    known_as = str(principal or "").lower()
    guest = str(role or "user").lower() not in {"user", "owner"} or "#ext#" in known_as
    address = str(email or known_as).lower()
    return Member(address, str(name or ""), guest, tuple({known_as} - {address, ""}))


def _raw(body: bytes) -> dict[str, Any]:
    try:
        value = read_json(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def as_dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _claimed(raw: dict[str, Any]) -> Claimed:
    return Claimed(str(raw.get("serviceUrl") or ""), str(raw.get("channelId") or ""), tenant_of(raw))


def tenant_of(raw: dict[str, Any]) -> str:
    """The tenant of an activity, from the channel's data: botbuilder's model has none in the conversation."""
    of_channel = as_dict(as_dict(raw.get("channelData")).get("tenant")).get("id")
    return str(of_channel or as_dict(raw.get("conversation")).get("tenantId") or "")


def is_file(content_type: object) -> bool:
    """Whether an attachment is a file or a picture; every text comes with its own HTML as one, too."""
    return isinstance(content_type, str) and content_type != "text/html"


def _strict(activity: Incoming) -> Incoming:
    """The activity, if all of it is text that should be. The SDK's reader lets anything through in places."""
    reference = activity.reference
    parts = [activity.kind, activity.id, activity.name, activity.text, activity.reply_to, activity.account]
    parts += [activity.user_name, reference.service_url, reference.conversation, reference.user, reference.bot]
    if not all(isinstance(part, str) for part in (*parts, *activity.added)):
        raise TypeError("not text")
    if not (activity.kind and reference.conversation):
        raise ValueError("no type or conversation")
    return activity
