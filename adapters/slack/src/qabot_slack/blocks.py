"""Cards as Block Kit. Whatever does not fit is cut at a word, with a link to the whole; nothing is refused."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

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
from qabot_slack.elements import ActionIds, Json, button, needs_rich_text, plain_text, rich_text, text_object
from qabot_slack.text import escape, has_marks, mrkdwn

SECTION = 3000
FIELD = 2000
NOTE = 1000
TITLE = 150
FIELDS = 10
FACT_LABEL = 200
# Longer values of facts get the whole width: a column is too narrow to read them in.
SHORT = 120
ACTIONS = 25
SUMMARY = 300
SAY = 2800
NOTHING: Mapping[int, list[Json]] = {}
ANSWER = "qabot has an answer for you."
"""What a locked screen shows of an answer: it may name work and people, which others could read over a shoulder."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much a surface takes: blocks, and characters of them all as JSON."""

    blocks: int
    characters: int


# Slack answers msg_blocks_too_long at about 13,200 characters of blocks; no page of its documentation says so.
MESSAGE = Room(50, 12_500)
VIEW = Room(100, 60_000)


def message(card: Card, given: Mapping[int, list[Json]] = NOTHING) -> Json:
    """`text` and `blocks` of a message. Screen readers and notifications read `text`: a full sentence."""
    return {"text": sentence(card), "blocks": blocks(card, MESSAGE, given)}


def sentence(card: Card) -> str:
    """The card's summary as top-level text."""
    said = card.summary.strip() or f"{card.title.strip().rstrip('.') or 'A message from qabot'}."
    return escape(cut(said, SUMMARY))


def bare(card: Card) -> Json:
    """The least that says the same, for a card that Slack would not take as it was drawn."""
    shown: list[Json] = [{"type": "header", "text": plain_text(card.title, TITLE)}, _section((Run(card.summary),))[0]]
    if card.more_url:
        shown.append(_more(card))
    return {"text": sentence(card), "blocks": shown}


def say(words: str, card: Card | None = None, buttons: tuple[Button, ...] = ()) -> Json:
    """One sentence as a message, with its buttons and the card that goes with it. Its preview gives nothing away."""
    drawn = [_section((Run(words.strip() or "-"),))[0], *under(buttons)]
    if card:
        drawn += blocks(card, Room(MESSAGE.blocks - len(drawn), MESSAGE.characters - SECTION))
    return {"text": ANSWER, "blocks": drawn}


def under(buttons: tuple[Button, ...]) -> list[Json]:
    """The buttons that stand under a sentence."""
    return _actions(buttons, ActionIds())


def in_words(words: str) -> Json:
    """The plainest form of a sentence, for one that Slack did not take as it was drawn."""
    return {"text": ANSWER, "blocks": [{"type": "section", "text": plain_text(words, SAY)}]}


def blocks(card: Card, room: Room, given: Mapping[int, list[Json]] = NOTHING) -> list[Json]:
    """The card's blocks: title, as much of its body as fits, a link to the rest, buttons, small print.

    `given` is what stands for some of its body's blocks, by their id.
    """
    ids = ActionIds()
    body, notes = _parted(card)
    head: list[Json] = [{"type": "header", "text": plain_text(card.title, TITLE)}]
    pieces = [
        piece
        for at, block in enumerate(body)
        for piece in ([_Piece(given[id(block)])] if id(block) in given else _pieces(block, ids, first=at == 0))
    ]
    small = [_note(note) for note in notes]
    tail = _actions(card.buttons, ids) + [drawn for drawn, _ in small]
    whole = [*head, *(block for piece in pieces for block in piece.blocks), *tail]
    was_cut = any(piece.was_cut for piece in pieces) or any(was_cut for _, was_cut in small)
    if not was_cut and len(whole) <= room.blocks and size(whole) <= room.characters:
        return whole
    more = _more(card)
    return [*head, *_fitting(pieces, _less(room, [*head, more, *tail])), more, *tail]


def _parted(card: Card) -> tuple[tuple[Block, ...], list[Note]]:
    # Small print that ends a card is shown under its buttons, not between them and what they are about.
    body = list(card.blocks)
    notes: list[Note] = []
    while body and isinstance(last := body[-1], Note):
        notes.insert(0, last)
        body.pop()
    return tuple(body), notes


@dataclass(frozen=True, slots=True)
class _Piece:
    """Slack blocks that stand or fall together."""

    blocks: list[Json]
    was_cut: bool = False


def _pieces(block: Block, ids: ActionIds, *, first: bool) -> Iterator[_Piece]:
    match block:
        case Heading(heading):
            yield _heading(heading, first=first)
        case Paragraph(text):
            yield _text_piece(text)
        case Note(_):
            drawn, was_cut = _note(block)
            yield _Piece([drawn], was_cut)
        case Facts(pairs):
            yield from _facts(pairs)
        case Bullets(items):
            yield from _bullets(items)
        case Row(text, buttons):
            yield _row(text, buttons, ids)
        case Picture():
            # What stands for one is `given`, once its file is there.
            return


def _heading(heading: str, *, first: bool) -> _Piece:
    drawn = _text_piece((Run(heading, bold=True),))
    if first:
        return drawn
    # A line above it parts what follows from what came before: Slack's bold alone does not.
    return _Piece([{"type": "divider"}, *drawn.blocks], drawn.was_cut)


@lru_cache(maxsize=1000)
def _text_piece(text: Text) -> _Piece:
    """A section. Most of what a message says is the same in each of its copies, so it is kept."""
    if not plain(text).strip():
        return _Piece([])
    drawn, was_cut = _section(text)
    return _Piece([drawn], was_cut)


def _section(text: Text) -> tuple[Json, bool]:
    if needs_rich_text(text):
        return rich_text(text, SECTION)
    drawn, was_cut = text_object(text, SECTION)
    return {"type": "section", "text": drawn}, was_cut


@lru_cache(maxsize=1000)
def _note(note: Note) -> tuple[Json, bool]:
    if needs_rich_text(note.text):
        return rich_text(note.text, NOTE)
    drawn, was_cut = text_object(note.text, NOTE)
    return {"type": "context", "elements": [drawn]}, was_cut


def _facts(pairs: tuple[tuple[str, Text], ...]) -> Iterator[_Piece]:
    short: list[Json] = []
    for label, value in pairs:
        words = plain(value)
        if units(words) <= SHORT and not needs_rich_text((*_label(label)[0], *value)):
            short.append(_field(label, value, words))
            continue
        yield from _columns(short)
        short = []
        yield _text_piece((*_label(label)[0], *value))
    yield from _columns(short)


def _field(label: str, value: Text, words: str) -> Json:
    """A label and its value, one below the other."""
    name, drawn = _label(label)
    if not words.strip():
        return {"type": "mrkdwn", "text": f"{drawn}-", "verbatim": True}
    if drawn and not has_marks(words):
        return {"type": "mrkdwn", "text": drawn + mrkdwn(value, FIELD)[0], "verbatim": True}
    return text_object((*name, *value), FIELD)[0]


@lru_cache(maxsize=1000)
def _label(label: str) -> tuple[Text, str]:
    """A label as runs, and as mrkdwn; as nothing if there are marks in it, which would be taken for a style."""
    name = (Run(cut(label, FACT_LABEL), bold=True), Run("\n"))
    return name, "" if has_marks(label) else mrkdwn(name, SECTION)[0]


def _columns(fields: list[Json]) -> Iterator[_Piece]:
    for start in range(0, len(fields), FIELDS):
        yield _Piece([{"type": "section", "fields": fields[start : start + FIELDS]}])


def _bullets(items: tuple[Text, ...]) -> Iterator[_Piece]:
    lines: Text = ()
    for item in items:
        line: Text = (Run("• "), *item)
        longer = (*lines, Run("\n"), *line) if lines else line
        if lines and units(mrkdwn(longer, 2 * SECTION)[0]) > SECTION:
            yield _text_piece(lines)
            longer = line
        lines = longer
    yield _text_piece(lines)


def _row(text: Text, buttons: tuple[Button, ...], ids: ActionIds) -> _Piece:
    if not plain(text).strip():
        return _Piece(_actions(buttons, ids))
    drawn, was_cut = _section(text)
    if len(buttons) == 1 and drawn["type"] == "section":
        return _Piece([{**drawn, "accessory": button(buttons[0], ids)}], was_cut)
    return _Piece([drawn, *_actions(buttons, ids)], was_cut)


def _actions(buttons: tuple[Button, ...], ids: ActionIds) -> list[Json]:
    shown = [button(item, ids) for item in buttons]
    return [{"type": "actions", "elements": shown[at : at + ACTIONS]} for at in range(0, len(shown), ACTIONS)]


def _more(card: Card) -> Json:
    rest: Text = (Run("Read all of it", href=card.more_url),) if card.more_url else (Run("Read all of it in qabot."),)
    text, _ = mrkdwn((Run("This is longer than Slack shows. "), *rest), NOTE * 4)
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _less(room: Room, taken: list[Json]) -> Room:
    return Room(room.blocks - len(taken), room.characters - size(taken))


def _fitting(pieces: list[_Piece], room: Room) -> list[Json]:
    kept: list[Json] = []
    characters = 0
    for piece in pieces:
        characters += size(piece.blocks)
        if len(kept) + len(piece.blocks) > room.blocks or characters > room.characters:
            break
        kept += piece.blocks
    return kept


def size(drawn: list[Json]) -> int:
    """Characters of these blocks as they are counted by Slack."""
    return len(orjson.dumps(drawn).decode())
