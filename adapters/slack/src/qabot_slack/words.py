"""Ways in: the slash command, the global shortcut, the message shortcut, and direct messages to the bot."""

from collections.abc import Awaitable, Callable

from qabot.adapter import Command, Reply, Say, Service, Who
from qabot.adapter_kit.typed import NO_FILES
from qabot.messaging.typed import read_words
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
    word, rest = read_words(typed)

    async def ask(who: Who) -> Reply:
        return await service.command(Command(who, word or HELP, rest))

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
        """A direct message to the bot: a known word is done, everything else gets help, where it was written."""
        event = body["event"]
        has_file = event.get("subtype") == "file_share"
        if event.get("channel_type") != "im" or event.get("bot_id") or not event.get("user"):
            return
        if event.get("subtype") and not has_file:
            return
        if not self._once.first(str(body["event_id"])):
            return
        typed = unescape(str(event.get("text", "")))
        known = {item.word for item in self._service.words()}
        place = Place(
            str(event["user"]),
            "direct",
            channel=str(event["channel"]),
            thread=str(event.get("thread_ts") or ""),
            # What somebody wrote in their own words is kept nowhere: behind a button it would be.
            word=typed if read_words(typed)[0] in known else HELP,
        )
        if has_file:
            await self._answering.show(place, Say(NO_FILES))
        if not has_file or typed.strip():
            await self._answering.answer(place, ask_word(self._service, typed))
