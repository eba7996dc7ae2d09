"""Cards as Adaptive Cards 1.5.

Text of people goes into text runs, which no client reads as Markdown; headings must be text blocks for screen readers,
so what they hold is escaped. A card over the limit is cut at a word, keeps its notes and buttons, and links to the
whole of it.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson

from qabot.messaging.card import (
    Block,
    Bullets,
    Button,
    Card,
    Facts,
    Heading,
    Note,
    Paragraph,
    Picture,
    Row,
    Run,
    Text,
    plain,
)
from qabot.messaging.letters import cut, units

MAX_BYTES = 28 * 1024
"""Of one card as UTF-8, so that the message stays under Teams' 100 KB of UTF-16."""
MAX_PICTURED = 48 * 1024
"""Of a card with its pictures, all ASCII: under 100 KB of UTF-16 even where Teams counts pictures, as it says it does
not ("doesn't include base64 encoded image": format your bot messages)."""
MAX_TITLE = 150
MAX_LABEL = 100
MAX_NOTE = 800
ACTIONS_IN_A_ROW = 6
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"

CUT = "This is not all of it: it is too long for Teams."

Element = dict[str, Any]
PART_KEY = "part"
"""In a button's data: from which row on the list went in which it stood."""


def draw(card: Card, *, say: str = "") -> Element:
    """The card as an Adaptive Card of at most `MAX_BYTES`. `say` stands above it: what the press has come to.

    With its pictures it may take `MAX_PICTURED`; what does not fit is left out.
    """
    if any(isinstance(block, Picture) for block in card.blocks):
        card = _within_pictures(card)
        drawn = _whole(card, say)
        return drawn if size(drawn) <= MAX_PICTURED else draw(without_pictures(card), say=say)
    drawn = _whole(card, say)
    return drawn if size(drawn) <= MAX_BYTES else _cut_to_fit(card, say)


def without_pictures(card: Card) -> Card:
    """The same card in words alone."""
    return replace(card, blocks=tuple([each for each in card.blocks if not isinstance(each, Picture)]))


def _within_pictures(card: Card) -> Card:
    """The card with those of its pictures that were made and fit, the first ones before others."""
    room, kept = MAX_PICTURED - size(_whole(without_pictures(card))) - 1000, list[Block]()
    for block in card.blocks:
        if isinstance(block, Picture):
            takes = size(_picture(block))
            if takes > room or not block.png:
                continue
            room -= takes
        kept.append(block)
    return replace(card, blocks=tuple(kept))


def written(card: Card) -> orjson.Fragment:
    """The same as JSON for the wire. What has to be written to be measured is not written twice."""
    if any(isinstance(block, Picture) for block in card.blocks):
        return orjson.Fragment(orjson.dumps(draw(card)))
    body = orjson.dumps(_whole(card))
    return orjson.Fragment(body if len(body) <= MAX_BYTES else orjson.dumps(_cut_to_fit(card)))


def _whole(card: Card, say: str = "") -> Element:
    drawn = envelope(card.title, card.summary, more_url=card.more_url)
    elements = [element for block in card.blocks if not isinstance(block, Note) for element in _block(block)]
    drawn["body"] = [*_said(say), _title(card), *elements, *_action_sets(card.buttons), *_notes(card)]
    return _marked(drawn, card.part)


def _cut_to_fit(card: Card, say: str = "") -> Element:
    drawn = envelope(card.title, card.summary, more_url=card.more_url)
    head, tail = [*_said(say), _title(card)], _notes(card)
    actions, _ = _within(_action_sets(card.buttons), MAX_BYTES // 2)
    room = MAX_BYTES - size([head, tail]) - size([drawn, actions]) - 700
    blocks = [block for block in card.blocks if not isinstance(block, Note)]
    drawn["body"] = [*head, *_fitting(blocks, room), *_read_more(card), *actions, *tail]
    return _marked(drawn, card.part)


def _marked(drawn: Element, part: str) -> Element:
    """Every button of a part of a long list says which part it is, so that the same part comes back after its form."""
    waiting: list[object] = [drawn] if part else []
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            data = each.get("data")
            if isinstance(data, dict) and "action" in data:
                data[PART_KEY] = part
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return drawn


def _notes(card: Card) -> list[Element]:
    return [_text(block) for block in card.blocks if isinstance(block, Note)]


def draw_note(said: str, buttons: Sequence[Button] = ()) -> Element:
    """A sentence as a card, to stand where a form stood; with the buttons that go with it."""
    card = envelope("qabot", said)
    card["body"] = [plain_block(clip(said, 2000)), *_action_sets(buttons)]
    return card


def envelope(title: str, summary: str, *, more_url: str | None = None) -> Element:
    """An empty card with what is read aloud, and what is shown where a client cannot draw it."""
    said = f"{clip(title, MAX_TITLE)}. {clip(summary, 300)}"
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "lang": "en-GB",
        "speak": said,
        "fallbackText": f"{said} {web(more_url)}".strip(),
        "body": [],
    }


def size(part: object) -> int:
    """Bytes of a part as it goes over the wire."""
    return len(orjson.dumps(part))


def clip(value: str, limit: int) -> str:
    """The text as Teams shows it, cut at a word with an ellipsis if it is longer than `limit` units of UTF-16."""
    return cut(inert(value), limit)


_LIVE = re.compile(r"\{(?=\{)|<(?=[A-Za-z/!?])")
_LINK = re.compile(r"&(?=#?\w+;)|\](?=[(\[])|:(?=//)")


def inert(value: str) -> str:
    """The text with nothing in it that Teams acts on: no date or time to put in, no mention, no tag.

    A mark without width (a word joiner) parts what would be one; a reader sees no difference.
    """
    return _LIVE.sub("\\g<0>\u2060", value)


def choice(label: str) -> str:
    """What stands beside a box or a choice, where some clients read Markdown: no link, and no address of one."""
    return _LINK.sub("\\g<0>\u2060", inert(label))


_MARKS = re.compile(r"([\\`*_\[\]~])|^([#>+-]|\d+(?=[.)]))|(&)(?=#?\w+;)")


def escape(value: str) -> str:
    """One line that a Markdown reader shows as it stands: no link, no emphasis, no heading."""
    marked = _MARKS.sub(_escaped, " ".join(value.split()))
    return inert(marked).replace("://", ":\u2060//")  # a word joiner, so that no client makes a link of an address


def _escaped(match: re.Match[str]) -> str:
    if match[0].isdecimal():
        return f"{match[0]}\u2060"
    return f"\\{match[0]}"


def rich(text: Text, **style: Any) -> Element:
    """Runs as one block. Links are http and https alone."""
    runs = [_run(run, style) for run in text if run.text] or [_run(Run(" "), style)]
    return {"type": "RichTextBlock", "inlines": runs}


def plain_block(value: str, **style: Any) -> Element:
    """One unstyled text."""
    return rich((Run(value),), **style)


def heading(value: str, size: str = "Medium") -> Element:
    """A heading, for the eye and for screen readers."""
    look = {"style": "heading", "weight": "Bolder", "size": size, "wrap": True}
    return {"type": "TextBlock", "text": escape(cut(value.strip() or "-", MAX_TITLE)), **look}


def web(url: str | None) -> str:
    """The address, if it is one of the web."""
    return url if url and url.startswith(("https://", "http://")) else ""


def execute(label: str, verb: str, data: Element, *, style: str = "default", inputs: str = "none") -> Element:
    """A button, with the older kind of button for clients that know no other."""
    common: Element = {"title": clip(label, MAX_LABEL) or "-", "data": data, "associatedInputs": inputs}
    if style != "default":
        common["style"] = style
    return {"type": "Action.Execute", "verb": verb, **common, "fallback": {"type": "Action.Submit", **common}}


def _run(run: Run, style: Element) -> Element:
    drawn: Element = {"type": "TextRun", "text": inert(run.text)}
    if style:
        drawn |= style
    if not (run.bold or run.italic or run.href):
        return drawn
    if run.bold:
        drawn["weight"] = "Bolder"
    if run.italic:
        drawn["italic"] = True
    if web(run.href):
        drawn["selectAction"] = {"type": "Action.OpenUrl", "title": clip(run.text, MAX_LABEL) or "-", "url": run.href}
    return drawn


def _said(say: str) -> list[Element]:
    return [{"type": "Container", "style": "emphasis", "items": [plain_block(clip(say, 1000))]}] if say else []


def is_urgent(card: Card) -> bool:
    """Whether an alert waits for somebody: one that was taken on only leads on to what comes next.

    A link to sign in goes in its lane only to go at once.
    """
    asks = any(each.url is None for each in card.buttons)
    return card.lane == "alert" and asks and not card.done


def _title(card: Card) -> Element:
    title = heading(card.title, "Large")
    if is_urgent(card):
        return {"type": "Container", "style": "attention", "bleed": True, "items": [title]}
    return title


def _fitting(blocks: Sequence[Block], room: int) -> list[Element]:
    shown: list[Element] = []
    for block in blocks:
        drawn, whole = _within(_block(block), room)
        shown += drawn
        room -= size(drawn)
        if not whole:
            return shown + _cut(block, room)
    return shown


def _within(elements: list[Element], room: int) -> tuple[list[Element], bool]:
    for index, element in enumerate(elements):
        room -= size(element) + 1
        if room < 0:
            return elements[:index], False
    return elements, True


def _cut(block: Block, room: int) -> list[Element]:
    """As many words of a long paragraph as there is room for; nothing of any other block."""
    if not isinstance(block, Paragraph) or room < 600:
        return []
    return [rich(_clipped(block.text, (room - 200) // 4))]  # a character can take four bytes


def _clipped(text: Text, limit: int) -> Text:
    runs: list[Run] = []
    for run in text:
        if limit > 0:
            runs.append(replace(run, text=cut(run.text, limit)))
        limit -= units(run.text) + 50  # about what a run takes besides its text
    return tuple(runs)


def _read_more(card: Card) -> list[Element]:
    said = plain_block(CUT, italic=True)
    if not web(card.more_url):
        return [said]
    link = {"type": "Action.OpenUrl", "title": "Read all of it", "url": card.more_url}
    return [said, {"type": "ActionSet", "actions": [link]}]


def _block(block: Block) -> list[Element]:
    match block:
        case Heading(value):
            return [heading(value) | {"separator": True, "spacing": "Medium"}]
        case Paragraph(_):
            return [_text(block)]
        case Facts(pairs):
            return _list([(_label(label), value) for label, value in pairs])
        case Bullets(items):
            return _list([(_BULLET, item) for item in items])
        case Row(value, buttons):
            row = [*([rich(value)] if plain(value).strip() else []), *_action_sets(buttons)]
            return [{"type": "Container", "separator": True, "spacing": "Medium", "items": row}] if row else []
        case Note(_):
            return [_text(block)]
        case Picture():
            return _picture(block)


def _picture(block: Picture) -> list[Element]:
    """Its title, and the picture itself as part of the card: nothing is fetched from anywhere."""
    data = f"data:image/png;base64,{b64encode(block.png).decode()}"
    shown = {"type": "Image", "url": data, "altText": inert(block.alt), "size": "Stretch"}
    return [heading(block.title), shown]


@lru_cache(maxsize=1000)
def _text(block: Paragraph | Note) -> Element:
    """A paragraph or small print. Most of what a message says is the same in each of its copies, so it is kept."""
    return rich(block.text) if isinstance(block, Paragraph) else rich(_clipped(block.text, MAX_NOTE), size="Small")


_BULLET: Element = {"type": "TextRun", "text": "• "}


@lru_cache(maxsize=1000)
def _label(label: str) -> Element:
    return _run(Run(f"{label}: ", bold=True), {})


def _list(lines: Sequence[tuple[Element, Text]]) -> list[Element]:
    """Lines that begin with a label or a bullet."""
    drawn = [
        {"type": "RichTextBlock", "inlines": [head, *[_run(run, {}) for run in text if run.text]]}
        for head, text in lines
    ]
    for each in drawn[1:]:
        each["spacing"] = "Small"
    return drawn


def _action_sets(buttons: Sequence[Button]) -> list[Element]:
    drawn = [_action(button) for button in buttons if button.url is None or web(button.url)]
    rows = [drawn[at : at + ACTIONS_IN_A_ROW] for at in range(0, len(drawn), ACTIONS_IN_A_ROW)]
    return [{"type": "ActionSet", "actions": row} for row in rows]


_STYLES = {"default": "default", "primary": "positive", "danger": "destructive"}


def _action(button: Button) -> Element:
    if button.url is not None:
        return {"type": "Action.OpenUrl", "title": clip(button.label, MAX_LABEL) or "-", "url": button.url}
    data = {"action": button.action, "token": button.token}
    return execute(button.label, button.action, data, style=_STYLES[button.style])
