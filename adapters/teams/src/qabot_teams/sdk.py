"""The one narrow port around botbuilder-core, which is past its maker's support: nothing else imports it.

It lends us the wire protocol's models, both ways. The HTTP handler, the token check, the credential, the session and
the pacing are ours. To replace it, write these methods over another SDK: `verify_and_parse`, `send`, `update`,
`create_conversation`, `member`, `invoke_response`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from botbuilder.core.serializer_helper import DEPENDICIES_DICT
from botbuilder.schema import Activity, Attachment, ChannelAccount, ConversationAccount, ConversationParameters
from botbuilder.schema.teams import TeamsChannelAccount
from msrest import Deserializer

from qabot.adapter import Ambiguous, Outcome, Sent
from qabot.adapter_kit.bodies import read_json
from qabot_teams.cards import CONTENT_TYPE, clip, inert
from qabot_teams.connector import Connector
from qabot_teams.outcomes import refusal
from qabot_teams.tokens_in import Claimed, TokenCheck

MAX_SUMMARY = 300
"""Of a notification's preview: a message over Teams' 100 KB of UTF-16 is refused, whatever it is that makes it long."""
_read: Any = Deserializer(DEPENDICIES_DICT)  # type: ignore[no-untyped-call]


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


class BotFramework:
    """The port."""

    def __init__(self, check: TokenCheck, connector: Connector) -> None:
        self._check, self._connector = check, connector

    async def verify_and_parse(self, headers: Mapping[str, str], body: bytes) -> Incoming:
        """Raises `Unauthorised` (401), or `BadActivity` (400) if the caller is known and its activity is not one."""
        caller = await self._check.caller(headers)
        raw = _raw(body)
        self._check.check(caller, _claimed(raw))
        try:
            return _strict(_incoming(_read("Activity", raw), raw))
        except Exception as wrong:  # the SDK's reader fails in a dozen ways
            raise BadActivity(type(wrong).__name__) from wrong

    async def send(self, reference: Reference, message: Message) -> Outcome:
        """Post a message. It may have been taken even if the answer is lost."""
        path = ("conversations", reference.conversation, "activities")
        answer = await self._connector.request("POST", reference.service_url, path, _activity(reference, message))
        if answer.taken and answer.data is not None:
            return Sent(str(answer.data.get("id", "")), reference.conversation)
        return refusal(answer, repeatable=False)

    async def update(self, reference: Reference, message_id: str, message: Message) -> Outcome:
        """Replace a message that was sent. Doing it twice does no harm."""
        path = ("conversations", reference.conversation, "activities", message_id)
        body = _activity(reference, message) | {"id": message_id}
        answer = await self._connector.request("PUT", reference.service_url, path, body)
        return Sent(message_id, reference.conversation) if answer.taken else refusal(answer, repeatable=True)

    async def create_conversation(self, reference: Reference) -> Reference | Outcome:
        """The one-to-one chat with `reference.user`: a new one, or the one that there is."""
        members = [ChannelAccount(id=reference.user)]
        parameters = ConversationParameters(is_group=False, bot=ChannelAccount(id=reference.bot), members=members)
        # The SDK's model writes `tenantID`; Teams reads `tenantId`.
        body = parameters.serialize() | {
            "tenantId": reference.tenant,
            "channelData": {"tenant": {"id": reference.tenant}},
        }
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
            account: TeamsChannelAccount = _read("TeamsChannelAccount", answer.data)
        except Exception as wrong:  # the SDK's reader fails in a dozen ways
            return Ambiguous(f"Teams' answer could not be read ({type(wrong).__name__})")
        principal = str(account.user_principal_name or "")
        guest = str(account.user_role or "user").lower() not in {"user", "owner"} or "#ext#" in principal.lower()
        email = str(account.email or principal).lower()
        return Member(email, str(account.name or ""), guest, tuple({principal.lower()} - {email, ""}))

    def invoke_response(self, kind: str, value: Any) -> dict[str, Any]:
        """The body that answers an Action.Execute: `kind` is "card", "message" or "error". Never empty."""
        if kind == "card":
            return {"statusCode": 200, "type": CONTENT_TYPE, "value": value}
        if kind == "message":
            return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": value}
        error = {"code": "BadRequest", "message": value}
        return {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": error}


def _raw(body: bytes) -> dict[str, Any]:
    try:
        value = read_json(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _claimed(raw: dict[str, Any]) -> Claimed:
    return Claimed(str(raw.get("serviceUrl") or ""), str(raw.get("channelId") or ""), _tenant(raw))


def _tenant(raw: dict[str, Any]) -> str:
    """From the channel's data: the SDK's model always has None as the conversation's tenant."""
    of_channel = _dict(_dict(raw.get("channelData")).get("tenant")).get("id")
    return str(of_channel or _dict(raw.get("conversation")).get("tenantId") or "")


def _incoming(activity: Activity, raw: dict[str, Any]) -> Incoming:
    user, conversation = activity.from_property or ChannelAccount(), activity.conversation
    bot = activity.recipient.id if activity.recipient else ""
    reference = Reference(activity.service_url, conversation.id, _tenant(raw), user.id or "", bot or "")
    return Incoming(
        kind=activity.type,
        id=activity.id or "",
        name=activity.name or "",
        action=str(activity.action or ""),
        text=activity.text or "",
        reply_to=activity.reply_to_id or "",
        user_name=user.name or "",
        account=(user.aad_object_id or user.id or "").lower(),
        personal=(conversation.conversation_type or "personal") == "personal",
        reference=reference,
        value=_dict(activity.value),
        added=tuple(each.id for each in activity.members_added or () if each.id),
        has_file=any(_is_file(each.content_type) for each in activity.attachments or ()),
    )


def _is_file(content_type: object) -> bool:
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


def _envelope() -> dict[str, Any]:
    """The SDK writes it once: its serialiser takes ten times as long as all the rest of a send."""
    who, where = ChannelAccount(id="bot"), ConversationAccount(id="conversation")
    card = [Attachment(content_type=CONTENT_TYPE)]
    model = Activity(type="message", from_property=who, conversation=where, locale="en-GB", attachments=card)
    return dict(model.serialize())


_ENVELOPE = _envelope()
_IMPORTANT = {"importance": "high", "channelData": {"notification": {"alert": True}}}
"""Told apart on a locked screen, and in the activity feed, without a word of why."""
_PLAIN = {name: value for name, value in _ENVELOPE.items() if name != "attachments"} | {"textFormat": "plain"}


def _activity(reference: Reference, message: Message) -> dict[str, Any]:
    """A message as it goes over the wire."""
    said = clip(message.summary, MAX_SUMMARY)
    here = {"from": {"id": reference.bot}, "conversation": {"id": reference.conversation}, "summary": said}
    if message.card is None:
        return {**_PLAIN, **here, "text": inert(message.summary)}
    marks = _IMPORTANT if message.important else {}
    return {**_ENVELOPE, **here, **marks, "attachments": [{**_ENVELOPE["attachments"][0], "content": message.card}]}
