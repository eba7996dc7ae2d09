"""Letters: what of a text people can see, and where it may be cut. The one place for both.

Text comes in from files, forms, directories and chats, and goes out to cards, pages and other files. What nobody can
see has no place in it: control characters break lines, direction marks let one name change how the words around it
read, and a name of nothing but invisible letters hides who is meant. `clean` takes it out; it is done where text comes
in, and again by every card, form and page, because what is stored may be older than the rule.
"""

import re
import unicodedata
from collections.abc import Iterator

import regex

ELLIPSIS = "…"
MOST_MARKS = 6
"""Accents on one letter. No language stacks more; a hundred of them cover the lines above and below."""

_UNSEEN = r"\p{DI}\p{Cc}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\u2800\uFFF9-\uFFFB"
# Letters of these scripts have no use for a joiner between them: there it only makes two names that look the same.
_JOINED = r"[\p{L}\p{M}\p{S}--\p{Latin}--\p{Greek}--\p{Cyrillic}]"
_VARIANT = r"\uFE00-\uFE0F\U000E0100-\U000E01EF\u180B-\u180D\u180F"
_KEPT = (
    rf"(?<={_JOINED})[\u200C\u200D](?={_JOINED})"
    rf"|(?<=[^\s{_UNSEEN}])[{_VARIANT}]"
    r"|(?<=\U0001F3F4)[\U000E0030-\U000E0039\U000E0061-\U000E007A]+\U000E007F"  # the flag of Wales, and its like
)
# What nearly every text is made of, and the reason why a card costs next to nothing to clean.
_COMMON = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e]*")
_TAKEN_OUT = regex.compile(rf"({_KEPT})|[{_UNSEEN}]+", regex.V1)
_LINE_END = regex.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_GAP = regex.compile(r"[\t\p{Z}]", regex.V1)
_TOO_MANY = regex.compile(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}+")
_GRAPHEME = regex.compile(r"\X")
_LOOSE = frozenset(" ,;:\n")
_PARTS = ("\n", " ")


def clean(text: str, *, lines: bool = False) -> str:
    """The text with nothing in it that cannot be seen, and accents written in one way; "" if nothing can be seen.

    Spaces of every kind become plain ones. Line ends become spaces too, or "\\n" with `lines`. What a language or an
    emoji needs is kept: joiners inside Arabic, Persian or Indian words and family emoji, colours, flags.
    """
    if (text.isascii() and text.isprintable()) or _COMMON.fullmatch(text):
        return text
    parted = _LINE_END.sub("\n" if lines else " ", text)
    return "\n".join([_clean_line(line) for line in parted.split("\n")])


def _clean_line(line: str) -> str:
    # What is taken out can leave other letters side by side, so it is looked at again until nothing changes.
    before = None
    while line != before:
        before, line = line, _TAKEN_OUT.sub(r"\1", _GAP.sub(" ", line))
        line = _TOO_MANY.sub(r"\1", unicodedata.normalize("NFC", line))
    return line


def first_seen(text: str) -> str:
    """The first letter that people see, in its plain form ("＝" is "="); "" if there is none."""
    seen = clean(text).lstrip()
    return unicodedata.normalize("NFKC", seen[0])[:1] if seen else ""


def units(text: str) -> int:
    """How long platforms take a text to be: in units of UTF-16, as Teams counts.

    Slack says "characters" and not which; in no reading of it is a text longer than this.
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(text: str, limit: int) -> str:
    """As much of the text as `limit` units take, never ending inside an emoji or between a letter and its accent."""
    return text if units(text) <= limit else "".join(_begin(text, limit))


def cut(text: str, limit: int) -> str:
    """The text in at most `limit` units, ending after a whole word and an ellipsis if it had to be cut."""
    if units(text) <= limit:
        return text
    kept = list(_begin(text, limit - 1))
    follows = text[sum(map(len, kept)) :][:1]
    end = len(kept)
    if not follows.isspace():
        last = next((at for at in range(end - 1, 0, -1) if kept[at] in _PARTS), 0)
        # A single very long word is cut inside: dropping it would lose most of the text.
        if last and units("".join(kept[last:])) <= limit // 2:
            end = last
    while end and kept[end - 1] in _LOOSE:
        end -= 1
    return "".join(kept[:end]) + (ELLIPSIS if limit > 0 else "")


def _begin(text: str, limit: int) -> Iterator[str]:
    for match in _GRAPHEME.finditer(text):
        limit -= units(match[0])
        if limit < 0:
            return
        yield match[0]
