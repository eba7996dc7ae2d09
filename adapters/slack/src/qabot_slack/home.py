"""The home tab: what I owe, what waits for others, my settings. Drawn when it is opened, and when something changes."""

from collections import OrderedDict

import structlog

from qabot.adapter import Service
from qabot.messaging.card import Card
from qabot_slack import blocks
from qabot_slack.api import Api
from qabot_slack.background import Background
from qabot_slack.elements import Json
from qabot_slack.outcomes import CallFailed
from qabot_slack.people import People
from qabot_slack.validate import view_problems

log = structlog.get_logger()

REMEMBERED = 5000
PATIENCE_SECONDS = 120.0


class Home:
    """Publishes home tabs."""

    def __init__(self, api: Api, people: People, service: Service, background: Background) -> None:
        self._api = api
        self._people = people
        self._service = service
        self._background = background
        # Slack tells us each time somebody opens their tab. Nobody else is looking at one, and views.publish is
        # limited to about 100 a minute: a morning's digests to 2,000 people must not use that up.
        self._looking: OrderedDict[str, None] = OrderedDict()
        self._drawing: dict[str, bool] = {}
        self._changed: dict[str, None] = {}
        self._catching_up = False

    async def opened(self, user: str) -> None:
        """Somebody opened their home tab."""
        self._looking[user] = None
        self._looking.move_to_end(user)
        while len(self._looking) > REMEMBERED:
            self._looking.popitem(last=False)
        await self.publish(user)

    def changed(self, user: str) -> None:
        """What somebody owes has changed: their tab is drawn soon, beside everything else.

        Whoever says so sends cards, and must not wait while Slack takes no tabs.
        """
        if user not in self._looking:
            return
        self._changed[user] = None
        if not self._catching_up:
            self._catching_up = True
            self._background.start(self._catch_up(), what="home tabs")

    async def _catch_up(self) -> None:
        """Draw what has changed, one tab after the other: all at once would be more than Slack takes."""
        try:
            while self._changed:
                user = next(iter(self._changed))
                del self._changed[user]
                await self._redraw(user)
        finally:
            self._catching_up = False

    async def _redraw(self, user: str) -> None:
        try:
            await self.publish(user)
        except Exception:
            # A home tab is a convenience; the others are drawn all the same.
            log.exception("a home tab was not drawn", action="slack-home-failed")

    async def publish(self, user: str) -> None:
        """Draw somebody's home tab. Changes that come while it is being drawn are drawn once, together."""
        if user in self._drawing:
            self._drawing[user] = True
            return
        self._drawing[user] = True
        try:
            while self._drawing[user]:
                self._drawing[user] = False
                await self._draw(user)
        finally:
            del self._drawing[user]

    async def _draw(self, user: str) -> None:
        try:
            who = await self._people.who(user)
            card = await self._service.home(who)
            await self._api.persist("views.publish", patience=PATIENCE_SECONDS, user_id=user, view=view(card))
        except CallFailed as failed:
            # It is drawn again when the person next opens it.
            log.warning("a home tab was not drawn", action="slack-home-failed", error=failed.error)


def view(card: Card) -> Json:
    """The card as a home tab."""
    drawn: Json = {"type": "home", "blocks": blocks.blocks(card, blocks.VIEW)}
    if problems := view_problems(drawn):
        log.error("a home tab does not fit Slack", action="slack-home-refused", problems=problems)
    return drawn
