"""What a description of a framework is made of: headings and lines, as plain data for whoever prints it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One line: a sentence, the rule that it cites, notes below it, and whether the council must confirm it."""

    text: str
    rule: str = ""
    notes: tuple[str, ...] = ()
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence below it (may be empty), and its lines."""

    title: str
    intro: str
    items: tuple[Item, ...]


def sentence(text: str) -> str:
    """With a full stop, unless it ends as a sentence already: what is asked is often a question."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
