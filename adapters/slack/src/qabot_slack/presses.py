"""Buttons. What each says is done once, however often Slack repeats it."""

from dataclasses import replace

from qabot.adapter import Press, Reply, Service, Who
from qabot_slack.answering import Answering, Kept
from qabot_slack.background import Once
from qabot_slack.elements import Json, answered
from qabot_slack.modals import origin_of
from qabot_slack.screen import WORD, Place
from qabot_slack.words import ask_word


class Presses:
    """Takes presses of buttons in messages, the home tab and modals."""

    def __init__(self, service: Service, answering: Answering, once: Once) -> None:
        self._service = service
        self._answering = answering
        self._once = once

    async def pressed(self, body: Json, kept: Kept) -> None:
        """Do what a button says. Old and unknown ones too: the service has a sentence for them.

        `kept` is called once that is done and kept, or will not be; what is shown of it may come after that.
        """
        action = body["actions"][0]
        if action.get("url"):  # the person's own browser opens it; Slack wants no more than the acknowledgement
            return
        if not self._once.first(body.get("trigger_id") or action["action_ts"]):
            return
        press_name, token = answered(action), str(action.get("value", ""))
        if press_name == WORD:
            place, ask = place_of(body, word=token), ask_word(self._service, token)
        else:
            place = replace(place_of(body), action=press_name, token=token)

            async def ask(who: Who) -> Reply:
                return await self._service.press(Press(who, press_name, token))

        await self._answering.answer(place, ask, team=team_of(body), kept=kept)


def place_of(body: Json, word: str = "") -> Place:
    """Where a button was pressed."""
    user, trigger = str(body["user"]["id"]), str(body.get("trigger_id", ""))
    view = body.get("view")
    if view and view["type"] == "home":
        return Place(user, "home", trigger)
    if view:
        return Place(user, "modal", trigger, view_id=str(view["id"]), home=origin_of(view).home, word=word)
    container = body.get("container", {})
    kind = "ephemeral" if container.get("is_ephemeral") else "message"
    return Place(
        user,
        kind,  # type: ignore[arg-type]
        trigger,
        channel=str(container.get("channel_id", "")),
        ts=str(container.get("message_ts", "")),
        response_url=str(body.get("response_url", "")),
        word=word,
    )


def team_of(body: Json) -> str:
    """The workspace that the person is from."""
    return str(body["user"].get("team_id") or (body.get("team") or {}).get("id") or "")
