"""What somebody typed to qabot, read as people mean it: "MINE!!" is "mine"."""

import unicodedata

from qabot.messaging.letters import clean

MOST = 1000
"""Letters of a message that are read: a word and what follows it take some dozen."""


def read_words(text: str) -> tuple[str, str]:
    """The first word, in small letters and without marks around it, and what follows it; "" if there is nothing."""
    words = clean(text[:MOST]).split()
    while words and not _bare(words[0]):
        words.pop(0)
    return (_bare(words[0]), " ".join(words[1:])) if words else ("", "")


def _bare(word: str) -> str:
    """A word without punctuation before and after it: quotation marks, a slash, exclamation marks."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    while plain and not plain[0].isalnum():
        plain = plain[1:]
    while plain and not plain[-1].isalnum():
        plain = plain[:-1]
    return plain
