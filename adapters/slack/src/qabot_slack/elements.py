"""The small parts of Block Kit that cards and forms share."""

from typing import Any

from qabot.messaging.card import YES, Button, Confirm, Text, plain
from qabot.messaging.letters import cut, units
from qabot_slack.text import has_marks, inert, link_of, mrkdwn

Json = dict[str, Any]

SEPARATOR = "#"
LABEL = 75


def plain_text(value: str, limit: int) -> Json:
    """Text without any markup. Emoji codes such as ":red_circle:" stay the text they are."""
    return {"type": "plain_text", "text": cut(inert(value.strip()) or "-", limit), "emoji": False}


def text_object(text: Text, limit: int) -> tuple[Json, bool]:
    """Text with its styles and links, and whether it was cut. Words with marks in them are shown as they are.

    They lose what links are beside them: see `needs_rich_text`.
    """
    words = plain(text)
    if not words.strip():  # Slack refuses an empty text
        return plain_text(words, limit), False
    if has_marks(words):
        return plain_text(words, limit), units(inert(words.strip())) > limit
    shown, was_cut = mrkdwn(text, limit)
    return {"type": "mrkdwn", "text": shown, "verbatim": True}, was_cut


def needs_rich_text(text: Text) -> bool:
    """Whether it has links and words with marks in them: no text object shows both as they are."""
    return any(link_of(run) for run in text) and has_marks(plain(text))


def rich_text(text: Text, limit: int) -> tuple[Json, bool]:
    """A block that shows each run as it stands, and whether it was cut. No mark in it has a meaning."""
    parts: list[Json] = []
    room = limit
    for run in text:
        if not run.text or not room:
            continue
        shown = cut(inert(run.text), room)
        room -= units(shown)
        part: Json = {"type": "text", "text": shown}
        if link := link_of(run):
            part = {"type": "link", "url": link, "text": shown}
        style = {name: True for name, styled in (("bold", run.bold), ("italic", run.italic)) if styled}
        parts.append(part | ({"style": style} if style else {}))
    drawn = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}
    return drawn, units(plain(text)) > limit


class ActionIds:
    """Names for buttons, unique within one message: "acknowledge", "acknowledge#2"."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def take(self, action: str) -> str:
        """The next free name for `action`."""
        self._used[action] = count = self._used.get(action, 0) + 1
        return action if count == 1 else f"{action}{SEPARATOR}{count}"


def action_of(action_id: str) -> str:
    """The action that a button's name stands for."""
    return action_id.partition(SEPARATOR)[0]


def answered(pressed: Json) -> str:
    """The action of a button that was pressed; where Slack has asked whether it was meant, with the yes behind it."""
    name = action_of(str(pressed["action_id"]))
    return f"{name}:{YES}" if pressed.get("confirm") else name


def button(item: Button, ids: ActionIds) -> Json:
    """A button: its name is the action, its value the token, and it carries nothing else."""
    drawn: Json = {
        "type": "button",
        "text": plain_text(item.label, LABEL),
        "action_id": ids.take(item.action or "open"),
    }
    if item.url:
        drawn["url"] = item.url
    elif item.token:
        drawn["value"] = item.token
    if item.style != "default":
        drawn["style"] = item.style
    if item.confirm and not item.url:
        drawn["confirm"] = _confirm(item.confirm)
    return drawn


def _confirm(confirmation: Confirm) -> Json:
    """What Slack asks by itself before it sends the press."""
    return {
        "title": plain_text(confirmation.title, 100),
        "text": plain_text(confirmation.text, 300),
        "confirm": plain_text(confirmation.yes, 30),
        "deny": plain_text(confirmation.no, 30),
    }
