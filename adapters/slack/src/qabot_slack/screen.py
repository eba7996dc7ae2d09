"""What a person sees after they did something: the reply goes where it was done."""

from dataclasses import dataclass, replace
from typing import Literal

import structlog

from qabot.adapter import OpenForm, Reply, Say, Service, ShowCard
from qabot.adapter_kit.drafts import Drafts
from qabot.messaging.card import Button, Card, Paragraph, text
from qabot.messaging.form import Form
from qabot.messaging.letters import cut
from qabot_slack import blocks, modals
from qabot_slack.api import Api
from qabot_slack.elements import LABEL, Json
from qabot_slack.home import Home
from qabot_slack.outcomes import LOST, CallFailed
from qabot_slack.send import Sender, drawn
from qabot_slack.validate import view_problems

log = structlog.get_logger()

WORD = "slack.word"
DONE = "This is done."
TOO_SLOW = "That took longer than Slack waits. Nothing is lost: please press it once more."
NOT_SENT = "This was not sent yet. Please open it again."
MODAL_PATIENCE = 60.0

Kind = Literal["message", "ephemeral", "home", "modal", "word", "direct"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was done: a message, a sentence shown to one person, the home tab, a modal, a command, a chat."""

    user: str
    kind: Kind
    trigger: str = ""
    channel: str = ""
    ts: str = ""
    thread: str = ""
    response_url: str = ""
    view_id: str = ""
    home: bool = False
    word: str = ""
    action: str = ""
    token: str = ""
    waiting: bool = False
    """Whether the modal there only asks to wait."""

    def origin(self) -> modals.Origin:
        """What a modal opened here keeps, to redraw the right card afterwards."""
        if self.kind == "message":
            return modals.Origin(channel=self.channel, ts=self.ts)
        return modals.Origin(home=self.home or self.kind == "home")


class Screen:
    """Shows replies."""

    def __init__(self, api: Api, sender: Sender, home: Home, drafts: Drafts, service: Service) -> None:
        self._api = api
        self._sender = sender
        self._home = home
        self._drafts = drafts
        self._service = service

    async def show(self, place: Place, reply: Reply) -> None:
        """Show a reply at `place`."""
        match reply:
            case OpenForm(form):
                await self._form(place, form)
            case ShowCard(card, words, buttons):
                await self._card(place, card, words, buttons)
            case Say(words, offer, buttons=buttons):
                await self._say(place, words, offer, buttons)

    async def moment(self, place: Place) -> Place:
        """Open a modal that asks to wait, while its trigger still holds; the place with that modal."""
        answer = await self._api.call("views.open", trigger_id=place.trigger, view=modals.moment_view(place.origin()))
        view = answer.get("view")
        if not isinstance(view, dict) or not view.get("id"):
            raise CallFailed("views.open", LOST)
        return replace(place, view_id=str(view["id"]), waiting=True)

    async def say_instead(self, place: Place, reply: Reply) -> None:
        """Say a reply in a direct message, because it could not be shown where it belongs. Raises `CallFailed`."""
        for payload, words in _instead(place, reply):
            try:
                await self._sender.post(place.user, payload)
            except CallFailed as failed:
                log.warning("a reply is said in words", action="slack-reply-reworded", error=failed.error)
                await self._sender.post(place.user, blocks.in_words(words))

    async def form_view(self, form: Form, origin: modals.Origin) -> Json:
        """The page of a form that `origin` names; a form of several pages is kept as a draft."""
        if not origin.draft and len(modals.pages(form)) > 1:
            origin = replace(origin, draft=self._drafts.begin(form))
        view = modals.form_view(form, origin, await self._labels(form))
        if problems := view_problems(view):
            log.error("a form does not fit Slack", action="slack-form-refused", form=form.name, problems=problems)
        return view

    async def _labels(self, form: Form) -> dict[str, str]:
        chosen = [item for item in form.fields if item.kind == "person" and form.values.get(item.name)]
        if not chosen:
            return {}
        return {str(option.person_id): option.label for option in await self._service.people(limit=5000)}

    async def _form(self, place: Place, form: Form) -> None:
        if not place.trigger and not place.view_id:
            await self._post(place, drawn(_invitation(form, place)))
            return
        origin = place.origin()
        if form.errors:
            origin = replace(origin, page=modals.page_of(form, set(form.errors)))
        await self._modal(place, await self.form_view(form, origin))

    async def _card(self, place: Place, card: Card, words: str, buttons: tuple[Button, ...]) -> None:
        match place.kind:
            case "message":
                await self._redraw(place, card)
                if words or place.view_id:
                    await self._say(place, words or DONE, None, buttons)
            case "ephemeral":
                await self._respond(place, {**drawn(card), "replace_original": True})
                if words:
                    await self._respond(place, blocks.say(words, buttons=buttons))
            case "word" if place.response_url and not place.view_id:
                await self._respond(place, drawn(card))
                if words:
                    await self._respond(place, blocks.say(words, buttons=buttons))
            case "direct":
                await self._post(place, drawn(card))
                if words:
                    await self._post(place, blocks.say(words, buttons=buttons))
            case _:
                # The modal first: its trigger holds for 3 seconds.
                await self._modal(place, modals.card_view(card, place.origin(), words, buttons))
                if place.home or place.kind == "home":
                    await self._home.publish(place.user)

    async def _redraw(self, place: Place, card: Card) -> None:
        try:
            await self._sender.redraw(place.channel, place.ts, card)
        except CallFailed as failed:
            if failed.error in {"message_not_found", "cant_update_message", "edit_window_closed"}:
                await self._sender.post(place.user, drawn(card))
            else:
                # The service redraws every copy of a card that has changed, so this one comes right later.
                log.warning("a pressed card was not redrawn", action="slack-redraw-failed", error=failed.error)

    async def _say(self, place: Place, words: str, offer: Card | None, buttons: tuple[Button, ...]) -> None:
        if place.view_id or place.kind == "home" or (place.kind == "word" and not place.response_url):
            await self._modal(place, modals.say_view(words, offer, place.origin(), buttons))
            if place.home or place.kind == "home":
                await self._home.publish(place.user)
        elif place.response_url:
            await self._respond(place, blocks.say(words, offer, buttons))
        else:
            await self._post(place, blocks.say(words, offer, buttons))

    async def _post(self, place: Place, payload: Json) -> None:
        """A message where the person wrote: in a thread if it was one."""
        in_thread = {"thread_ts": place.thread} if place.thread else {}
        await self._sender.post(place.channel or place.user, payload | in_thread)

    async def _respond(self, place: Place, payload: Json) -> None:
        answer = {"response_type": "ephemeral", "replace_original": False, **payload}
        await self._api.persist_response(place.response_url, answer)

    async def _modal(self, place: Place, view: Json) -> None:
        if not place.view_id:
            # A trigger holds for three seconds and once: there is no time to try again.
            await self._api.call("views.open", trigger_id=place.trigger, view=view)
            return
        try:
            await self._api.persist("views.update", patience=MODAL_PATIENCE, view_id=place.view_id, view=view)
        except CallFailed as failed:
            # The person has closed the modal. If it showed them something, they have seen enough.
            if failed.error != "not_found" or place.waiting:
                raise


def _instead(place: Place, reply: Reply) -> list[tuple[Json, str]]:
    """What to post, each with the words that are left of it if Slack does not take it."""
    match reply:
        case OpenForm(form) if form.errors:
            return [_said(f"{NOT_SENT} {' '.join(form.errors.values())}")]
        case OpenForm(form):
            return [_shown(_invitation(form, place))]
        case ShowCard(_, words, buttons) if place.kind == "message":
            # The card itself is redrawn by the service, as every copy is.
            return [_said(words or DONE, buttons=buttons)]
        case ShowCard(card, words, buttons):
            return [_shown(card), *([_said(words, buttons=buttons)] if words else [])]
        case Say(words, offer, buttons=buttons):
            return [_said(words, offer, buttons)]


def _said(words: str, offer: Card | None = None, buttons: tuple[Button, ...] = ()) -> tuple[Json, str]:
    return blocks.say(words, offer, buttons), words


def _shown(card: Card) -> tuple[Json, str]:
    return drawn(card), card.summary


def _invitation(form: Form, place: Place) -> Card:
    # Without a trigger that still holds Slack opens no modal: a button makes one.
    why = TOO_SLOW if place.action else "Slack opens a form only from a button."
    name, token = (place.action, place.token) if place.action else (WORD, place.word)
    return Card(
        title=form.title,
        summary="Here is the form you asked for.",
        blocks=(Paragraph(text(why)),),
        buttons=(Button(name, cut(f"Open: {form.title}", LABEL), token=token, style="primary"),),
    )
