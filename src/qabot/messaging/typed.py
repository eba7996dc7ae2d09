"""What somebody typed to qabot, read as people mean it: "MINE!!" is "mine"."""

import re
import unicodedata
from collections.abc import Collection

from qabot.messaging.folding import plain_letters
from qabot.messaging.letters import clean

MOST = 1000
"""Letters of a message that are read: a word and what follows it take some dozen."""
OWN_NAME = "qabot"
COURTESY = frozenset({"please", "pls", "thanks", "thank", "you", "cheers", "ta"})
"""What people say at the end of what they mean."""
NOISE = frozenset({"the", "a", "an", "it", "this", "that", "my", "for", "of", "about"})
"""Words beside those that are meant: "the one about QA-1042"."""


def read_words(text: str) -> tuple[str, str]:
    """The first word, in small letters and without marks around it, and what follows it; "" if there is nothing.

    Our own name before it is no part of it; nor are pictures and thanks behind it.
    """
    words = clean(text[:MOST]).split()
    while words and (not _bare(words[0]) or (len(words) > 1 and _bare(words[0]) == OWN_NAME)):
        words.pop(0)
    if not words:
        return "", ""
    first, *joined = (each for each in re.split(r"[,;:]", words[0]) if _bare(each))
    rest = [*joined, *words[1:]]
    while rest and (not _bare(rest[-1]) or _bare(rest[-1]) in COURTESY):
        rest.pop()
    return _bare(first), " ".join(rest)


def meant(words: str, besides: Collection[str] = ()) -> list[str]:
    """The words by which somebody looks for something, in small letters; small ones, and those `besides`, are none."""
    return [each for each in map(_bare, words.split()) if each and each not in NOISE | {*besides}]


def has(line: str, words: Collection[str]) -> bool:
    """Whether a line has all of these words; what has digits, such as a reference, may lack its hyphen."""
    text, plain = plain_letters(line), folded(line)
    return all(plain_letters(each) in text or (any(map(str.isdigit, each)) and folded(each) in plain) for each in words)


def folded(text: str) -> str:
    """Letters and digits alone: "QA‑1042", "qa 1042" and "QA1042" are the same."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())


def _bare(word: str) -> str:
    """A word without punctuation before and after it: quotation marks, a slash, exclamation marks."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    while plain and not plain[0].isalnum():
        plain = plain[1:]
    while plain and not plain[-1].isalnum():
        plain = plain[:-1]
    return plain
