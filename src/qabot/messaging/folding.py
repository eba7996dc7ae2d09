"""Names and words as anybody types them: without accents, capitals and apostrophes. The one place for looking them up.

Everywhere people are searched for or narrowed by name, both sides are folded here and compared here, never by the
database: SQLite knows no letters but those of English, and what PostgreSQL knows depends on how it was set up.
"""

import unicodedata
from collections.abc import Iterable

_BARE = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
# Letters that have no accent to take off, as people type them who do not have them.
_MARKS = str.maketrans({**dict.fromkeys("'’‘ʼʹ′`´＇", ""), **dict.fromkeys("‐‑‒–—", "-")})
# A name is found with any apostrophe in it and without one, and with any of the hyphens.


def plain_letters(text: str) -> str:
    """A name as anybody types it: no capitals, no accents, no apostrophes, single spaces."""
    text = text.translate(_MARKS).casefold()
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(each for each in apart if not unicodedata.combining(each)).translate(_BARE)
    return " ".join(text.split())


def holds_all(typed: str, *texts: str) -> bool:
    """Whether each word that was typed stands in these texts, perhaps within another word; of nothing typed, yes."""
    return has_each(plain_letters(typed).split(), *texts)


def has_each(words: Iterable[str], *texts: str) -> bool:
    """The same of words that are folded already."""
    text = " ".join(plain_letters(each) for each in texts)
    return all(each in text for each in words)
