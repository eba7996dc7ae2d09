"""From what somebody did to what they see: who it was, whether they may, the service's reply, shown in time."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from qabot.adapter import Reply, Say, Who
from qabot_slack.outcomes import CallFailed
from qabot_slack.people import People
from qabot_slack.screen import Place, Screen

log = structlog.get_logger()

# A trigger opens a modal for 3 seconds. If the reply is not there by now, a modal that asks to wait takes its place.
PATIENCE_SECONDS = 1.5
FAILED = "Something went wrong on the way, and this may not have been done. Please try again in a minute."

Ask = Callable[[Who], Awaitable[Reply]]
Kept = Callable[[], None]


class Answering:
    """Asks the service and shows what it replies. Whatever goes wrong, the person gets a sentence.

    Guests and people of other workspaces are asked for like anybody else, as not trusted: the service refuses them.
    """

    def __init__(self, people: People, screen: Screen) -> None:
        self._people = people
        self._screen = screen

    async def answer(self, place: Place, ask: Ask, *, team: str = "", kept: Kept | None = None) -> None:
        """Ask on behalf of the person at `place`, and show the reply there. `kept` is called once there is a reply."""
        reply = asyncio.ensure_future(self.reply(place, ask, team=team))
        if kept is not None:
            reply.add_done_callback(lambda _: kept())
        place = await self._waiting(place, reply)
        await self.show(place, await reply)

    async def show(self, place: Place, reply: Reply) -> None:
        """Show a reply at `place`; where that cannot be, say it in a direct message. Raises nothing."""
        try:
            await self._screen.show(place, reply)
            return
        except CallFailed as failed:
            log.warning("a reply was not shown", action="slack-reply-refused", kind=place.kind, error=failed.error)
        except Exception:
            log.exception("a reply was not shown", action="slack-reply-failed", kind=place.kind)
        await self.say_instead(place, reply)

    async def say_instead(self, place: Place, reply: Reply) -> None:
        """Say it in a direct message. Raises nothing."""
        try:
            await self._screen.say_instead(place, reply)
        except Exception:
            log.exception("a reply could not be said", action="slack-reply-failed", kind=place.kind)

    async def reply(self, place: Place, ask: Ask, *, team: str = "") -> Reply:
        """The service's reply, or a sentence if something went wrong."""
        try:
            # A command can be typed in the direct messages of two colleagues, which are not the bot's.
            ours = place.kind in ("message", "direct") and place.channel.startswith("D")
            conversation = place.channel if ours else None
            return await ask(await self._people.who(place.user, team=team, conversation=conversation))
        except Exception:
            log.exception("a reply could not be made", action="slack-reply-failed", kind=place.kind)
            return Say(FAILED, failed=True)

    async def _waiting(self, place: Place, reply: asyncio.Future[Reply]) -> Place:
        if not place.trigger or place.view_id:
            return place
        await asyncio.wait({reply}, timeout=PATIENCE_SECONDS)
        if reply.done():
            return place
        try:
            return await self._screen.moment(place)
        except CallFailed as failed:
            log.warning("a modal could not be opened", action="slack-modal-refused", error=failed.error)
            return place
