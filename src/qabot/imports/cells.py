"""Cells as typed values. What is wrong with one is kept, and reading goes on, so that one run shows every problem."""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches

from qabot.errors import IdentifierFound, Problem
from qabot.framework.calendar import out_of_reach
from qabot.imports.letters import address_problem, doubtful, spoiled
from qabot.imports.sheet import Record
from qabot.messaging.identifiers import check_text, looks_like_nhs_number

_EMAIL = re.compile(r"[^@\s;,<>]+@[^@\s;,<>]+\.[^@\s;,<>.]+")
_PRIMARY = re.compile(r"(?:^|[+;,\s])SMTP:([^+;,\s]+)")
_BEHIND_A_NAME = re.compile(r"[^<>]*<([^<>\s]+)>\s*")
_HOURS = re.compile(r"(\d{1,2}):(\d\d) ?[-–] ?(\d{1,2}):(\d\d)")
_YES, _NO = frozenset({"yes", "y", "true", "1", "x"}), frozenset({"", "no", "n", "false", "0"})
LONGEST = 120
MOST_GUESSES = 25
"""Of what is unknown in one file: for how many it is guessed what was meant."""


_FORMS = (
    (r"\d{4}-\d{1,2}-\d{1,2}", "%Y-%m-%d"),
    (r"\d{1,2}-\d{1,2}-\d{4}", "%d-%m-%Y"),
    (r"\d{1,2}-\d{1,2}-\d\d", "%d-%m-%y"),
    (r"\d{1,2}-[a-z]{3}-\d\d", "%d-%b-%y"),
    (r"\d{1,2}-[a-z]{3}-\d{4}", "%d-%b-%Y"),
    (r"\d{1,2}-[a-z]{4,}-\d{4}", "%d-%B-%Y"),
)
"""Days with a hyphen between their parts, whatever stood there."""
_TIME = re.compile(r"[ T]\d{1,2}:\d\d(:\d\d(\.\d+)?)?( ?[ap]m)?(Z|[+-]\d\d:?\d\d)?$", re.IGNORECASE)
_WEEKDAY = re.compile(r"^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?,? +(?=\d)", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b", re.IGNORECASE)
_SERIALS = range(36526, 73051)
"""The numbers by which Excel knows the days from 2000 to 2099."""
_EXCEL_BEGAN = date(1899, 12, 30)


def parse_day(given: str) -> date | None:
    """A day as people and spreadsheets write it; None if it is none, or does not exist.

    2026-11-21, 21/11/2026, 21.11.26, 21-Nov-26, Saturday, 21st November 2026; with a time of day, which does not count;
    and 46347, which is Excel's number of it. The day always goes before the month.
    """
    day = _ORDINAL.sub("", _WEEKDAY.sub("", _TIME.sub("", given.strip())))
    if re.fullmatch(r"\d{5}(\.\d+)?", day):
        number = int(float(day))
        return _EXCEL_BEGAN + timedelta(days=number) if number in _SERIALS else None
    parts = re.sub(r"(?i)\bsept\b", "Sep", re.sub(r"[/. -]+", "-", day))
    for shape, form in _FORMS:
        if re.fullmatch(shape, parts, re.IGNORECASE):
            try:
                return datetime.strptime(parts, form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                return None
    return None


def day_problem(given: str) -> str:
    """Why something is no day, for people."""
    parts = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2,4})", _TIME.sub("", given))
    if parts and int(parts[1]) <= 12 < int(parts[2]) <= 31:
        return f"'{given}' has the month before the day: write {int(parts[2]):02}/{int(parts[1]):02}/{parts[3]}"
    return f"'{given}' is not a date: write 2026-11-21 or 21/11/2026"


class Guesses:
    """What was meant by what is unknown, as the end of a sentence: each is made once, and `MOST_GUESSES` of a file.

    Each looks through all that is known, and a file with an old address of everybody has as many to look for: it took
    hours to say so. Of many mistakes of one kind the first are read, and then the file is mended.
    """

    def __init__(self, known: Collection[str], guess: Callable[[str], str] | None = None) -> None:
        """`guess` makes one, in place of `did_you_mean` among what is known."""
        names = list(known)
        self._guess = guess or (lambda given: did_you_mean(given, names))
        self._made: dict[str, str] = {}

    def __call__(self, given: str) -> str:
        """A guess; "" if nothing is near, or enough has been guessed."""
        if given not in self._made:
            self._made[given] = self._guess(given) if len(self._made) < MOST_GUESSES else ""
        return self._made[given]

    def nobody(self, email: str) -> str:
        """The sentence for an e-mail that belongs to nobody."""
        return f"nobody with the e-mail {email} is known{self(email)}"


def did_you_mean(given: str, known: list[str]) -> str:
    """A suggestion to put after a sentence; "" if nothing is near. E-mails share their ends, so they must be nearer."""
    cutoff = 0.85 if "@" in given else 0.6
    near = get_close_matches(given.casefold(), [each.casefold() for each in known], 1, cutoff)
    match = next((each for each in known if near and each.casefold() == near[0]), "")
    return f": did you mean '{match}'?" if match else ""


def reference_problem(given: str, pattern: str) -> str:
    """What is wrong with a case reference; "" if nothing is. The reference itself is never repeated."""
    if looks_like_nhs_number(given):
        return "looks like an NHS number: expected the council's own case reference, which is no number of the child's"
    if re.fullmatch(pattern, given):
        return ""
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", given, re.IGNORECASE):
        return "was shortened by a spreadsheet: format the column as text where the file is made"
    if given.isdigit() and any(
        re.fullmatch(pattern, given.zfill(length)) for length in range(len(given) + 1, len(given) + 3)
    ):
        return f"has lost its leading zeros, as a spreadsheet takes them away: expected one that matches {pattern}"
    return f"is not a case reference of this council: expected one that matches {pattern}"


def bare_address(given: str) -> str:
    """An address in small letters, without what programs write around it: mailto:, a name, other mailboxes."""
    primary = _PRIMARY.search(given)
    inside = _BEHIND_A_NAME.fullmatch(given)
    address = primary[1] if primary else inside[1] if inside else given
    address = re.sub(r"^(mailto|smtp):", "", address.strip().strip("<>").strip(), flags=re.IGNORECASE)
    # Not by casefold(), which makes another address of one with an ß.
    return address.lower()


class Reading:
    """Reads the cells of one row; adds to `problems` what is wrong, and to `doubts` what is likely wrong."""

    def __init__(self, record: Record, problems: list[Problem], doubts: list[Problem] | None = None) -> None:
        self.record = record
        self._problems = problems
        self.doubts: list[Problem] = [] if doubts is None else doubts

    def wrong(self, heading: str, what: str) -> None:
        """Keep a problem with a cell."""
        self._problems.append(self.record.problem(heading, what))

    def doubt(self, heading: str, what: str) -> None:
        """Keep what is likely wrong: the import says it and goes on."""
        self.doubts.append(self.record.problem(heading, what))

    def text(self, heading: str, *, required: bool = False) -> str:
        """A name of staff, a team or a service; never something that identifies a child."""
        given = re.sub(r"\s+", " ", self.record.text(heading))
        if required and not given:
            self.wrong(heading, "this cell is empty: expected a value in every row")
        if len(given) > LONGEST:
            self.wrong(heading, f"has {len(given)} characters: expected at most {LONGEST}")
        try:
            check_text(given)
        except IdentifierFound as found:
            self.wrong(heading, str(found))
        else:
            if what := spoiled(given):
                self.wrong(heading, what)
        return given

    def name(self, heading: str) -> str:
        """The name of a person."""
        given = self.text(heading, required=True)
        if not spoiled(given) and (what := doubtful(given)):
            self.doubt(heading, what)
        return given

    def email(self, heading: str, *, required: bool = False) -> str:
        """An e-mail address in small letters; "" if there is none or it is wrong."""
        given = self.record.text(heading)
        if required and not given:
            self.wrong(heading, "this cell is empty: expected an e-mail address in every row")
        return self._address(heading, given)

    def _address(self, heading: str, given: str) -> str:
        address = bare_address(given)
        if what := address_problem(address):
            self.wrong(heading, what)
            return ""
        if address and not _EMAIL.fullmatch(address):
            self.wrong(heading, f"'{address}' is not an e-mail address: expected one such as name@council.example")
            return ""
        return address

    def colleague(self, heading: str, *, required: bool = False) -> str:
        """Somebody who is named by e-mail, number or name; as it is written, an address in small letters."""
        given = re.sub(r"\s+", " ", self.record.text(heading))
        if required and not given:
            self.wrong(heading, "this cell is empty: expected an e-mail address in every row")
        return self._address(heading, given) if "@" in given else given

    def colleagues(self, heading: str) -> tuple[str, ...]:
        """Several of them with a semicolon between them, each once."""
        said = [self._address(heading, each) if "@" in each else each for each in self.list(heading)]
        return tuple(dict.fromkeys(filter(None, said)))

    def list(self, heading: str) -> tuple[str, ...]:
        """Values with a semicolon between them."""
        return tuple(each.strip() for each in self.record.text(heading).split(";") if each.strip())

    def day(self, heading: str, *, required: bool = False) -> date | None:
        """A day in England."""
        given = self.record.text(heading)
        day = parse_day(given)
        if given and day is None:
            self.wrong(heading, day_problem(given))
        if day and (why := out_of_reach(day)):
            self.wrong(heading, f"'{given}' {why}")
            return None
        if required and not given:
            self.wrong(heading, "this cell is empty: expected a date such as 2026-11-21 or 21/11/2026")
        return day

    def work_days(self, heading: str) -> str:
        """ISO weekdays in order; "" if there are none or they are wrong."""
        given = "".join(self.record.text(heading).split())
        if not given:
            return ""
        if not re.fullmatch("[1-7]{1,7}", given) or len(set(given)) < len(given):
            self.wrong(
                heading, f"'{given}' is not a list of days: expected digits, 1 for Monday to 7 for Sunday, as 123"
            )
            return ""
        return "".join(sorted(given))

    def hours(self, heading: str) -> tuple[time, time] | None:
        """From and to, local time."""
        given = self.record.text(heading)
        if not given:
            return None
        match = _HOURS.fullmatch(given)
        try:
            numbers = [int(each) for each in match.groups()] if match else [0, 0, 0, 0]
            start, end = time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
        except ValueError:
            start = end = time()
        if start >= end:
            self.wrong(heading, f"'{given}' are not hours of a day: expected from and to, such as 09:00-16:30")
            return None
        return start, end

    def yes(self, heading: str, *, usual: bool = False) -> bool:
        """Whether the cell says yes; `usual` if it is empty."""
        given = self.record.text(heading).casefold()
        if not given:
            return usual
        if given not in _YES | _NO:
            self.wrong(heading, f"'{given}' is neither yes nor no")
        return given in _YES
