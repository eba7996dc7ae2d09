"""Words of a script that is written from right to left, on a page in English: each stands by itself (`<bdi>`).

Without that a number or a bracket that follows such a name is moved to its other side, and reads as part of it.
It is done for a whole page at once, so no template need know of it.
"""

import regex

_LETTER = r"[\p{bc=R}\p{bc=AL}]"
_IS_THERE = regex.compile(_LETTER)
_OTHER = regex.compile(r"\p{bc=L}")
_STRETCH = regex.compile(rf"{_LETTER}(?:\P{{bc=L}}*{_LETTER})?")
# A comment, a tag, and an element whose text takes no elements stay as they are; all else is text.
_PARTS = regex.compile(r"<!--.*?-->|<(title|option|textarea|script|style|svg)\b.*?</\1>|<[^>]*>|([^<]+)", regex.DOTALL)


def set_apart(page: str) -> str:
    """A page of HTML with each stretch of such words in an element of its own."""
    return _PARTS.sub(_part, page) if _IS_THERE.search(page) else page


def _part(match: regex.Match[str]) -> str:
    text: str = match[2] or ""
    if not _IS_THERE.search(text):
        return match[0]
    # What somebody wrote in such a script alone is whole: its full stop and its numbers are part of it.
    words = text.strip() if not _OTHER.search(text) else ""
    return text.replace(words, f"<bdi>{words}</bdi>") if words else _STRETCH.sub(r"<bdi>\g<0></bdi>", text)
