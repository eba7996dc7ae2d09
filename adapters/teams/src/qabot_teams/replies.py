"""The service's replies, in the four shapes that Teams knows: a message, the answer to a press, a dialog, a text."""

from functools import partial
from typing import Any

import structlog

from qabot.adapter import OpenForm, Outcome, Reply, Say, Sent, Service, ShowCard
from qabot.messaging.card import Card
from qabot.messaging.form import Form
from qabot_teams import pickers
from qabot_teams.cards import CONTENT_TYPE, Element, clip, draw, draw_note, inert
from qabot_teams.forms import draw_form
from qabot_teams.once import Done
from qabot_teams.sdk import BotFramework, Incoming, Message

log = structlog.get_logger(__name__)


class Replies:
    """Draws replies and sends them where the activity came from."""

    def __init__(self, port: BotFramework, service: Service) -> None:
        self._port, self._service = port, service

    async def say(self, activity: Incoming, text: str) -> None:
        """Send a sentence."""
        self._note(await self._port.send(activity.reference, Message(text)))

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
            case ShowCard(card, said):
                if said:
                    await self.say(activity, said)
                await self._put(activity, Message(card.summary, draw(card)), pressed)
            case OpenForm(form):
                await self._put(activity, await self._form(form, opens), pressed if form.errors else "")
            case Say(text, card):
                if finished and pressed:
                    await self._put(activity, Message(text, draw_note(text)), pressed)
                else:
                    await self.say(activity, text)
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
            case ShowCard(card, said):
                body = self._port.invoke_response("card", draw(card, say=said))
                return Done(body, after=self._redraw(activity, activity.reply_to, card))
            case OpenForm(form):
                message = await self._form(form, opens)
                body = self._port.invoke_response("card", message.card)
                return Done(body, late=(partial(self._put, activity, message),))
            case Say(text, offer) if finished:
                note = draw_note(text)
                work = partial(self._put, activity, Message(text, note), activity.reply_to)
                return Done(self._port.invoke_response("card", note), (work, *self._offer(activity, offer)))
            case Say(text, None) if instead is not None:
                body = self._port.invoke_response("card", draw(instead, say=text))
                return Done(body, late=(partial(self.say, activity, text),))
            case Say(text, offer):
                late = (partial(self.say, activity, text),)
                return Done(self._port.invoke_response("message", inert(text)), self._offer(activity, offer), late)

    async def to_dialog(self, activity: Incoming, reply: Reply, *, message: str = "", chat: bool = True) -> Done:
        """Answer a dialog. `message` is the one it was opened from; `chat` is False outside the bot's own chat."""
        match reply:
            case ShowCard(card, said):
                body = _dialog(card.title, draw(card.without_buttons(), say=said))
                return Done(body, after=self._redraw(activity, message, card) if chat else ())
            case OpenForm(form):
                asked, people = await pickers.offered(self._service, form)
                return Done(_dialog(form.title, draw_form(asked, people, dialog=True, message=message)))
            case Say(text, offer):
                body = {"task": {"type": "message", "value": inert(text)}}
                return Done(body, after=self._offer(activity, offer) if chat else ())

    async def _form(self, form: Form, opens: Element | None) -> Message:
        asked, people = await pickers.offered(self._service, form)
        return Message(f"{form.title}.", draw_form(asked, people, opens=opens))

    def _redraw(self, activity: Incoming, message_id: str, card: Card) -> tuple[Any, ...]:
        return (partial(self._put, activity, Message(card.summary, draw(card)), message_id),) if message_id else ()

    def _offer(self, activity: Incoming, card: Card | None) -> tuple[Any, ...]:
        return (partial(self._put, activity, Message(card.summary, draw(card))),) if card else ()

    async def _put(self, activity: Incoming, message: Message, message_id: str = "") -> None:
        if message_id:
            self._note(await self._port.update(activity.reference, message_id, message))
        else:
            self._note(await self._port.send(activity.reference, message))

    def _note(self, outcome: Outcome) -> None:
        if not isinstance(outcome, Sent):
            log.warning("a reply was not taken", action="teams_reply_failed", outcome=repr(outcome))


def _dialog(title: str, card: Element) -> dict[str, Any]:
    attachment = {"contentType": CONTENT_TYPE, "content": card}
    shown = {"title": clip(title, 64), "width": "medium", "height": "medium", "card": attachment}
    return {"task": {"type": "continue", "value": shown}}
