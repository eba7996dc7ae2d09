"""Measure the identifier check on a generated corpus; write its table into docs/identifiers.md.

Every value is invented, by a seeded generator: NHS numbers from the range kept for tests, telephone numbers from those
that Ofcom keeps for drama, addresses under names that nobody can own. Run it with: python -m deploy.identifiers
"""

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from stdnum.gb import nhs, upn

from qabot.messaging.identifiers import find

PAGE = Path(__file__).parents[1] / "docs" / "identifiers.md"
BEGIN, END = "<!-- measured: python -m deploy.identifiers -->\n", "<!-- end of what is measured -->\n"
SEED, EACH, EACH_BAIT = 1989, 20, 100
CASES = "[0-9]{6,8}"
"""The case references of the councils that come with qabot."""

Draw = random.Random
SAYINGS = (
    "Please look at {} before Friday.",
    "{}",
    "We talked about {} and agreed on a plan",
    "The plan was clear ({}), and the family knew it.",
    "Seen on the visit:\n{}\nThank you for the work",
)


def _digits(draw: Draw, count: int) -> str:
    return "".join(draw.choices("0123456789", k=count))


def _nhs(draw: Draw) -> str:
    while True:
        number = "999" + _digits(draw, 7)
        if nhs.is_valid(number):
            return f"{number[:3]} {number[3:6]} {number[6:]}"


def _pupil(draw: Draw) -> str:
    place = draw.choice(["201", "316", "801", "938"])
    rest = f"{place}{_digits(draw, 9)}"
    return f"{upn.calc_check_digit(rest)}{rest}"


def _insurance(draw: Draw) -> str:
    digits = _digits(draw, 6)
    return f"{draw.choice(['QQ', 'AB', 'JK', 'ST'])} {digits[:2]} {digits[2:4]} {digits[4:]} {draw.choice('ABCD')}"


def _postcode(draw: Draw) -> str:
    outward = draw.choice(["E{}", "E1{}", "NE{}", "NN1{}", "HR{}", "SW{}A", "EC{}V", "W1{}"])
    filling = draw.choice("ABD") if outward == "W1{}" else draw.choice("123456789")
    return f"{outward.format(filling)} {draw.choice('0123456789')}{''.join(draw.choices('ABDEFGHJLNPQRSTUWXYZ', k=2))}"


def _birth(draw: Draw) -> str:
    day, month, year = draw.randint(1, 28), draw.randint(1, 12), draw.randint(2008, 2025)
    name = ("January", "March", "May", "July", "October", "December")[draw.randrange(6)]
    word = draw.choice(["DOB", "born", "date of birth", "DoB:", "d.o.b.", "her birthday is"])
    written = [
        f"{day:02}/{month:02}/{year}",
        f"{day}.{month}.{year % 100:02}",
        f"{year}-{month:02}-{day:02}",
        f"{day} {name} {year}",
    ]
    return f"{word} {draw.choice(written)}"


def _phone(draw: Draw) -> str:
    starts = ("07700 900", "020 7946 0", "0161 496 0", "01632 960", "+44 7700 900", "0113 496 0")
    return draw.choice(starts) + _digits(draw, 3)


def _email(draw: Draw) -> str:
    name = draw.choice(["sam.lee", "k.osei", "the_family", "mum2016", "info"])
    return f"{name}@{draw.choice(['mail.example', 'school.example', 'family.example.org', 'post.example.com'])}"


def _link(draw: Draw) -> str:
    number = _digits(draw, 5)
    return draw.choice(
        [
            f"https://cases.example/child/{number}",
            f"http://mosaic/person/{number}",
            f"www.cases.example/{number}",
            f"cases.council.example.gov.uk/child/{number}",
            f"\\\\fileserver\\cases\\{number}",
        ]
    )


KINDS: Mapping[str, Callable[[Draw], str]] = {
    "NHS number": _nhs,
    "unique pupil number": _pupil,
    "National Insurance number": _insurance,
    "date of birth": _birth,
    "postcode": _postcode,
    "phone number": _phone,
    "e-mail address": _email,
    "web address": _link,
}

_TO_CYRILLIC = str.maketrans("ABCEHKMOPTXYaceopxy", "АВСЕНКМОРТХУасеорху")
_WORDS = dict(
    zip("0123456789", ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], strict=True)
)
NUMBERS = ("NHS number", "phone number")
WITH_GAPS = ("NHS number", "National Insurance number", "date of birth", "postcode", "phone number")
WITH_LETTERS = ("NHS number", "unique pupil number", "National Insurance number", "postcode", "phone number")


def _between(text: str, what: str) -> str:
    """Something behind every second letter or digit."""
    return "".join(each + (what if at % 2 and each.isalnum() else "") for at, each in enumerate(text))


DISGUISES: Mapping[str, tuple[Callable[[str], str], tuple[str, ...]]] = {
    "as it is": (lambda text: text, tuple(KINDS)),
    "lower case": (str.lower, tuple(KINDS)),
    "without spaces": (lambda text: text.replace(" ", ""), WITH_GAPS[:2] + WITH_GAPS[3:]),
    "two spaces, hard and thin spaces": (lambda text: text.replace(" ", "\u00a0\u2009"), WITH_GAPS),
    "dashes for spaces": (lambda text: text.replace(" ", "\u2013"), WITH_GAPS),
    "minus signs with spaces": (lambda text: text.replace(" ", " \u2212 "), WITH_GAPS),
    "stops for spaces": (lambda text: text.replace(" ", "."), WITH_GAPS),
    "split over lines": (lambda text: text.replace(" ", "\r\n"), WITH_GAPS),
    "zero-width spaces": (lambda text: _between(text, "\u200b"), tuple(KINDS)),
    "soft hyphens": (lambda text: _between(text, "\u00ad"), tuple(KINDS)),
    "combining marks": (lambda text: _between(text, "\u0332"), tuple(KINDS)),
    "full-width": (
        lambda text: "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text),
        tuple(KINDS),
    ),
    "Arabic-Indic digits": (
        lambda text: "".join(chr(0x660 + int(each)) if each.isdigit() else each for each in text),
        tuple(KINDS),
    ),
    "circled digits": (
        lambda text: "".join(chr(0x2460 + int(each) - 1) if each in "123456789" else each for each in text),
        (*WITH_LETTERS, "date of birth"),
    ),
    "Cyrillic look-alikes": (lambda text: text.translate(_TO_CYRILLIC), tuple(KINDS)),
    "O and l for 0 and 1": (lambda text: text.replace("0", "O").replace("1", "l"), NUMBERS),
    "one letter at a time": (lambda text: " ".join(text.replace(" ", "")), WITH_LETTERS),
    "digits as words": (
        lambda text: " ".join(_WORDS.get(each, each) for each in text.replace(" ", "")),
        ("NHS number",),
    ),
    "[at] and [dot]": (lambda text: text.replace("@", " [at] ").replace(".", " [dot] "), ("e-mail address",)),
}


def true_texts(kind: str, disguise: str) -> Iterator[str]:
    """Texts that hold an identifier of this kind in this disguise."""
    draw = random.Random(f"{SEED} {kind} {disguise}")  # noqa: S311 - no secret, and the same each time
    wear = DISGUISES[disguise][0]
    for _ in range(EACH):
        yield draw.choice(SAYINGS).format(wear(KINDS[kind](draw)))


def _money(draw: Draw) -> str:
    pounds = f"{draw.randint(1, 9_999_999):,}"
    return draw.choice(
        [
            f"A budget of £{pounds}",
            f"£{pounds}.{_digits(draw, 2)} were saved in 2026",
            f"£{pounds} (2025) and £{pounds} (2026)",
        ]
    )


def _room(draw: Draw) -> str:
    number = draw.randint(1, 450)
    return draw.choice(
        [
            f"Room {number}, {draw.randint(1, 9)}th floor",
            f"Meet in room {draw.choice('ABCG')}{number}",
            f"Block B{draw.randint(1, 9)}, 4th floor, desk {number}",
            f"rooms {number}, {number + 1}",
        ]
    )


def _case(draw: Draw) -> str:
    return f"Case {_digits(draw, draw.randint(6, 8))} and case {_digits(draw, draw.randint(6, 8))} were read"


def _time(draw: Draw) -> str:
    hour, minute = draw.randint(8, 17), draw.choice(["00", "15", "30", "45"])
    return draw.choice(
        [
            f"from {hour}:{minute} to {hour + 1}:{minute}",
            f"at {hour % 12 + 1}.{minute}pm, then at 9am",
            f"07/12/2026 {hour}:{minute}",
            f"2026-11-28T{hour:02}:{minute}:00Z",
        ]
    )


def _day(draw: Draw) -> str:
    day, month = draw.randint(1, 28), draw.randint(1, 12)
    return draw.choice(
        [
            f"Due 2026-{month:02}-{day:02}, then 2027-{month:02}-{day:02}",
            f"by {day}/{month:02}/2026",
            f"review by {day} November 2026",
            f"{day}.{month}.26 and {day}.{month}.27",
        ]
    )


def _version(draw: Draw) -> str:
    numbers = [str(draw.randint(0, 30)) for _ in range(4)]
    return draw.choice(
        [
            f"version {'.'.join(numbers[:3])}",
            f"qabot {'.'.join(numbers[:2])}.0-rc{numbers[2]}",
            f"Windows 10.0.{_digits(draw, 5)}.{_digits(draw, 4)}",
            f"policy v{numbers[0]}.{numbers[1]}",
        ]
    )


def _audit(draw: Draw) -> str:
    number = draw.randint(1000, 9999)
    return draw.choice(
        [
            f"QA-{number} and QA-{number + 1}",
            f"QA-{number}, action 2 of 3, 2026-27",
            f"Please acknowledge QA-{number} by 4pm",
            f"QA-{number}-2026-01",
        ]
    )


def _count(draw: Draw) -> str:
    numbers = [draw.randint(1, 99) for _ in range(6)]
    return draw.choice(
        [
            f"{numbers[0]} of {numbers[1]} done, {numbers[2]}%",
            f"{', '.join(map(str, numbers))}",
            f"1 in {numbers[0]} families, 2024: {numbers[1]}, 2025: {numbers[2]}",
            f"pages {numbers[0]} to {numbers[0] + 9}, 2nd column",
        ]
    )


def _work(draw: Draw) -> str:
    return draw.choice(
        [
            "a section 47 enquiry, s.20 and s.31, and the CP plan after 15 days",
            "KS2 and Year 6, EHCP since 2024",
            "We looked at Q3 2026-2027 and at the last 12 weeks",
            "Good work in the age of austerity; see page 12",
            "Young people aged 16 to 25 with a PA",
            "two children, one after the other, on three visits",
            "They met at the school and/or at home, e.g. on Mondays",
            "Ask at reception. Co.uk law was not the point",
        ]
    )


def _order(draw: Draw) -> str:
    return f"Purchase order {draw.randint(1, 9)}{_digits(draw, 9)}"


def _form_number(draw: Draw) -> str:
    return f"form {draw.choice('ABCEN')}{draw.randint(1, 9)} {draw.randint(1, 9)}{''.join(draw.choices('ABDE', k=2))}"


BAIT: Mapping[str, Callable[[Draw], str]] = {
    "budgets": _money,
    "rooms and floors": _room,
    "case references of the council": _case,
    "times": _time,
    "days": _day,
    "version numbers": _version,
    "audit references": _audit,
    "counts and lists of numbers": _count,
    "the words of the work": _work,
    "ten-digit order numbers": _order,
    "form numbers such as A1 1AB": _form_number,
}


def bait_texts(of: str) -> Iterator[str]:
    """Texts that hold no identifier, however they look."""
    draw = random.Random(f"{SEED} {of}")  # noqa: S311 - no secret, and the same each time
    for _ in range(EACH_BAIT):
        yield BAIT[of](draw)


UNSEEN = (
    ("a first name", "Ama was calm today, and Tyrese too"),
    ("initials", "Child J and Ms A came together"),
    ("an age with a school", "The boy of seven at St Bede's has asthma"),
    ("a street", "They live in the blue house in Station Road"),
    ("a day of birth in words", "born on the third of May two thousand and fifteen"),
    ("a description", "the twins whose mother drives the 25 bus"),
    ("a number with words in between", "943 and then 476 and then 5919"),
)


def measured() -> Iterator[str]:
    """The tables, line by line."""
    yield "| disguise | " + " | ".join(KINDS) + " |"
    yield "|---" * (len(KINDS) + 1) + "|"
    for disguise, (_, kinds) in DISGUISES.items():
        cells = (f"{_found(kind, disguise)} of {EACH}" if kind in kinds else "" for kind in KINDS)
        yield f"| {disguise} | {' | '.join(cells)} |"
    yield from ("", "| harmless texts | false hits | as what |", "|---|---|---|")
    for of in BAIT:
        hits = [find(text, case_reference=CASES) for text in bait_texts(of)]
        what = sorted({hit.kind for each in hits for hit in each})
        yield f"| {of} | {sum(map(bool, hits))} of {EACH_BAIT} | {', '.join(what)} |"
    yield from ("", "| what no pattern finds | such as | found |", "|---|---|---|")
    for missed, text in UNSEEN:
        yield f"| {missed} | {text} | {'yes' if find(text, case_reference=CASES) else 'no'} |"


def _found(kind: str, disguise: str) -> int:
    texts = true_texts(kind, disguise)
    return sum(kind in {hit.kind for hit in find(text, case_reference=CASES)} for text in texts)


def page_with(table: str, page: str) -> str:
    """The page with the table between its marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    lines = "\n".join(measured()) + "\n"
    PAGE.write_text(page_with(lines, PAGE.read_text("utf-8")), "utf-8")
    print(lines)  # noqa: T201 - this is a command
