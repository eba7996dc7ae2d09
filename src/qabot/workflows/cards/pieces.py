"""What is left of a card's pieces once something is over, or said twice."""

from collections.abc import Sequence

from qabot.messaging.card import Block, Facts, Note, plain


def without_words(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """What stays true of a card once what it asks is over: what it is about, and the small print."""
    return tuple(each for each in blocks if isinstance(each, Facts | Note))


def one_note(blocks: list[Block]) -> list[Block]:
    """Small print that several sections share is said once."""
    seen: set[str] = set()
    kept = []
    for block in blocks:
        if isinstance(block, Note):
            words = plain(block.text)
            if words in seen:
                continue
            seen.add(words)
        kept.append(block)
    return kept
