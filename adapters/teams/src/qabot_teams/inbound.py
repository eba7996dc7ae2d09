"""What each activity means: install, uninstall, words, presses, forms, dialogs and the message extension."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from qabot.adapter import Command, OpenForm, Press, Reply, Say, Service, ShowCard, Submission, Who
from qabot.adapter_kit.drafts import Drafts
from qabot.adapter_kit.typed import NO_FILES
from qabot.messaging.card import Card
from qabot_teams import paging, pickers, words
from qabot_teams.cards import PART_KEY
from qabot_teams.forms import OPEN
from qabot_teams.once import Done
from qabot_teams.people import NAME, People, entry
from qabot_teams.replies import Replies
from qabot_teams.sdk import BotFramework, Incoming

NOMINATE = "nominate"
"""The word, the form and the message extension's command by which a colleague is nominated."""
SORRY = "Something went wrong and nothing was changed. Please try again in a minute."
OWN_CHAT = "Please write to me in our own chat: what I have to say is for you alone."
log = structlog.get_logger(__name__)


class Inbound:
    """Translates verified activities for the service, and its replies back."""

    def __init__(self, port: BotFramework, service: Service, people: People) -> None:
        self._port, self._service, self._people = port, service, people
        self._drafts = Drafts()
        self._replies = Replies(port, service, self._drafts)

    async def handle(self, activity: Incoming) -> Done:
        """Do what an activity asks for. Raises nothing: an error is logged and becomes an apology."""
        try:
            return await self._dispatch(activity)
        except Exception:
            log.exception("an activity failed", action="teams-activity-failed", kind=activity.kind, name=activity.name)
            return self.sorry(activity)

    def sorry(self, activity: Incoming, text: str = SORRY) -> Done:
        """A proper answer that says so in words: an empty one would make Teams repeat the press."""
        late = (partial(self._replies.say, activity, text),) if activity.personal else ()
        if activity.name == "adaptiveCard/action":
            return Done(self._port.invoke_response("message", text), late=late)
        if activity.kind == "invoke":
            return Done({"task": {"type": "message", "value": text}}, late=late)
        return Done()

    async def _dispatch(self, activity: Incoming) -> Done:
        match activity.kind, activity.name:
            case "installationUpdate", _:
                return await self._installation(activity)
            case "conversationUpdate", _ if activity.reference.bot in activity.added and activity.personal:
                await self._meet(await self._people.who(activity))
            case "message", _:
                return Done(after=(partial(self._answer, activity),))
            case "invoke", "adaptiveCard/action":
                return await self._action(activity)
            case "invoke", "task/fetch" | "task/submit":
                return await self._dialog(activity)
            case "invoke", "composeExtension/fetchTask" | "composeExtension/submitAction":
                return await self._extension(activity)
            case "invoke", _:
                return Done({"error": {"code": "NotSupported", "message": "qabot does not do this."}}, status=501)
        return Done()

    async def _installation(self, activity: Incoming) -> Done:
        # In a team or a group chat it says nothing of the chats that its members have with the bot.
        if not activity.personal:
            return Done()
        if activity.action.startswith("remove"):
            await self._service.leave(NAME, activity.account, "The app was removed in Teams.")
            return Done()
        who = await self._people.who(activity)
        await self._meet(who)
        known = await self._service.person_by_account(NAME, who.external_id) is not None
        if known or activity.action.endswith("upgrade"):
            # A policy installs the app for all at once, at any hour: whoever is known is welcomed in their own hours.
            return Done()
        return Done(after=(partial(self._command, activity, who, "help", ""),))

    async def _meet(self, who: Who, *, known_only: bool = False) -> None:
        """Keep where to reach this person: at install, whenever they write, and when what is kept is not their chat.

        That is so after Teams moved the chat, or refused a message. `known_only`: they pressed a button. Somebody who
        is not linked yet is then asked first, by the service.
        """
        if not who.trusted or not who.conversation:
            return
        if known_only:
            kept = await self._service.conversation(NAME, who.external_id)
            if kept is None or (kept.conversation, kept.details) == (who.conversation, who.details):
                return
        await self._service.meet(NAME, [entry(who)])

    async def _answer(self, activity: Incoming) -> None:
        """A message is answered with messages, after the request: Teams shows no error to wait for."""
        try:
            await self._message(activity)
        except Exception:
            log.exception("a message failed", action="teams-message-failed")
            await self._replies.say(activity, SORRY)

    async def _message(self, activity: Incoming) -> None:
        if not activity.personal:
            await self._replies.say(activity, OWN_CHAT)
            return
        who = await self._people.who(activity)
        if "form" in activity.value or "action" in activity.value:
            await self._meet(who, known_only=True)
            reply = await self._act(who, activity.value)
            finished = "form" in activity.value
            opens = _opens(activity.value)
            await self._replies.deliver(activity, reply, pressed=activity.reply_to, finished=finished, opens=opens)
            return
        await self._meet(who)
        word, rest = words.parse(activity.text)
        if activity.has_file:
            await self._replies.say(activity, NO_FILES)
        if word or not activity.has_file:
            await self._command(activity, who, word, rest)

    async def _command(self, activity: Incoming, who: Who, word: str, rest: str) -> None:
        reply = await self._service.command(Command(who, word, rest))
        await self._replies.deliver(activity, reply, opens={"word": word, "rest": rest})

    async def _act(self, who: Who, data: Mapping[str, Any], *, in_place: bool = False) -> Reply:
        token = str(data.get("token") or "")
        if "form" not in data:
            return await self._service.press(Press(who, str(data.get("action") or ""), token, in_place))
        values = await pickers.values(self._service, data)
        if not data.get("draft"):
            return await self._service.submit(Submission(who, str(data["form"]), token, values))
        turned = paging.turn(self._drafts, data, values)
        if turned is None:
            opens = _opens(data) or {}
            opens = opens if opens.keys() - {PART_KEY} else {"form": data["form"]}
            return paging.again(await self._open(who, opens), token, values)
        if isinstance(turned, OpenForm):
            return turned
        reply = await self._service.submit(Submission(who, str(data["form"]), token, turned.values))
        return paging.settled(self._drafts, str(data["draft"]), reply)

    async def _action(self, activity: Incoming) -> Done:
        pressed = activity.value.get("action")
        data = pressed.get("data") if isinstance(pressed, dict) else None
        if not isinstance(data, dict) or not data.keys() & {"form", "action"}:
            return Done(self._port.invoke_response("error", "This button is not one of qabot's."))
        who = await self._people.who(activity)
        await self._meet(who, known_only=True)
        reply = await self._act(who, data, in_place=True)
        part = _part(data)
        opens = _opens(data) if "form" in data else {"action": data["action"], "token": data.get("token", "")}
        opens = {**(opens or {}), PART_KEY: part} if part else opens
        instead = await self._home(who, part) if "form" in data and isinstance(reply, Say) else None
        return await self._replies.to_press(activity, reply, opens, finished=_stands_alone(data), instead=instead)

    async def _home(self, who: Who, part: str) -> Card | None:
        """What stands where an answered form stood: what is waiting, from the row on where the form was opened.

        The answer is kept already, so nothing here may fail it.
        """
        try:
            same = await self._service.command(Command(who, "mine", part)) if part else None
            return same.card if isinstance(same, ShowCard) else await self._service.home(who)
        except Exception:
            log.exception("what is waiting could not be shown", action="teams-home-failed")
            return None

    async def _dialog(self, activity: Incoming) -> Done:
        data = _mapping(activity.value.get("data"))
        who = await self._people.who(activity)
        if "form" in data:
            reply, message = await self._act(who, data), str(data.get("message") or "")
            return await self._replies.to_dialog(activity, reply, message=message, opens=_opens(data))
        opens = _mapping(data.get(OPEN))
        reply = await self._open(who, opens)
        return await self._replies.to_dialog(activity, reply, message=activity.reply_to, opens=dict(opens))

    async def _open(self, who: Who, request: Mapping[str, Any]) -> Reply:
        if "word" in request:
            return await self._service.command(Command(who, str(request["word"]), str(request.get("rest") or "")))
        if "form" in request:
            return await self._service.form(who, str(request["form"]))
        return await self._service.press(Press(who, str(request.get("action") or ""), str(request.get("token") or "")))

    async def _extension(self, activity: Incoming) -> Done:
        """Nominate the author of a message. The message's text is not read: it could name a child."""
        who = await self._people.who(activity, in_chat=False)
        data = _mapping(activity.value.get("data"))
        if "form" in data:
            return await self._replies.to_dialog(activity, await self._act(who, data), chat=False)
        author = _mapping(_mapping(_mapping(activity.value.get("messagePayload")).get("from")).get("user"))
        account = str(author.get("id") or "").lower()
        nominee = await self._service.person_by_account(NAME, account) if account else None
        values = {"nominee": str(nominee)} if nominee else {}
        return await self._replies.to_dialog(activity, await self._service.form(who, NOMINATE, values), chat=False)


def _part(data: Mapping[str, Any]) -> str:
    """From which row on the list went in which a button stood; "" if that was no part of a list, or its beginning."""
    return str(data.get(PART_KEY) or (_opens(data) or {}).get(PART_KEY) or "")


def _opens(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """What opens a form of several pages again, from its own button."""
    return dict(_mapping(data.get(OPEN))) or None


def _stands_alone(data: Mapping[str, Any]) -> bool:
    """Whether this is a form that belongs to no notice."""
    return "form" in data and not data.get("token")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
