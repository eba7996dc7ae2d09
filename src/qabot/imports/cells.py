"""Cells as typed values. What is wrong with one is kept, and reading goes on, so that one run shows every problem."""

import re
from datetime import date, datetime, time
from difflib import get_close_matches

from qabot.errors import IdentifierFound, Problem
from qabot.framework.calendar import out_of_reach
from qabot.imports.sheet import Record
from qabot.messaging.identifiers import check_text, looks_like_nhs_number

_EMAIL = re.compile(r"[^@\s;,<>]+@[^@\s;,<>]+\.[^@\s;,<>.]+")
_HOURS = re.compile(r"(\d{1,2}):(\d\d) ?[-–] ?(\d{1,2}):(\d\d)")
_YES, _NO = frozenset({"yes", "y", "true", "1", "x"}), frozenset({"", "no", "n", "false", "0"})
LONGEST = 120


def parse_day(given: str) -> date | None:
    """A day written 2026-11-21 or 21/11/2026; None if it is neither or does not exist."""
    for shape, form in ((r"\d{4}-\d\d-\d\d", "%Y-%m-%d"), (r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y")):
        if re.fullmatch(shape, given):
            try:
                return datetime.strptime(given, form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                return None
    return None


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
    return f"is not a case reference of this council: expected one that matches {pattern}"


def nobody(email: str, known: list[str]) -> str:
    """The sentence for an e-mail that belongs to nobody."""
    return f"nobody with the e-mail {email} is known{did_you_mean(email, known)}"


class Reading:
    """Reads the cells of one row; adds to `problems` what is wrong."""

    def __init__(self, record: Record, problems: list[Problem]) -> None:
        self.record = record
        self._problems = problems

    def wrong(self, heading: str, what: str) -> None:
        """Keep a problem with a cell."""
        self._problems.append(self.record.problem(heading, what))

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
        return given

    def email(self, heading: str, *, required: bool = False) -> str:
        """An e-mail address in small letters; "" if there is none or it is wrong."""
        given = self.record.text(heading).casefold()
        if given and not _EMAIL.fullmatch(given):
            self.wrong(heading, f"'{given}' is not an e-mail address: expected one such as name@council.example")
            return ""
        if required and not given:
            self.wrong(heading, "this cell is empty: expected an e-mail address in every row")
        return given

    def emails(self, heading: str) -> tuple[str, ...]:
        """Addresses with a semicolon between them, each once."""
        addresses = []
        for each in self.list(heading):
            if _EMAIL.fullmatch(each.casefold()):
                addresses.append(each.casefold())
            else:
                self.wrong(heading, f"'{each}' is not an e-mail address: expected addresses with ';' between them")
        return tuple(dict.fromkeys(addresses))

    def list(self, heading: str) -> tuple[str, ...]:
        """Values with a semicolon between them."""
        return tuple(each.strip() for each in self.record.text(heading).split(";") if each.strip())

    def day(self, heading: str, *, required: bool = False) -> date | None:
        """A day in England."""
        given = self.record.text(heading)
        day = parse_day(given)
        if given and day is None:
            self.wrong(heading, f"'{given}' is not a date: write 2026-11-21 or 21/11/2026")
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
