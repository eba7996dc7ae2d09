"""The identifier check: what may point to a child is found before anything is stored or sent.

It finds patterns (domain notes, public sector 2.4), also where they are disguised (`disguises`). It cannot find a name,
so forms ask for choices over free text, and people check before anything is shared widely. The value that was found is
never kept, logged or shown: only its kind, and where it begins. How well it does: docs/identifiers.md.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import phonenumbers
from stdnum.gb import nhs, upn

from qabot.errors import IdentifierFound
from qabot.messaging.disguises import as_seen, views

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hit:
    """A kind of identifier that a text seems to hold, and where the first of them begins: line and word, from 1.

    `overridable`: a person may keep the text and say what it is instead, because the pattern often fits harmless text
    (postcodes and phone numbers). Never for NHS, pupil and National Insurance numbers, dates of birth, e-mail and web
    addresses.
    """

    kind: str
    overridable: bool = False
    line: int = 1
    word: int = 1


def check_text(
    text: str, *, case_reference: str | None = None, allowed_domains: Collection[str] = (), excused: bool = False
) -> None:
    """Raise `IdentifierFound` with what `find` finds; `excused`: not with what may be overridden."""
    hits = find(text, case_reference=case_reference, allowed_domains=allowed_domains)
    if hits := tuple(hit for hit in hits if not (excused and hit.overridable)):
        raise IdentifierFound(tuple(hit.kind for hit in hits), _where(text, hits))


def _where(text: str, hits: Collection[Hit]) -> str:
    """Where to look, without what is there; "" where there is nowhere else to look."""
    if len(text.split()) < _FEW_WORDS:
        return ""
    several = "\n" in text.strip()
    places = [f"line {hit.line}, word {hit.word}" if several else f"word {hit.word}" for hit in hits]
    return " and ".join(dict.fromkeys(places))


_FEW_WORDS = 3


def find(text: str, *, case_reference: str | None = None, allowed_domains: Collection[str] = ()) -> tuple[Hit, ...]:
    """The kinds of identifier in a text, each once.

    `case_reference` is a regular expression of the council's case references: what it matches as a whole word is never
    a hit. `allowed_domains` are domains (and what is below them) whose e-mail addresses are no hit.
    """
    if _WORDS.fullmatch(text) and not _TELLING.search(text):
        return ()
    first: dict[str, int] = {}
    for view in views(text):
        allowed = _allowed(view.text, case_reference)
        for kind, spans in _finders(allowed_domains):
            for at, end in spans(view.text):
                if not any(start <= at and end <= stop for start, stop in allowed):
                    first[kind] = min(first.get(kind, len(text)), view.at[at])
    return tuple(_hit(kind, text, first[kind]) for kind, _ in _finders(()) if kind in first)


def _hit(kind: str, text: str, at: int) -> Hit:
    lines = text[:at].splitlines() or [""]
    if text[:at].endswith(("\n", "\r")):
        lines.append("")
    starts_a_word = not lines[-1] or lines[-1][-1].isspace()
    return Hit(kind, kind in OVERRIDABLE, len(lines), max(1, len(lines[-1].split()) + starts_a_word))


def looks_like_nhs_number(reference: str) -> bool:
    """Whether a reference is ten digits with an NHS number's check digit. One in eleven ten-digit numbers is."""
    digits = re.sub(r"[\s.-]", "", as_seen(reference).text)
    return re.fullmatch(r"[0-9]{10}", digits) is not None and bool(nhs.is_valid(digits))


OVERRIDABLE = frozenset({"postcode", "phone number"})

_WORDS = re.compile(r"[A-Za-z ,;?'\"&()-]*")
_TELLING = re.compile(r"\b(?:www|dot|zero|oh|one|two|three|four|five|six|seven|eight|nine)\b", re.IGNORECASE)
"""Plain words without one of these, as most names and most of what people write are, need no closer look."""


def _finders(domains: Collection[str]) -> tuple[tuple[str, Callable[[str], Iterator[Span]]], ...]:
    return (
        ("NHS number", _nhs_numbers),
        ("unique pupil number", _pupil_numbers),
        ("National Insurance number", _national_insurance),
        ("date of birth", _births),
        ("postcode", _postcodes),
        ("phone number", _phones),
        ("e-mail address", lambda text: _emails(text, domains)),
        ("web address", lambda text: _spans(_WEB_ADDRESS, text)),
    )


@lru_cache(maxsize=64)
def _reference(pattern: str) -> re.Pattern[str]:
    inner = re.sub(r"^(\^|\\A)|(\$|\\Z)$", "", pattern)
    return re.compile(rf"(?<![0-9A-Za-z])(?:{inner})(?![0-9A-Za-z])")


def _allowed(text: str, case_reference: str | None) -> list[Span]:
    return list(_spans(_reference(case_reference), text)) if case_reference else []


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    return (match.span() for match in pattern.finditer(text))


_GAP = r"[^0-9A-Za-z]{0,3}"
"""What may stand between two letters of an identifier: a hyphen with spaces around it, a line end, a full stop."""

# -- days ---------------------------------------------------------------------------------------------------------

_BETWEEN = r"[^0-9A-Za-z]{1,3}"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_ORDINAL = r"(?:st|nd|rd|th)?"
_DAY = rf"[0-9]{{1,2}}{_ORDINAL}{_GAP}(?:of)?{_GAP}{_MONTH}"
_DATE = re.compile(
    rf"(?<![0-9])(?:[0-9]{{1,2}}{_BETWEEN}[0-9]{{1,2}}{_BETWEEN}(?:[0-9]{{4}}|[0-9]{{2}})"
    rf"|[0-9]{{4}}{_BETWEEN}[0-9]{{1,2}}{_BETWEEN}[0-9]{{1,2}}"
    rf"|{_DAY}{_GAP}(?:[0-9]{{4}}|[0-9]{{2}})"
    rf"|{_MONTH}{_GAP}[0-9]{{1,2}}{_ORDINAL}{_BETWEEN}[0-9]{{4}}"
    rf"|[0-9]{{4}}{_GAP}{_MONTH}{_GAP}[0-9]{{1,2}})(?![0-9])",
    re.IGNORECASE,
)
_BORN = r"d[. /-]{0,2}o[. /-]{0,2}b|births?|date-of-birth|b(?:irth)?-?day|birthdate|born"
_BIRTH_WORD = re.compile(
    rf"(?<![A-Za-z])(?:{_BORN}|aged?|ages|yrs?|years?[ -]{{1,3}}old|y[./]?o)(?![A-Za-z])", re.IGNORECASE
)
_NEAR = 40
"""Characters between a date and a word about age within which the date is taken for a date of birth (ours)."""
_BORN_THEN = re.compile(
    rf"(?<![A-Za-z])(?:{_BORN})[^0-9A-Za-z]{{0,3}}(?:(?:is|was|on|in|the|of|her|his|their)[^0-9A-Za-z]{{1,3}}){{0,3}}"
    rf"(?:{_DAY}|{_MONTH}{_GAP}(?:[0-9]{{1,2}}{_ORDINAL}|[0-9]{{4}})|[0-9]{{6}}|[0-9]{{8}})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
"""Right behind the word a day needs no year, and six or eight digits are a day whatever else they could be."""
_OTHER_DAYS = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-3]?[0-9][-/.][01]?[0-9][-/.](?:19|20)[0-9]{2}"
    r"|(?:19|20)[0-9]{2}[-/](?:(?:19|20)[0-9]{2}|[0-9]{2})|[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?)(?![0-9])"
)
"""Days, times, months of a year and spans of years: their digits are no part of a longer number."""


def _births(text: str) -> Iterator[Span]:
    yield from _spans(_BORN_THEN, text)
    words = list(_spans(_BIRTH_WORD, text))
    for start, end in _spans(_DATE, text) if words else ():
        if any(start - stop <= _NEAR and at - end <= _NEAR for at, stop in words):
            yield start, end


# -- numbers ------------------------------------------------------------------------------------------------------

_RUN = re.compile(r"[0-9]+(?:[^0-9A-Za-z£$€]{1,3}[0-9]+)*")
_LOOSE = re.compile(r"[\s_-]*")


@dataclass(frozen=True, slots=True)
class _Groups:
    """Groups of digits that stand in a row, and all that parts each from the next."""

    start: int
    digits: tuple[str, ...]
    gaps: tuple[str, ...]

    def ending(self, most: int) -> Iterator[tuple[int, int, str]]:
        """Every number of at most so many digits that some of them make: first group, last group, digits."""
        for first in range(len(self.digits)):
            for last, number in enumerate(accumulate(self.digits[first : first + most]), start=first):
                if len(number) > most:
                    break
                yield first, last, number

    def span(self, first: int, last: int) -> Span:
        """Where a number begins and ends in the text."""
        begin = self.start + sum(map(len, self.digits[:first])) + sum(map(len, self.gaps[:first]))
        return begin, begin + sum(map(len, self.digits[first : last + 1])) + sum(map(len, self.gaps[first:last]))


def _groups(text: str) -> Iterator[_Groups]:
    masked = _OTHER_DAYS.sub(lambda match: "x" * len(match[0]), text)
    for run in _RUN.finditer(masked):
        if not masked[: run.start()].endswith(("£", "$", "€")):
            yield _Groups(run.start(), tuple(re.findall("[0-9]+", run[0])), tuple(re.findall("[^0-9]+", run[0])))


def _nhs_numbers(text: str) -> Iterator[Span]:
    for groups in _groups(text):
        for first, last, number in groups.ending(10):
            if len(number) == 10 and _is_one_number(groups, first, last) and nhs.is_valid(number):
                yield groups.span(first, last)


def _is_one_number(groups: _Groups, first: int, last: int) -> bool:
    """Whether ten digits stand as people write an NHS number. Ten of a list of numbers, or of a version, do not.

    One in eleven numbers of ten digits has the right check digit, so chance alone would find many.
    """
    sizes, gaps = [len(each) for each in groups.digits[first : last + 1]], groups.gaps[first:last]
    loose = all(map(_LOOSE.fullmatch, gaps))
    if sizes in ([10], [3, 3, 4]):
        return loose or len({each.strip(" ()[]") for each in gaps}) == 1
    return loose and len(sizes) == len(groups.digits)


def _pupil_numbers(text: str) -> Iterator[Span]:
    return (span for span in _spans(_PUPIL, text) if upn.is_valid(re.sub("[^0-9A-Za-z]", "", text[slice(*span)])))


_PUPIL = re.compile(rf"(?<![0-9A-Za-z])[A-Z](?:{_GAP}[0-9]){{11}}{_GAP}[0-9A-Z](?![0-9A-Za-z])", re.IGNORECASE)
# QQ is never given out: it is what forms and guides print as the example, and so what people try first.
_NATIONAL_INSURANCE = re.compile(
    rf"(?<![0-9A-Z])(Q{_GAP}Q|(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z]{_GAP}[A-CEGHJ-NPR-TW-Z])({_GAP}"
    rf"(?:[0-9]{_GAP}){{6}})[A-D](?![0-9A-Z])",
    re.IGNORECASE,
)
_SMALL_WORDS = frozenset({"am", "an", "as", "at", "be", "by", "he", "me", "my", "we"})


def _national_insurance(text: str) -> Iterator[Span]:
    for match in _NATIONAL_INSURANCE.finditer(text):
        # "by 12-10-26 a meeting"
        if not (match[1].lower() in _SMALL_WORDS and _DATE.fullmatch(match[2].strip())):
            yield match.span()


_POSTCODE = re.compile(
    r"(?<![0-9A-Z])(GIR|[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9][ABEHMNPRVWXY]))"
    rf"({_GAP})(0AA|[0-9][ABD-HJLNP-UW-Z]{{2}})(?![0-9A-Z])",
    re.IGNORECASE,
)
_COUNTING = re.compile(r"[0-9](?:st|nd|rd|th)")


def _postcodes(text: str) -> Iterator[Span]:
    for match in _POSTCODE.finditer(text):
        # "Section B2, 4th time"
        if not (match[2] and match[1] != match[1].lower() and _COUNTING.fullmatch(match[3])):
            yield match.span()


# -- phones -------------------------------------------------------------------------------------------------------

# The library knows which numbers are in use, so it leaves out those that Ofcom keeps for drama, which people put into
# examples and tests. A mobile number is found however it is grouped.
_MOBILE = re.compile(r"(?:(?:00)?440?|0)7[0-9]{9}")
_DRAMA = re.compile(
    r"(?:(?:00)?440?|0)(?:2079460|1[0-9]{2}4960|1632960|1914980|2896496|2920180|80815700?|8081570|9098790|3069990)"
    r"[0-9]{3}"
)
_SHORTEST_PHONE_NUMBER = 7
"""Digits below which the slow search of the library is not worth its time."""
_LONGEST_PHONE_NUMBER = 15
_OUTSIDE = re.compile(r"0|44")
"""How a number begins that is grouped as no library expects."""


def _phones(text: str) -> Iterator[Span]:
    if len(re.findall(r"[0-9]", text)) < _SHORTEST_PHONE_NUMBER:
        return
    for groups in _groups(text):
        for first, last, number in groups.ending(_LONGEST_PHONE_NUMBER):
            if _is_phone(number, whole=last - first + 1 == len(groups.digits)):
                yield groups.span(first, last)
    for match in phonenumbers.PhoneNumberMatcher(text, "GB", leniency=phonenumbers.Leniency.VALID):
        yield match.start, match.end


def _is_phone(number: str, *, whole: bool) -> bool:
    if _MOBILE.fullmatch(number) or _DRAMA.fullmatch(number):
        return True
    home = re.fullmatch(r"(?:(?:00)?44)?0?([1-9][0-9]{8,9})", number) if whole and _OUTSIDE.match(number) else None
    return home is not None and phonenumbers.is_valid_number(phonenumbers.parse(f"0{home[1]}", "GB"))


# -- addresses ----------------------------------------------------------------------------------------------------

_ENDS = r"(?:uk|com|org|net|gov|nhs|info|co|me|io|eu|ie|example|test)"
_AT = r"(?: {0,2}@ {0,2}| ?[\[({<] ?at ?[\])}>] ?)"
_STOP = r"(?: ?\. ?| ?[\[({<] ?(?:dot|\.) ?[\])}>] ?| dot )"
_EMAIL = re.compile(
    r"(?<![A-Z0-9._%+'-])[A-Z0-9._%+'-]+(?:@([A-Z0-9-]+(?:\.[A-Z0-9-]+)+)"
    rf"|(?:{_AT}| at )([A-Z0-9-]+(?:{_STOP}[A-Z0-9-]+){{0,3}}{_STOP}{_ENDS})(?![A-Z0-9]))",
    re.IGNORECASE,
)
_PLAIN_AT = re.compile(r" at [A-Z0-9-]+\b(?!.* dot )", re.IGNORECASE)
_WEB_ADDRESS = re.compile(
    r"(?<![A-Z0-9])[A-Z][A-Z0-9+.-]{1,20} ?: ?/ ?/ ?\S+|(?<![A-Z0-9])www ?\. ?\S+|\\\\[A-Z0-9.-]+\\\S+"
    r"|(?<![A-Z0-9])[A-Z]:\\\S+|(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]+)?/\S+|(?<![A-Z0-9.-])(?:[A-Z0-9-]+\.)+[A-Z]{2,}(?::[0-9]+|[/?#])\S+",
    re.IGNORECASE,
)


def _emails(text: str, domains: Collection[str]) -> Iterator[Span]:
    ours = tuple(domain.casefold().lstrip("@") for domain in domains)
    for match in _EMAIL.finditer(text):
        if match[1] is None and _PLAIN_AT.search(match[0]):
            continue  # "look at example.com": a place to look at, and no mailbox
        domain = re.sub(r"[^a-z0-9-]+(?:dot[^a-z0-9-]+)?", ".", (match[1] or match[2]).casefold())
        if not any(domain == one or domain.endswith("." + one) for one in ours):
            yield match.span()
