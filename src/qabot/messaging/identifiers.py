"""The identifier check: what may point to a child is found before anything is stored or sent.

It finds patterns (domain notes, public sector 2.4). It cannot find a name, so forms ask for choices over free text, and
people check before anything is shared widely. The value that was found is never kept, logged or shown: only its kind.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from stdnum.gb import nhs, upn

from qabot.errors import IdentifierFound

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hit:
    """A kind of identifier that a text seems to hold.

    `overridable`: a person may keep the text and say why, because the pattern often fits harmless text (postcodes and
    phone numbers). Never for NHS, pupil and National Insurance numbers, dates of birth, e-mail and web addresses.
    """

    kind: str
    overridable: bool = False


def check_text(text: str, *, case_reference: str | None = None, allowed_domains: Collection[str] = ()) -> None:
    """Raise `IdentifierFound` with the kinds that `find` finds."""
    if hits := find(text, case_reference=case_reference, allowed_domains=allowed_domains):
        raise IdentifierFound(tuple(hit.kind for hit in hits))


def find(text: str, *, case_reference: str | None = None, allowed_domains: Collection[str] = ()) -> tuple[Hit, ...]:
    """The kinds of identifier in a text, each once.

    `case_reference` is a regular expression of the council's case references: what it matches as a whole word is never
    a hit. `allowed_domains` are domains (and what is below them) whose e-mail addresses are no hit.
    """
    plain = _normal(text)
    allowed = _allowed(plain, case_reference)
    return tuple(
        Hit(kind, kind in OVERRIDABLE)
        for kind, spans in _finders(allowed_domains)
        if any(not any(start <= at and end <= stop for start, stop in allowed) for at, end in spans(plain))
    )


def looks_like_nhs_number(reference: str) -> bool:
    """Whether a reference is ten digits with an NHS number's check digit. One in eleven ten-digit numbers is."""
    digits = re.sub(r"[\s.-]", "", _normal(reference))
    return re.fullmatch(r"[0-9]{10}", digits) is not None and bool(nhs.is_valid(digits))


OVERRIDABLE = frozenset({"postcode", "phone number"})


def _finders(domains: Collection[str]) -> tuple[tuple[str, Callable[[str], Iterator[Span]]], ...]:
    return (
        ("NHS number", _nhs_numbers),
        ("unique pupil number", _pupil_numbers),
        ("National Insurance number", lambda text: _spans(_NATIONAL_INSURANCE, text)),
        ("date of birth", _births),
        ("postcode", lambda text: _spans(_POSTCODE, text)),
        ("phone number", _phones),
        ("e-mail address", lambda text: _emails(text, domains)),
        ("web address", lambda text: _spans(_WEB_ADDRESS, text)),
    )


def _normal(text: str) -> str:
    """Copied text often holds hard spaces, joiners that nobody sees, or other scripts' digits."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(_plain(letter) for letter in folded if unicodedata.category(letter) != "Cf")


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    if unicodedata.category(letter) == "Pd":
        return "-"
    return str(unicodedata.digit(letter)) if letter.isdecimal() else letter


@lru_cache(maxsize=64)
def _reference(pattern: str) -> re.Pattern[str]:
    inner = re.sub(r"^(\^|\\A)|(\$|\\Z)$", "", pattern)
    return re.compile(rf"(?<![0-9A-Za-z])(?:{inner})(?![0-9A-Za-z])")


def _allowed(text: str, case_reference: str | None) -> list[Span]:
    return list(_spans(_reference(case_reference), text)) if case_reference else []


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    return (match.span() for match in pattern.finditer(text))


_TEN_DIGITS = re.compile(r"(?<![0-9])[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{4}(?![0-9])")
_PUPIL = re.compile(r"(?<![0-9A-Z])[A-Z][0-9]{11}[0-9A-Z](?![0-9A-Z])", re.IGNORECASE)
# QQ is never given out: it is what forms and guides print as the example, and so what people try first.
_NATIONAL_INSURANCE = re.compile(
    r"(?<![0-9A-Z])(?:QQ|(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])[ -]?"
    r"(?:[0-9]{2}[ -]?){3}[A-D](?![0-9A-Z])",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?<![0-9A-Z])(?:GIR ?0AA|[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKPSTUW]"
    r"|[A-HK-Y][0-9][ABEHMNPRVWXY])"
    r" ?[0-9][ABD-HJLNP-UW-Z]{2})(?![0-9A-Z])",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![A-Z0-9._%+'-])[A-Z0-9._%+'-]+@([A-Z0-9-]+(?:\.[A-Z0-9-]+)+)", re.IGNORECASE)
_WEB_ADDRESS = re.compile(
    r"(?:https?|ftp|file)://\S+|(?<![A-Z0-9])www\.\S+|(?<![A-Z0-9.-])(?:[A-Z0-9-]+\.)+[A-Z]{2,}(?::[0-9]+)?/\S+",
    re.IGNORECASE,
)

# The library knows which numbers are in use, so it leaves out those that Ofcom keeps for drama, which people put into
# examples and tests. A mobile number is found however it is grouped.
_MOBILE = re.compile(r"(?<![0-9])(?:\+44[ -]?(?:\(0\))?|0044[ -]?|0)[ -]?7(?:[ -]?[0-9]){9}(?![0-9])")
_DRAMA = re.compile(
    r"(?<![0-9])(?:\+44[ -]?|0)(?:20 ?7946 ?0|1[0-9]{2} ?496 ?0|1632 ?960|191 ?498 ?0|28 ?9649 ?6|29 ?2018 ?0"
    r"|8081 ?570 ?|808 ?157 ?0|909 ?8790|3069 ?990) ?[0-9]{3}(?![0-9])"
)

_SHORTEST_PHONE_NUMBER = 7
"""Digits below which the slow search of the library is not worth its time."""

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATE = re.compile(
    r"(?<![0-9])(?:[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{4}|[0-9]{2})|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)?[ -]{_MONTH},?[ -](?:[0-9]{{4}}|'?[0-9]{{2}})"
    rf"|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}})(?![0-9])",
    re.IGNORECASE,
)
_BIRTH_WORD = re.compile(
    r"\b(?:d\.? ?o\.? ?b|births?|birthda(?:y|te)|born|aged?|ages|yrs?|years?[ -]old|y/o)\b",
    re.IGNORECASE,
)
_NEAR = 40
"""Characters between a date and a word about age within which the date is taken for a date of birth (ours)."""


def _nhs_numbers(text: str) -> Iterator[Span]:
    return (span for span in _spans(_TEN_DIGITS, text) if looks_like_nhs_number(text[slice(*span)]))


def _pupil_numbers(text: str) -> Iterator[Span]:
    return (span for span in _spans(_PUPIL, text) if upn.is_valid(text[slice(*span)]))


def _births(text: str) -> Iterator[Span]:
    words = list(_spans(_BIRTH_WORD, text))
    for start, end in _spans(_DATE, text):
        if any(start - stop <= _NEAR and at - end <= _NEAR for at, stop in words):
            yield start, end


def _phones(text: str) -> Iterator[Span]:
    yield from _spans(_MOBILE, text)
    yield from _spans(_DRAMA, text)
    if len(re.findall(r"[0-9]", text)) >= _SHORTEST_PHONE_NUMBER:
        for match in phonenumbers.PhoneNumberMatcher(text, "GB", leniency=phonenumbers.Leniency.VALID):
            yield match.start, match.end


def _emails(text: str, domains: Collection[str]) -> Iterator[Span]:
    ours = tuple(domain.casefold().lstrip("@") for domain in domains)
    for match in _EMAIL.finditer(text):
        domain = match[1].casefold()
        if not any(domain == one or domain.endswith("." + one) for one in ours):
            yield match.span()
