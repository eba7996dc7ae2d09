"""Ways in: the slash command, the global shortcut, the message shortcut, and direct messages to the bot."""

from collections.abc import Awaitable, Callable

from qabot.adapter import Command, Reply, Service, Who
from qabot_slack.answering import Answering, Ask
from qabot_slack.background import Once
from qabot_slack.elements import Json
from qabot_slack.people import NAME
from qabot_slack.screen import Place
from qabot_slack.text import unescape

NOMINATE = "nominate"
NOMINEE = "nominee"
HELP = "help"


def ask_word(service: Service, typed: str) -> Ask:
    """What to ask for typed words: the first is the command, the others follow it."""
    word, _, rest = typed.strip().partition(" ")

    async def ask(who: Who) -> Reply:
        return await service.command(Command(who, word.lower() or HELP, rest.strip()))

    return ask


class Words:
    """Takes what people type, and shortcuts."""

    def __init__(self, service: Service, answering: Answering, once: Once) -> None:
        self._service = service
        self._answering = answering
        self._once = once

    async def command(self, body: Json) -> None:
        """A slash command."""
        if not self._once.first(str(body["trigger_id"])):
            return
        place = Place(
            str(body["user_id"]),
            "word",
            str(body["trigger_id"]),
            channel=str(body["channel_id"]),
            response_url=str(body["response_url"]),
            word=unescape(str(body.get("text", ""))),
        )
        ask = ask_word(self._service, place.word)
        await self._answering.answer(place, ask, team=str(body.get("team_id", "")))

    async def shortcut(self, body: Json) -> None:
        """A shortcut: a global one is named after a word; the one on a message nominates its author."""
        if not self._once.first(str(body["trigger_id"])):
            return
        place = Place(str(body["user"]["id"]), "word", str(body["trigger_id"]), word=str(body["callback_id"]))
        ask = ask_word(self._service, str(body["callback_id"]))
        if body["type"] == "message_action":
            ask = self._nominate(str(body.get("message", {}).get("user", "")))
        await self._answering.answer(place, ask, team=str(body["user"].get("team_id", "")))

    def _nominate(self, author: str) -> Callable[[Who], Awaitable[Reply]]:
        async def ask(who: Who) -> Reply:
            person = await self._service.person_by_account(NAME, author) if author else None
            return await self._service.form(who, NOMINATE, {NOMINEE: str(person)} if person else {})

        return ask

    async def message(self, body: Json) -> None:
        """A direct message to the bot: a word that it knows is done, everything else gets help."""
        event = body["event"]
        if event.get("channel_type") != "im" or event.get("bot_id") or event.get("subtype") or not event.get("user"):
            return
        if not self._once.first(str(body["event_id"])):
            return
        typed = unescape(str(event.get("text", "")))
        known = {item.word for item in self._service.words()}
        if typed.strip().partition(" ")[0].lower() not in known:
            typed = HELP
        place = Place(str(event["user"]), "direct", channel=str(event["channel"]), word=typed)
        await self._answering.answer(place, ask_word(self._service, typed))
