"""Colleagues as files name them: by e-mail, by employee number, or by a name that only one of them has."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from qabot.imports.cells import Guesses, did_you_mean
from qabot.imports.known import Known
from qabot.imports.people_rows import PersonRow

_APART = re.compile(r"[^\w]+")
_SURNAME_FIRST = re.compile(r"([^,]+),\s*([^,]+)")


def normal_name(name: str) -> str:
    """A name as it is compared: capitals, accents, apostrophes, hyphens and "Surname, Forename" do not matter."""
    turned = _SURNAME_FIRST.fullmatch(name.strip())
    name = f"{turned[2]} {turned[1]}" if turned else name
    letters = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return " ".join(_APART.sub(" ", re.sub(r"['’‘ʼ`]", "", letters)).casefold().split())


@dataclass(slots=True)
class Colleagues:
    """Everybody who can be named, by what they can be named by."""

    emails: set[str] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)
    names: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    left: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    meant: Guesses = field(init=False)

    def __post_init__(self) -> None:
        self.meant = Guesses((), self._near)

    @classmethod
    def of(cls, known: Known, rows: Iterable[PersonRow] = ()) -> "Colleagues":
        """Those who are known, and those of a file, whose word goes before."""
        made, here = cls(), {row.email: row for row in rows if row.email}
        for email, person in known.people.items():
            made._add(
                email, str(person["name"]), str(person["employee_id"]), bool(person["active"]) and email not in here
            )
        for row in here.values():
            made._add(row.email, row.name, row.employee_id, row.active)
        return made

    def _add(self, email: str, name: str, number: str, active: bool) -> None:
        self.emails.add(email)
        (self.names if active else self.left)[normal_name(name)].add(email)
        if number:
            self.numbers[number] = email

    def find(self, written: str) -> tuple[str, str]:
        """The e-mail of whom a cell names, and "", or "" and what is wrong with it."""
        if "@" in written or not written:
            return written, ""
        if number := self.numbers.get(written):
            return number, ""
        name = normal_name(written)
        addresses = self.names.get(name) or self.left.get(name) or set()
        if len(addresses) == 1:
            return next(iter(addresses)), ""
        if addresses:
            some = ", ".join(sorted(addresses))
            return "", f"{len(addresses)} people are called '{written}': name the one by e-mail ({some})"
        if re.fullmatch(r"[\d-]+", written):
            return "", f"nobody with the employee number '{written}' is known: expected an e-mail, number or name"
        return "", f"nobody called '{written}' is known{self.meant(name)}: expected an e-mail, a number or a whole name"

    def _near(self, name: str) -> str:
        """Who is likely meant: by initial and surname, or nearly the same name."""
        first, *rest = name.split() or [""]
        meant = [each for each in self.names if rest and each.split()[1:] == rest and each.startswith(first[:1])]
        emails = [email for each in meant for email in self.names[each]]
        return (
            f" (is it {emails[0]}?)" if len(emails) == 1 else did_you_mean(name, list(self.names)).replace(": ", ", ")
        )
