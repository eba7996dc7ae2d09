"""Disguises: a text as a person reads it, whatever letters and digits it was written with.

What is looked for in a text may be written in full-width or Arabic digits, with invisible letters in between, with
Cyrillic letters that look like Latin ones, or a letter at a time. Each `View` undoes some of that, and knows where in
the text every one of its letters came from, so that one can say where something is without repeating it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a text. `at` is, for each letter, its index in the text itself."""

    text: str
    at: tuple[int, ...]


def views(text: str) -> Iterator[View]:
    """Every reading of a text that differs: as it is seen, and with digits that were written as letters or words."""
    seen = _close(as_seen(text))
    yield seen
    known = {seen.text}
    counted = _with_digits(_with_counted(seen))
    for view in (counted, _joined(counted)):
        if view.text not in known:
            known.add(view.text)
            yield view


def as_seen(text: str) -> View:
    """Plain letters, digits, spaces, hyphens and stops for whatever looks like them; without what nobody sees."""
    if text.isascii() and text.isprintable():
        return View(text, tuple(range(len(text))))
    return _made((piece, at) for at, letter in enumerate(text) for piece in _seen(letter))


_UNSEEN = regex.compile(r"[\p{M}\p{DI}\p{Cc}\p{Cf}\p{Cs}\p{Co}]", regex.V1)
_DASH = regex.compile(r"\p{Dash}")
_ALIKE = {
    # Cyrillic and Greek letters that are drawn as Latin ones (of Unicode's confusables those that keyboards have).
    **dict(zip("АВЕЅІЈКМНОРСТУХЬЗаеѕіјкморстухԁԛԝһѵӏ", "ABESIJKMHOPCTYXb3aesijkmopctyxdqwhvl", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχ", "ABEZHIKMNOPTYXaikvoptux", strict=True)),
    **dict(zip("·•‧∙。．⸱", ".......", strict=True)),
    **dict(zip("∕⁄╱", "///", strict=True)),
    "\u2800": " ",
}
_LATIN = re.compile(r".*\b(?:LATIN|INDICATOR SYMBOL) .*LETTER (?:SMALL CAPITAL )?([A-Z])(?: WITH .*)?")
_SMALL = re.compile(r"SMALL LETTER")


@lru_cache(maxsize=4096)
def _seen(letter: str) -> str:
    if letter.isascii() and letter.isprintable():
        return letter
    if letter.isspace():
        return " "
    if letter in _ALIKE:
        return _ALIKE[letter]
    return "".join(_plain(each) for each in unicodedata.normalize("NFKD", letter) if not _UNSEEN.match(each))


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    if _DASH.match(letter):
        return "-"
    digit = unicodedata.digit(letter, None)
    if digit is not None:
        return str(digit)
    if letter in _ALIKE:
        return _ALIKE[letter]
    name = unicodedata.name(letter, "")
    if match := _LATIN.fullmatch(name):
        return match[1].lower() if _SMALL.search(name) else match[1]
    return " " if letter.isspace() else letter


def _close(view: View) -> View:
    """Of spaces that stand side by side the first alone: however wide a gap is, it is one."""
    if "  " not in view.text:
        return view
    pairs = zip(view.text, view.at, strict=True)
    before = ("", *view.text)
    return _made(pair for pair, last in zip(pairs, before, strict=False) if pair[0] != " " or last != " ")


_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_COUNTED = dict(zip(_NUMBERS, "0123456789", strict=True)) | {"oh": "0", "o": "0", "nought": "0", "naught": "0"}
_MANY = {"double": 2, "triple": 3, "treble": 3}
_WORD = rf"(?:(?:{'|'.join(_MANY)})[^0-9A-Za-z]{{1,3}})?(?:{'|'.join(sorted(_COUNTED, key=len, reverse=True))}|[0-9])"
_SPOKEN = re.compile(
    rf"(?<![0-9A-Za-z]){_WORD}(?:[^0-9A-Za-z]{{1,3}}{_WORD}){{5,}}(?![0-9A-Za-z])",
    re.IGNORECASE,
)
"""Six digits and more in a row of which some are words: a number that is read out."""


def _with_counted(view: View) -> View:
    def letters() -> Iterator[tuple[str, int]]:
        end = 0
        for match in _SPOKEN.finditer(view.text):
            yield from zip(view.text[end : match.start()], view.at[end : match.start()], strict=True)
            yield from _digits(view, match.span())
            end = match.end()
        yield from zip(view.text[end:], view.at[end:], strict=True)

    return _made(letters()) if _SPOKEN.search(view.text) else view


def _digits(view: View, span: tuple[int, int]) -> Iterator[tuple[str, int]]:
    times = 1
    for match in re.finditer(r"[A-Za-z]+|[0-9]", view.text[slice(*span)]):
        word = match[0].lower()
        if word in _MANY:
            times = _MANY[word]
            continue
        yield from [(_COUNTED.get(word, word), view.at[span[0] + match.start()])] * times
        times = 1


_AS_DIGITS = str.maketrans("OoIl|", "00111")
_LIKE_DIGITS = re.compile(r"[0-9OoIl|]{2,}")
_MIXED = re.compile(r"[0-9][OoIl|]|[OoIl|][0-9]")
"""A digit beside a letter that looks like 0 or 1. No others: a reference such as S5 would become another."""


def _with_digits(view: View) -> View:
    """In two steps: one expression for both would begin anew at each digit of a long number that has no letter."""

    def read(run: re.Match[str]) -> str:
        return run[0].translate(_AS_DIGITS) if _MIXED.search(run[0]) else run[0]

    return View(_LIKE_DIGITS.sub(read, view.text), view.at)


_APART = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z](?:[^0-9A-Za-z@]{1,3}[0-9A-Za-z](?![0-9A-Za-z])){4,}")
"""Five letters or digits and more that stand one by one."""


def _joined(view: View) -> View:
    gaps = {
        at
        for match in _APART.finditer(view.text)
        for at in range(*match.span())
        if not (view.text[at].isascii() and view.text[at].isalnum())
    }
    return _made((letter, view.at[at]) for at, letter in enumerate(view.text) if at not in gaps) if gaps else view


def _made(letters: Iterable[tuple[str, int]]) -> View:
    pairs = list(letters)
    return View("".join(letter for letter, _ in pairs), tuple(at for _, at in pairs))
