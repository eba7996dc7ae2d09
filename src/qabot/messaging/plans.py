"""The plan of a card: what its author wrote, read once, with a place for each value. `fill` puts the values in.

A message is read once and drawn thousands of times, so what holds no value is made with the plan, and kept.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, Protocol

from qabot.messaging.card import Block, Bullets, Facts, Heading, Note, Paragraph, Run, Text, plain

WEB_ADDRESS = re.compile(r"https?://[^\s<>\"\\]+\Z", re.IGNORECASE)
Pieces = tuple[str | int, ...]
"""Words and, as numbers, the values between them."""
Values = Sequence[str]


class BlockPlan(Protocol):
    """One block of a card."""

    def fill(self, values: Values) -> Block | None:
        """The block with its values; None if it came out empty."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words with their values: `constant` without any, else what `pick` takes of them, in the places of `pattern`."""

    constant: str | None
    pattern: str = ""
    pick: Callable[[Values], Any] = itemgetter(0)

    @classmethod
    def of(cls, pieces: Pieces) -> "Words":
        """The words of these pieces."""
        numbers = [piece for piece in pieces if isinstance(piece, int)]
        if not numbers:
            return cls("".join(map(str, pieces)))
        pattern = "".join(["%s" if isinstance(piece, int) else piece.replace("%", "%%") for piece in pieces])
        return cls(None, pattern, itemgetter(*numbers))

    def fill(self, values: Values) -> str:
        """The words."""
        return self.constant if self.constant is not None else self.pattern % self.pick(values)


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A stretch of one style."""

    pieces: Pieces
    bold: bool = False
    italic: bool = False
    href: Pieces | None = None

    @property
    def is_constant(self) -> bool:
        """Whether it holds no value."""
        return all(isinstance(piece, str) for piece in (*self.pieces, *(self.href or ())))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A run, ready for its values. A target that is not a web address once it is filled is no link."""

    words: Words
    bold: bool
    italic: bool
    href: Words | None

    @classmethod
    def of(cls, plan: RunPlan) -> "_Stretch":
        href = Words.of(plan.href) if plan.href is not None else None
        return cls(Words.of(plan.pieces), plan.bold, plan.italic, href)

    def fill(self, values: Values) -> Run:
        href = self.href.fill(values) if self.href is not None else None
        return Run(self.words.fill(values), self.bold, self.italic, href if href and WEB_ADDRESS.match(href) else None)


@dataclass(frozen=True, slots=True)
class TextPlan:
    """Runs, one after the other; what comes out empty is left out. `constant` is the text that holds no value."""

    runs: tuple[RunPlan, ...] = ()
    constant: Text | None = field(init=False)
    _stretches: tuple[_Stretch, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        stretches = tuple([_Stretch.of(each) for each in self.runs])
        object.__setattr__(self, "_stretches", stretches)
        held = all(each.is_constant for each in self.runs)
        object.__setattr__(self, "constant", _filled(stretches, ()) if held else None)

    def fill(self, values: Values) -> Text:
        """The text with its values."""
        return self.constant if self.constant is not None else _filled(self._stretches, values)


def _filled(stretches: Sequence[_Stretch], values: Values) -> Text:
    return tuple([run for each in stretches if (run := each.fill(values)).text])


class RowsHere:
    """The place of the rows: nothing by itself. Which rows, the catalogue knows."""

    def fill(self, values: Values) -> Block | None:
        """Nothing."""
        return None


ROWS_HERE = RowsHere()


@dataclass(frozen=True, slots=True)
class HeadingPlan:
    """A heading."""

    text: TextPlan

    def fill(self, values: Values) -> Block | None:
        """The heading with its values."""
        return Heading(plain(self.text.fill(values)))


@dataclass(frozen=True, slots=True)
class ParagraphPlan:
    """A paragraph, or a note, by `kind`."""

    kind: type[Paragraph] | type[Note]
    text: TextPlan

    def fill(self, values: Values) -> Block | None:
        """The paragraph with its values."""
        text = self.text.fill(values)
        if self.text.constant is None and text and text[0].text[:1] == " ":
            # The value that the sentence began with was empty, such as the greeting inside a digest.
            text = (replace(text[0], text=text[0].text.lstrip()), *text[1:])
        return self.kind(text) if text else None


@dataclass(frozen=True, slots=True)
class FactsPlan:
    """Label and value pairs; a pair without a value is left out."""

    pairs: tuple[tuple[Words, TextPlan], ...]

    @classmethod
    def of(cls, pairs: Sequence[tuple[Pieces, TextPlan]]) -> "FactsPlan":
        """The plan of these labels and values."""
        return cls(tuple([(Words.of(label), value) for label, value in pairs]))

    def fill(self, values: Values) -> Block | None:
        """The facts with their values."""
        pairs = tuple([(label.fill(values), text) for label, value in self.pairs if (text := value.fill(values))])
        return Facts(pairs) if pairs else None


@dataclass(frozen=True, slots=True)
class BulletsPlan:
    """A list."""

    items: tuple[TextPlan, ...]

    def fill(self, values: Values) -> Block | None:
        """The list with its values."""
        return Bullets(tuple([each.fill(values) for each in self.items]))
