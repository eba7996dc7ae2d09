"""From Markdown with placeholders to a plan of a card, and from the plan and the values to blocks.

The parser only ever sees what the author of a message file wrote, with a placeholder for each value. A plan can so be
kept and used again, and a value, put in afterwards as plain text, cannot become markup however it is written.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter

from markdown_it import MarkdownIt
from markdown_it.token import Token

from qabot.messaging.card import Block, Bullets, Facts, Heading, Note, Paragraph, Run, Text, plain

ROWS = "zQrowsQz"
"""Where the rows go: what `{{ rows }}` leaves in the skeleton."""

PLACEHOLDER = re.compile(r"zQ([0-9]+)Qz")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"\\]+\Z", re.IGNORECASE)

Pieces = tuple[str | int, ...]
Values = Sequence[str]
FillText = Callable[[Values], Text]
"""A text with its values; what came out empty is left out."""
FillBlock = Callable[[Values], Block | None]
"""A block with its values; None if it came out empty."""


def placeholder(index: int) -> str:
    """What stands for value `index`: letters and digits only, so that Markdown takes it for a word."""
    return f"zQ{index}Qz"


PLACEHOLDERS = tuple([placeholder(index) for index in range(100)])
"""Those of a common message, made once."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A stretch of one style; numbers in it are values."""

    pieces: Pieces
    bold: bool = False
    italic: bool = False
    href: Pieces | None = None


TextPlan = tuple[RunPlan, ...]


def rows_here(values: Values) -> Block | None:
    """The place of the rows: nothing by itself. Which rows, the catalogue knows."""
    return None


# A message is drawn thousands of times and parsed once, so whatever holds no value is made here, once, and what holds
# some is a small function of them.


def _words(pieces: Pieces) -> Callable[[Values], str]:
    numbers = [piece for piece in pieces if isinstance(piece, int)]
    if not numbers:
        constant = "".join(map(str, pieces))
        return lambda values: constant
    pick = itemgetter(*numbers)
    pattern = "".join(["%s" if isinstance(piece, int) else piece.replace("%", "%%") for piece in pieces])
    return pick if pattern == "%s" else lambda values: pattern % pick(values)


def _run(plan: RunPlan) -> Callable[[Values], Run]:
    """The run with its values. A target that is not a web address once it is filled is no link."""
    words, bold, italic = _words(plan.pieces), plan.bold, plan.italic
    if plan.href is None:
        return lambda values: Run(words(values), bold, italic)
    target = _words(plan.href)

    def link(values: Values) -> Run:
        href = target(values)
        return Run(words(values), bold, italic, href if _WEB_ADDRESS.match(href) else None)

    return link


def _constant(plan: TextPlan) -> bool:
    return all(isinstance(piece, str) for run in plan for piece in (*run.pieces, *(run.href or ())))


def _text(plan: TextPlan) -> FillText:
    if _constant(plan):
        made = tuple([run for run in (_run(each)(()) for each in plan) if run.text])
        return lambda values: made
    if len(plan) == 1 and plan[0].href is None:
        words, bold, italic = _words(plan[0].pieces), plan[0].bold, plan[0].italic
        return lambda values: (Run(said, bold, italic),) if (said := words(values)) else ()
    runs = [_run(each) for each in plan]
    return lambda values: tuple([run for each in runs if (run := each(values)).text])


def _heading(plan: TextPlan) -> FillBlock:
    text = _text(plan)
    return lambda values: Heading(plain(text(values)))


def _paragraph(kind: type[Paragraph] | type[Note], plan: TextPlan) -> FillBlock:
    fill = _text(plan)
    if _constant(plan):
        made = kind(fill(())) if fill(()) else None
        return lambda values: made

    def paragraph(values: Values) -> Block | None:
        text = fill(values)
        if text and text[0].text[:1] == " ":
            # The value that the sentence began with was empty, such as the greeting inside a digest.
            text = (replace(text[0], text=text[0].text.lstrip()), *text[1:])
        return kind(text) if text else None

    return paragraph


def _facts(plans: Sequence[tuple[Pieces, TextPlan]]) -> FillBlock:
    """Label and value pairs; a pair without a value is left out."""
    fills = [(_words(label), _text(value)) for label, value in plans]
    if all(isinstance(piece, str) for label, _ in plans for piece in label):
        named = [(label(()), value) for label, value in fills]
        return lambda values: Facts(pairs) if (pairs := _pairs(named, values)) else None

    def facts(values: Values) -> Block | None:
        pairs = _pairs([(label(values), value) for label, value in fills], values)
        return Facts(pairs) if pairs else None

    return facts


def _pairs(fills: Sequence[tuple[str, FillText]], values: Values) -> tuple[tuple[str, Text], ...]:
    return tuple([(label, text) for label, value in fills if (text := value(values))])


def _bullets(plans: Sequence[TextPlan]) -> FillBlock:
    items = [_text(each) for each in plans]
    return lambda values: Bullets(tuple([item(values) for item in items]))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a message file may not hold; `line` counts from 1 in the text that was parsed."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A parsed text: its title and blocks, and what was wrong with it."""

    title: FillText
    blocks: tuple[FillBlock, ...]
    faults: tuple[Fault, ...] = ()


@lru_cache(maxsize=4096)
def parse(text: str) -> Skeleton:
    """The plan of a whole message."""
    return _Reader().read(_parser().parse(text))


@lru_cache(maxsize=1024)
def parse_line(text: str) -> tuple[FillText, tuple[Fault, ...]]:
    """The plan of one line, in which only bold, italic and links mean anything."""
    reader = _Reader()
    plan = reader.inline(_parser().parseInline(" ".join(text.split()))[0])
    return _text(plan), tuple(reader.faults)


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
        self.title: TextPlan | None = None
        self.blocks: list[FillBlock] = []
        self.line = 1

    def read(self, tokens: list[Token]) -> Skeleton:
        place = 0
        while place < len(tokens):
            place = self._block(tokens, place)
        if self.title is None:
            self.faults.append(Fault(1, "there is no title: begin with a line such as # Your audit"))
        return Skeleton(_text(self.title or ()), tuple(self.blocks), tuple(self.faults))

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
            self.blocks.append(_heading(text))
        elif tag != "h1":
            self._refuse("a heading below ##")
        elif self.title is None and not self.blocks:
            self.title = text
        else:
            self._refuse("a second title; use ## inside the card")

    def _paragraph(self, content: Token) -> None:
        if content.content == ROWS:
            self.blocks.append(rows_here)
        else:
            self.blocks.append(_paragraph(Paragraph, self.inline(content)))

    def _note(self, tokens: list[Token]) -> None:
        for token in tokens:
            self.line = token.map[0] + 1 if token.map else self.line
            if token.type == "inline":
                self.blocks.append(_paragraph(Note, self.inline(token)))
            elif token.type not in {"paragraph_open", "paragraph_close"}:
                self._refuse("anything but plain paragraphs in a note (>)")
                return

    def _bullets(self, tokens: list[Token]) -> None:
        items: list[TextPlan] = []
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
        self.blocks.append(_facts(facts) if len(facts) == len(items) else _bullets(items))

    def inline(self, token: Token) -> TextPlan:
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
        if all(isinstance(piece, str) for piece in pieces) and not _WEB_ADDRESS.match(href):
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


def _fact(item: TextPlan) -> tuple[Pieces, TextPlan] | None:
    """Label and value if the item begins with a bold label and a colon."""
    if not item or not item[0].bold or item[0].href:
        return None
    *label, last = item[0].pieces
    if not isinstance(last, str) or not last.rstrip().endswith(":"):
        return None
    return (*label, last.rstrip()[:-1]), _without_leading_space(item[1:])


def _without_leading_space(item: TextPlan) -> TextPlan:
    if not item:
        return ()
    first, *rest = item[0].pieces
    if isinstance(first, str):
        first = first.lstrip()
    kept = replace(item[0], pieces=(first, *rest))
    return (kept, *item[1:]) if kept.pieces != ("",) else item[1:]
