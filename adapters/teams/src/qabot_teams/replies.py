"""The service's replies, in the four shapes that Teams knows: a message, the answer to a press, a dialog, a text."""

from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from qabot.adapter import OpenForm, Outcome, RefusedForPerson, Reply, Say, Sent, Service, ShowCard, wait_before_again
from qabot.adapter_kit.drafts import Drafts
from qabot.adapter_kit.persistence import persist
from qabot.messaging.card import Button, Card
from qabot_teams import paging, pickers
from qabot_teams.cards import CONTENT_TYPE, Element, clip, draw, draw_note, inert
from qabot_teams.once import Done
from qabot_teams.paging import Page
from qabot_teams.sdk import BotFramework, Incoming, Message

log = structlog.get_logger(__name__)
ANSWER = "qabot has an answer for you."
FORM = "Here is the form you asked for."


class Replies:
    """Draws replies and sends them where the activity came from."""

    def __init__(self, port: BotFramework, service: Service, drafts: Drafts) -> None:
        self._port, self._service, self._drafts = port, service, drafts

    async def say(self, activity: Incoming, text: str, buttons: tuple[Button, ...] = ()) -> None:
        """Send a sentence. Its preview says only that there is something: it may name work and people."""
        await self._put(activity, _note(text, buttons))

    async def deliver(
        self,
        activity: Incoming,
        reply: Reply,
        *,
        pressed: str = "",
        opens: Element | None = None,
        finished: bool = False,
    ) -> None:
        """Answer with messages. `pressed` is the message to redraw, if the person used a button of one."""
        match reply:
            case ShowCard(card, said, buttons):
                if said:
                    await self.say(activity, said, buttons)
                await self._put(activity, Message(card.summary, draw(card)), pressed)
            case OpenForm(form):
                again = pressed if form.errors or isinstance(reply, Page) else ""
                await self._put(activity, await self._form(reply, opens), again)
            case Say(text, card, buttons=buttons):
                if finished and pressed and not reply.failed:
                    await self._put(activity, _note(text, buttons), pressed)
                else:
                    await self.say(activity, text, buttons)
                if card:
                    await self._put(activity, Message(card.summary, draw(card)))

    async def to_press(
        self,
        activity: Incoming,
        reply: Reply,
        opens: Element | None,
        *,
        finished: bool = False,
        instead: Card | None = None,
    ) -> Done:
        """Answer an Action.Execute: the next card stands in place of the pressed one at once, and for good.

        A sentence takes the place of a form that belongs to no notice (`finished`). Where another form stood, `instead`
        comes with the sentence, for now: the message itself may be a notice's card, which only the service redraws.
        """
        match reply:
            case ShowCard(card, said, buttons):
                body = self._port.invoke_response("card", draw(card, say=said))
                stays, late = self._said(activity, said, buttons)
                return Done(body, (*self._redraw(activity, activity.reply_to, card), *stays), late)
            case OpenForm():
                message = await self._form(reply, opens)
                body = self._port.invoke_response("card", message.card)
                return Done(body, late=(partial(self._put, activity, message),))
            case Say(text, offer, buttons=buttons) if finished and not reply.failed:
                work = partial(self._put, activity, _note(text, buttons), activity.reply_to)
                shown = self._port.invoke_response("card", draw_note(text, buttons))
                return Done(shown, (work, *self._offer(activity, offer)))
            case Say(text, buttons=buttons) if buttons:
                stays, _ = self._said(activity, text, buttons)
                if instead is None:
                    return Done(self._port.invoke_response("message", inert(text)), stays)
                return Done(self._port.invoke_response("card", draw(instead, say=text)), stays)
            case Say(text, None) if instead is not None and not reply.failed:
                body = self._port.invoke_response("card", draw(instead, say=text))
                return Done(body, late=(partial(self.say, activity, text),))
            case Say(text, offer):
                late = (partial(self.say, activity, text),)
                return Done(self._port.invoke_response("message", inert(text)), self._offer(activity, offer), late)

    async def to_dialog(
        self, activity: Incoming, reply: Reply, *, message: str = "", chat: bool = True, opens: Element | None = None
    ) -> Done:
        """Answer a dialog. `message` is the one it was opened from; `chat` is False outside the bot's own chat."""
        # Too late for the dialog, which then says so, what came of it is a message in the person's own chat.
        late = (partial(self.deliver, activity, reply),) if chat else ()
        match reply:
            case ShowCard(card, said, buttons):
                body = _dialog(card.title, draw(card.without_buttons(), say=said))
                if not (chat and message):
                    return Done(body, late=late)
                stays, late = self._said(activity, said, buttons)
                return Done(body, (*self._redraw(activity, message, card), *stays), late)
            case OpenForm(form):
                dialog = await self._drawn(reply, dialog=True, message=message, opens=opens)
                return Done(_dialog(form.title, dialog), late=late)
            case Say(text, offer, buttons=buttons):
                body = {"task": {"type": "message", "value": inert(text)}}
                stays, late = self._said(activity, text, buttons) if chat else ((), ())
                return Done(body, (*(self._offer(activity, offer) if chat else ()), *stays), late)

    def _said(self, activity: Incoming, text: str, buttons: tuple[Button, ...]) -> tuple[tuple[Any, ...], ...]:
        """What to say in the chat after an answer that has said it, and what only if that came too late.

        A sentence in an answer is gone in a moment: what can still be pressed has to stay.
        """
        say = (partial(self.say, activity, text, buttons),) if text else ()
        return (say, ()) if buttons else ((), say)

    async def _form(self, reply: OpenForm, opens: Element | None) -> Message:
        return Message(FORM, await self._drawn(reply, opens=opens))

    async def _drawn(self, reply: OpenForm, **how: Any) -> Element:
        form, people = await pickers.offered(self._service, reply.form)
        return paging.drawn(reply, form, people, self._drafts, **how)

    def _redraw(self, activity: Incoming, message_id: str, card: Card) -> tuple[Any, ...]:
        return (partial(self._put, activity, Message(card.summary, draw(card)), message_id),) if message_id else ()

    def _offer(self, activity: Incoming, card: Card | None) -> tuple[Any, ...]:
        return (partial(self._put, activity, Message(card.summary, draw(card))),) if card else ()

    async def _put(self, activity: Incoming, message: Message, message_id: str = "") -> None:
        """Say it until Teams takes it: in place of a message, else as a new one, else in plain words."""
        where = activity.reference
        ways = [partial(self._port.send, where, message)]
        if message_id:
            number = self._port.latest.begin((where.conversation, message_id))
            ways.insert(0, partial(self._change, activity, message, message_id, number))
        if message.card is not None:
            ways.append(partial(self._port.send, where, replace(message, card=None)))
        for way in ways:
            outcome = await persist(way, wait_before_again)
            if isinstance(outcome, Sent):
                return
            log.warning("a reply was not taken", action="teams-reply-refused", outcome=repr(outcome))
            if not isinstance(outcome, RefusedForPerson):
                return

    async def _change(self, activity: Incoming, message: Message, message_id: str, number: int) -> Outcome:
        """Put it in place of a message, unless another one has been put there since this was to be."""
        if not self._port.latest.stands((activity.reference.conversation, message_id), number):
            return Sent(message_id)
        return await self._port.update(activity.reference, message_id, message)


def _note(text: str, buttons: tuple[Button, ...] = ()) -> Message:
    return Message(ANSWER, draw_note(text, buttons), words=text)


def _dialog(title: str, card: Element) -> dict[str, Any]:
    attachment = {"contentType": CONTENT_TYPE, "content": card}
    shown = {"title": clip(title, 64), "width": "medium", "height": "medium", "card": attachment}
    return {"task": {"type": "continue", "value": shown}}
