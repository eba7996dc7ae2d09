"""The words that people type, and the suggestions of them in the app's manifest."""

import html
import re
from collections.abc import Sequence

from qabot.adapter import CommandWord
from qabot.messaging.typed import read_words
from qabot_teams.cards import clip

MAX_COMMANDS = 10
MAX_TITLE = 32
MAX_DESCRIPTION = 128
LONGEST = 4000
"""Characters of a message that are read. A word and what follows it take some dozen."""

# Neither reads past the next "<", so that every character is looked at once, however many tags are never closed.
_MENTION = re.compile(r"<at>[^<]*</at>")
_TAG = re.compile(r"<[^<>]+>")


def parse(text: str) -> tuple[str, str]:
    """The word in small letters and what followed it. Mentions, tags and marks around it are left out."""
    bare = _TAG.sub(" ", _MENTION.sub(" ", text[:LONGEST]))
    return read_words(html.unescape(bare))


def suggestions(words: Sequence[CommandWord]) -> list[dict[str, str]]:
    """The first words as Teams shows them above the box in which one writes."""
    return [
        {"title": clip(each.word, MAX_TITLE), "description": clip(each.help, MAX_DESCRIPTION)}
        for each in words[:MAX_COMMANDS]
    ]
