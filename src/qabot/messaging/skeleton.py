"""From Markdown with placeholders to a plan of a card, and from the plan and the values to blocks.

The parser only ever sees what the author of a message file wrote, with a placeholder for each value. A plan can so be
kept and used again, and a value, put in afterwards as plain text, cannot become markup however it is written.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from qabot.messaging.card import Note, Paragraph
from qabot.messaging.plans import (
    ROWS_HERE,
    WEB_ADDRESS,
    BlockPlan,
    BulletsPlan,
    FactsPlan,
    HeadingPlan,
    ParagraphPlan,
    Pieces,
    RunPlan,
    TextPlan,
)

Runs = tuple[RunPlan, ...]

ROWS = "zQrowsQz"
"""Where the rows go: what `{{ rows }}` leaves in the skeleton."""

PLACEHOLDER = re.compile(r"zQ([0-9]+)Qz")


def placeholder(index: int) -> str:
    """What stands for value `index`: letters and digits only, so that Markdown takes it for a word."""
    return f"zQ{index}Qz"


PLACEHOLDERS = tuple([placeholder(index) for index in range(100)])
"""Those of a common message, made once."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a message file may not hold; `line` counts from 1 in the text that was parsed."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A parsed text: its title and blocks, and what was wrong with it."""

    title: TextPlan
    blocks: tuple[BlockPlan, ...]
    faults: tuple[Fault, ...] = ()


@lru_cache(maxsize=4096)
def parse(text: str) -> Skeleton:
    """The plan of a whole message."""
    return _Reader().read(_parser().parse(text))


@lru_cache(maxsize=1024)
def parse_line(text: str) -> tuple[TextPlan, tuple[Fault, ...]]:
    """The plan of one line, in which only bold, italic and links mean anything."""
    reader = _Reader()
    runs = reader.inline(_parser().parseInline(" ".join(text.split()))[0])
    return TextPlan(runs), tuple(reader.faults)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # HTML is read so that it can be refused. Indented code is not a thing here: text inside {% if %} is indented.
    return MarkdownIt("commonmark").disable(["code", "lheading", "reference"])


_REFUSED = {
    "ordered_list_open": "a numbered list; use a list with dashes",
    "fence": "a block of code",
    "html_block": "HTML",
    "html_inline": "HTML",
    "image": "a picture",
    "code_inline": "text in backticks; use bold",
    "hr": "a ruled line",
}


class _Reader:
    """Walks through the parser's tokens, collecting faults instead of stopping at the first."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.title: Runs | None = None
        self.blocks: list[BlockPlan] = []
        self.line = 1

    def read(self, tokens: list[Token]) -> Skeleton:
        place = 0
        while place < len(tokens):
            place = self._block(tokens, place)
        if self.title is None:
            self.faults.append(Fault(1, "there is no title: begin with a line such as # Your audit"))
        return Skeleton(TextPlan(self.title or ()), tuple(self.blocks), tuple(self.faults))

    def _block(self, tokens: list[Token], place: int) -> int:
        token = tokens[place]
        self.line = token.map[0] + 1 if token.map else self.line
        match token.type:
            case "heading_open":
                self._heading(token.tag, tokens[place + 1])
            case "paragraph_open":
                self._paragraph(tokens[place + 1])
            case "bullet_list_open":
                self._bullets(tokens[place + 1 : (end := _closing(tokens, place))])
                return end + 1
            case "blockquote_open":
                self._note(tokens[place + 1 : (end := _closing(tokens, place))])
                return end + 1
            case kind if kind in _REFUSED:
                self._refuse(_REFUSED[kind])
        return (_closing(tokens, place) if token.nesting == 1 else place) + 1

    def _refuse(self, what: str) -> None:
        self.faults.append(Fault(self.line, f"a message cannot show {what}"))

    def _heading(self, tag: str, content: Token) -> None:
        text = self.inline(content)
        if tag == "h2":
            self.blocks.append(HeadingPlan(TextPlan(text)))
        elif tag != "h1":
            self._refuse("a heading below ##")
        elif self.title is None and not self.blocks:
            self.title = text
        else:
            self._refuse("a second title; use ## inside the card")

    def _paragraph(self, content: Token) -> None:
        if content.content == ROWS:
            self.blocks.append(ROWS_HERE)
        else:
            self.blocks.append(ParagraphPlan(Paragraph, TextPlan(self.inline(content))))

    def _note(self, tokens: list[Token]) -> None:
        for token in tokens:
            self.line = token.map[0] + 1 if token.map else self.line
            if token.type == "inline":
                self.blocks.append(ParagraphPlan(Note, TextPlan(self.inline(token))))
            elif token.type not in {"paragraph_open", "paragraph_close"}:
                self._refuse("anything but plain paragraphs in a note (>)")
                return

    def _bullets(self, tokens: list[Token]) -> None:
        items: list[Runs] = []
        for before, token in zip(["", *(token.type for token in tokens)], tokens, strict=False):
            self.line = token.map[0] + 1 if token.map else self.line
            if token.type == "inline":
                items.append(self.inline(token))
            if token.type not in {
                "list_item_open",
                "paragraph_open",
                "inline",
                "paragraph_close",
                "list_item_close",
            } or (token.type == "paragraph_open" and before != "list_item_open"):
                self._refuse("anything but one paragraph in each item of a list")
                return
        pairs = [_fact(item) for item in items]
        facts = tuple([pair for pair in pairs if pair])
        is_facts = len(facts) == len(items)
        self.blocks.append(FactsPlan.of(facts) if is_facts else BulletsPlan(tuple([TextPlan(each) for each in items])))

    def inline(self, token: Token) -> Runs:
        """The runs of one line or paragraph."""
        runs: list[RunPlan] = []
        bold = italic = 0
        href: Pieces | None = None
        for child in token.children or []:
            match child.type:
                case "text" | "softbreak" | "hardbreak":
                    text = child.content if child.type == "text" else " "
                    self.line += child.type != "text"
                    if text:
                        _append(runs, RunPlan(self._pieces(text), bold > 0, italic > 0, href))
                case "strong_open" | "strong_close":
                    bold += child.nesting
                case "em_open" | "em_close":
                    italic += child.nesting
                case "link_open":
                    href = self._target(str(child.attrGet("href") or ""))
                case "link_close":
                    href = None
                case kind:
                    self._refuse(_REFUSED.get(kind, kind))
        return tuple(runs)

    def _pieces(self, text: str) -> Pieces:
        if ROWS in text:
            self._refuse("rows inside a sentence: {{ rows }} stands on a line of its own")
        return _split(text)

    def _target(self, href: str) -> Pieces:
        pieces = _split(href)
        if all(isinstance(piece, str) for piece in pieces) and not WEB_ADDRESS.match(href):
            self._refuse("a link that does not begin with http:// or https://")
        return pieces


def _closing(tokens: list[Token], place: int) -> int:
    depth = 0
    for at in range(place, len(tokens)):
        depth += tokens[at].nesting
        if depth == 0:
            return at
    return len(tokens) - 1


def _split(text: str) -> Pieces:
    parts = PLACEHOLDER.split(text)
    return tuple([int(part) if at % 2 else part for at, part in enumerate(parts) if at % 2 or part])


def _append(runs: list[RunPlan], run: RunPlan) -> None:
    if runs and (last := runs[-1]).bold == run.bold and last.italic == run.italic and last.href == run.href:
        runs[-1] = RunPlan(last.pieces + run.pieces, run.bold, run.italic, run.href)
    else:
        runs.append(run)


def _fact(item: Runs) -> tuple[Pieces, TextPlan] | None:
    """Label and value if the item begins with a bold label and a colon."""
    if not item or not item[0].bold or item[0].href:
        return None
    *label, last = item[0].pieces
    if not isinstance(last, str) or not last.rstrip().endswith(":"):
        return None
    return (*label, last.rstrip()[:-1]), TextPlan(_without_leading_space(item[1:]))


def _without_leading_space(item: Runs) -> Runs:
    if not item:
        return ()
    first, *rest = item[0].pieces
    if isinstance(first, str):
        first = first.lstrip()
    kept = replace(item[0], pieces=(first, *rest))
    return (kept, *item[1:]) if kept.pieces != ("",) else item[1:]
