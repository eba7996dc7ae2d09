"""Everything that Slack sends us, by Bolt.

An error near an acknowledgement makes Bolt send none at all, so work is done beside it; and what no listener matches is
never acknowledged, so the listeners here match everything. A press and a form are acknowledged once they are kept: of
one that a dying process took with it Slack says that it did not work, and the person does it again.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from qabot.adapter import Service
from qabot_slack.api import web_client
from qabot_slack.background import Background, Once
from qabot_slack.elements import Json, action_of
from qabot_slack.home import Home
from qabot_slack.inputs import people_options
from qabot_slack.modals import BACK
from qabot_slack.people import NAME, People
from qabot_slack.presses import Presses, team_of
from qabot_slack.settings import Settings
from qabot_slack.submissions import Submissions
from qabot_slack.words import Words

log = structlog.get_logger()

ANY = re.compile(".*")

# Slack waits 3 seconds, and the way to it takes some of them. What takes longer is done all the same.
PATIENCE_SECONDS = 2.0
Ack = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Inbound:
    """Routes what Slack sends."""

    service: Service
    people: People
    home: Home
    presses: Presses
    submissions: Submissions
    words: Words
    once: Once
    background: Background

    async def action(self, ack: Ack, body: Json) -> None:
        """A button."""
        if action_of(body["actions"][0]["action_id"]) == BACK:
            await ack()
            self.background.start(self.submissions.back(body), what="back")
            return
        kept = asyncio.Event()
        press = self.background.start(self.presses.pressed(body, kept.set), what="press")
        press.add_done_callback(lambda _: kept.set())
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await kept.wait()
        await ack()

    async def view(self, ack: Ack, body: Json) -> None:
        """A form that was sent."""
        await ack(**await self.submissions.sent(body))

    async def closed(self, ack: Ack) -> None:
        """A modal that was closed."""
        await ack()

    async def options(self, ack: Ack, body: Json) -> None:
        """A name typed in a people picker."""
        await ack(options=await self._names(body))

    async def _names(self, body: Json) -> list[Json]:
        try:
            who = await self.people.who(str(body["user"]["id"]), team=team_of(body))
            people = await self.service.people(str(body.get("value", "")), limit=100) if who.trusted else []
        except Exception:
            log.exception("names could not be offered", action="slack-names-failed")
            people = []
        return people_options([(str(person.person_id), person.label) for person in people])

    async def command(self, ack: Ack, body: Json) -> None:
        """A slash command."""
        await ack()
        self.background.start(self.words.command(body), what="command")

    async def shortcut(self, ack: Ack, body: Json) -> None:
        """A shortcut."""
        await ack()
        self.background.start(self.words.shortcut(body), what="shortcut")

    async def event(self, ack: Ack, body: Json) -> None:
        """An event."""
        await ack()
        self.background.start(self._event(body), what="event")

    async def _event(self, body: Json) -> None:
        event = body["event"]
        match event["type"]:
            case "message":
                await self.words.message(body)
            case "app_home_opened" if event.get("tab") == "home" and self.once.first(str(body["event_id"])):
                await self.home.opened(str(event["user"]))
            case "user_change" | "team_join" if self.once.first(str(body["event_id"])):
                await self._person(event["user"])

    async def _person(self, user: Json) -> None:
        self.people.keep(user)
        entry = self.people.entry(user)
        if entry and not entry.active and self.people.identity.whole_organisation:
            entry = self.people.entry(await self.people.again(user))
        if entry is None:
            return
        if entry.active:
            await self.service.meet(NAME, [entry])
        else:
            await self.service.leave(NAME, entry.external_id, "The Slack account was deactivated or made a guest.")


def bolt(settings: Settings, people: People, inbound: Inbound) -> AsyncApp:
    """The Bolt app, with a listener for each kind of thing."""

    async def authorize(**_: Any) -> AuthorizeResult:
        # Without this Bolt asks auth.test at the first press, inside the 3 seconds that Slack waits.
        ours = people.identity
        return AuthorizeResult(
            enterprise_id=ours.enterprise,
            team_id=ours.team or None,
            bot_user_id=ours.bot_user,
            bot_id=ours.bot,
            bot_token=settings.bot_token,
        )

    app = AsyncApp(
        name="qabot",
        signing_secret=settings.signing_secret,
        authorize=authorize,
        client=web_client(settings),
    )
    app.action(ANY)(inbound.action)
    app.view(ANY)(inbound.view)
    app.view_closed(ANY)(inbound.closed)
    app.options(ANY)(inbound.options)
    app.command(ANY)(inbound.command)
    app.shortcut(ANY)(inbound.shortcut)
    app.event(ANY)(inbound.event)
    return app
