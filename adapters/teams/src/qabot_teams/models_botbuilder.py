"""The wire's models as botbuilder-core has them, which is past its maker's support: nothing else imports it."""

from typing import Any

from botbuilder.core.serializer_helper import DEPENDICIES_DICT
from botbuilder.schema import Activity, Attachment, ChannelAccount, ConversationAccount, ConversationParameters
from botbuilder.schema.teams import TeamsChannelAccount
from msrest import Deserializer

from qabot_teams.cards import CONTENT_TYPE
from qabot_teams.sdk import Incoming, Member, Reference, as_dict, is_file, member_of, tenant_of

_read: Any = Deserializer(DEPENDICIES_DICT)  # type: ignore[no-untyped-call]


class BotbuilderModels:
    """`sdk.Models`, by botbuilder-core."""

    def incoming(self, raw: dict[str, Any]) -> Incoming:
        """An activity that Teams sent, as JSON."""
        activity: Activity = _read("Activity", raw)
        user, conversation = activity.from_property or ChannelAccount(), activity.conversation
        bot = activity.recipient.id if activity.recipient else ""
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
            reference=Reference(activity.service_url, conversation.id, tenant_of(raw), user.id or "", bot or ""),
            value=as_dict(activity.value),
            added=tuple(each.id for each in activity.members_added or () if each.id),
            has_file=any(is_file(each.content_type) for each in activity.attachments or ()),
        )

    def member(self, raw: dict[str, Any]) -> Member:
        """What Teams says of somebody in a conversation, as JSON."""
        account: TeamsChannelAccount = _read("TeamsChannelAccount", raw)
        return member_of(account.email, account.user_principal_name, account.user_role, account.name)

    def conversation(self, reference: Reference) -> dict[str, Any]:
        """The JSON that asks for the one-to-one chat with `reference.user`."""
        members = [ChannelAccount(id=reference.user)]
        parameters = ConversationParameters(is_group=False, bot=ChannelAccount(id=reference.bot), members=members)
        # The SDK's model writes `tenantID`; Teams reads `tenantId`.
        tenant = {"tenantId": reference.tenant, "channelData": {"tenant": {"id": reference.tenant}}}
        return dict(parameters.serialize()) | tenant

    def envelope(self) -> dict[str, Any]:
        """The JSON of a message with one attachment, which has no content yet."""
        who, where = ChannelAccount(id="bot"), ConversationAccount(id="conversation")
        card = [Attachment(content_type=CONTENT_TYPE)]
        model = Activity(type="message", from_property=who, conversation=where, locale="en-GB", attachments=card)
        return dict(model.serialize())
