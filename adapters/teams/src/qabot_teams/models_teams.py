"""The wire's models as Microsoft's Teams SDK 2 has them (microsoft-teams-api): nothing else imports it.

Of the packages of microsoft-teams-apps this is the one with the models. What stands above it is a web server with a
token check, a router and a credential of its own, which are ours here; so it is not installed.
"""

from typing import Any

from microsoft_teams.api.activities.message import MessageActivityInput
from microsoft_teams.api.clients.conversation.params import CreateConversationParams
from microsoft_teams.api.models import (
    Account,
    ActivityInputBase,
    Attachment,
    ConversationAccount,
    TeamsChannelAccount,
)
from pydantic import BaseModel

from qabot_teams.cards import CONTENT_TYPE
from qabot_teams.sdk import Incoming, Member, Reference, as_dict, is_file, member_of, tenant_of


class _Activity(ActivityInputBase):
    """Any activity. The SDK's own union of all kinds refuses what it does not know, and Teams adds kinds every year."""

    type: str
    name: str | None = None
    action: str | None = None
    text: str | None = None
    conversation: ConversationAccount
    members_added: list[Account] | None = None
    attachments: list[Attachment] | None = None


_READ = frozenset(
    {"type", "id", "name", "action", "text", "replyToId", "serviceUrl", "from", "recipient", "conversation"}
    | {"membersAdded", "attachments"}
)
"""Parts of an activity that are read. What stands in others is no reason to refuse a press."""


class TeamsModels:
    """`sdk.Models`, by microsoft-teams-api."""

    def incoming(self, raw: dict[str, Any]) -> Incoming:
        """An activity that Teams sent, as JSON."""
        activity = _Activity.model_validate({name: raw[name] for name in _READ & raw.keys()})
        user, conversation, bot = activity.from_, activity.conversation, activity.recipient
        account = (user.aad_object_id or user.id) if user else ""
        where = (activity.service_url or "", conversation.id, tenant_of(raw), user.id if user else "")
        return Incoming(
            kind=activity.type,
            id=activity.id or "",
            name=activity.name or "",
            action=activity.action or "",
            text=activity.text or "",
            reply_to=activity.reply_to_id or "",
            user_name=(user.name if user else "") or "",
            account=account.lower(),
            personal=(conversation.conversation_type or "personal") == "personal",
            reference=Reference(*where, bot.id if bot else ""),
            value=as_dict(raw.get("value")),
            added=tuple(each.id for each in activity.members_added or () if each.id),
            has_file=any(is_file(each.content_type) for each in activity.attachments or ()),
        )

    def member(self, raw: dict[str, Any]) -> Member:
        """What Teams says of somebody in a conversation, as JSON."""
        account = TeamsChannelAccount.model_validate(raw)
        return member_of(account.email, account.user_principal_name, account.user_role, account.name)

    def conversation(self, reference: Reference) -> dict[str, Any]:
        """The JSON that asks for the one-to-one chat with `reference.user`."""
        tenant = {"tenant": {"id": reference.tenant}}
        members = [Account(id=reference.user)]
        params = CreateConversationParams(members=members, tenant_id=reference.tenant, channel_data=tenant)
        # The SDK leaves these two to the service, which takes both; they are sent as they always were.
        return {"isGroup": False, "bot": {"id": reference.bot}, **_written(params)}

    def envelope(self) -> dict[str, Any]:
        """The JSON of a message with one attachment, which has no content yet."""
        who, where = Account(id="bot"), ConversationAccount(id="conversation")
        card = [Attachment(content_type=CONTENT_TYPE)]
        return _written(MessageActivityInput(from_=who, conversation=where, locale="en-GB", attachments=card))


def _written(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)
