"""What a card says in Slack, block by block: for whoever looks at it before it is sent."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from qabot.adapter import Part
from qabot.messaging.card import Card
from qabot_slack import blocks

_LINK = re.compile(r"<[^|<>]+\|([^<>]*)>")
_STYLE = re.compile(r"(?<!\w)([*_])(?=\S)(.+?)(?<=\S)\1(?!\w)")
_KINDS = {"header": "heading", "section": "text", "context": "note"}


def parts(card: Card) -> Iterator[Part]:
    """The parts of its message, from top to bottom, as they are sent."""
    for block in blocks.message(card)["blocks"]:
        kind = _KINDS.get(block["type"], "text")
        for text in (block.get("text"), *block.get("fields", ())):
            if text is not None:
                yield Part(kind, _words(text))
        for element in (*block.get("elements", ()), *filter(None, [block.get("accessory")])):
            is_button = element["type"] == "button"
            yield Part("button" if is_button else kind, _words(element["text"] if is_button else element))


def _words(text: Mapping[str, Any] | Any) -> str:
    """The words of a text object or a section of rich text, without marks of style."""
    if text["type"] == "rich_text_section":
        return "".join(str(part["text"]) for part in text["elements"])
    if text["type"] == "plain_text":
        return str(text["text"])
    return html.unescape(_STYLE.sub(r"\2", _LINK.sub(r"\1", str(text["text"]))))
