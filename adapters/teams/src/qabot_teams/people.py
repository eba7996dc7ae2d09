"""Who pressed or wrote: from the verified activity and the tenant's own directory, kept for an hour."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping

import structlog

from qabot.adapter import Address, DirectoryEntry, Who
from qabot_teams.sdk import BotFramework, Incoming, Member, Reference
from qabot_teams.settings import Settings

NAME = "teams"
KEPT = 3600.0
MAX_KEPT = 5000
log = structlog.get_logger(__name__)


class People:
    """Looks people up by the chat's member list, which only somebody of the tenant can be on."""

    def __init__(self, port: BotFramework) -> None:
        self._port = port
        self._members: OrderedDict[str, tuple[float, Member]] = OrderedDict()

    async def who(self, activity: Incoming, *, in_chat: bool = True) -> Who:
        """The person behind an activity. Without an answer from the directory: no e-mail, so nothing can be linked.

        `in_chat` is False if the activity is not from the bot's own chat with the person (a message extension).
        """
        member = await self._member(activity)
        return Who(
            adapter=NAME,
            external_id=activity.account,
            email=(member.email or None) if member else None,
            name=(member.name if member else "") or activity.user_name,
            trusted=not (member and member.guest),
            conversation=activity.reference.conversation if in_chat and activity.personal else None,
            details=details(activity.reference),
            aliases=member.aliases if member else (),
        )

    async def _member(self, activity: Incoming) -> Member | None:
        held = self._members.get(activity.account)
        if held and time.monotonic() - held[0] < KEPT:
            return held[1]
        try:
            async with asyncio.timeout(1.5):
                member = await self._port.member(activity.reference, activity.reference.user)
        except TimeoutError:
            return None
        if not isinstance(member, Member):
            log.info("could not look up a person", action="teams-member-unknown", outcome=member.__class__.__name__)
            return None
        self._members[activity.account] = (time.monotonic(), member)
        while len(self._members) > MAX_KEPT:
            self._members.popitem(last=False)
        return member


def entry(who: Who) -> DirectoryEntry:
    """What the service keeps of a person met in Teams."""
    return DirectoryEntry(who.external_id, who.email, who.name, True, who.conversation, who.details, who.aliases)


def details(reference: Reference) -> dict[str, str]:
    """The rest of a conversation reference, as plain text to keep with the account."""
    return {
        "service_url": reference.service_url,
        "tenant": reference.tenant,
        "user": reference.user,
        "bot": reference.bot,
    }


def reference(address: Address, settings: Settings) -> Reference:
    """Where to write to somebody. Its conversation is "" if none is known yet."""
    kept: Mapping[str, str] = address.details
    return Reference(
        service_url=kept.get("service_url") or settings.service_url,
        conversation=address.conversation or "",
        tenant=kept.get("tenant") or settings.tenant_id,
        user=kept.get("user") or address.external_id,
        bot=kept.get("bot") or f"28:{settings.app_id}",
    )
