"""How far a council's file carries out the rules of its framework: frameworks/catalogue.csv beside what a file cites.

entries = read_catalogue(path)             # every rule of every known framework
coverage = covering(framework, entries)    # of the framework that the file's rules come from
"""

import csv
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase

from qabot.errors import BadFile, Problem
from qabot.framework.lint import cited
from qabot.framework.schema import Framework
from qabot.framework.source import KeyPath

CATALOGUE = "catalogue.csv"
NOT_BY_US, WAITS = "not by us", "waits"
PARTS = {
    "activities": "work",
    "calendar": "rest",
    "samples": "sample",
    "questions": "question",
    "forms": "form",
    "duties": "duty",
    "gatherings": "gathering",
    "events": "event",
    "ladders": "step",
    "processes": "process",
}
"""A part of the file -> how a rule that is cited there is carried out."""
WITHIN = {"do": "quota", "cases": "selection", "brings": "duty"}
"""A key within an entry of such a part -> how, if not as the entry itself."""
TEXT = "text"
"""Said under `rules` and nowhere else: there to be read."""
OF_GIVING = ("survey", "nomination")
"""How people give something: of these one may be waited for."""
HOW = (*dict.fromkeys((*PARTS.values(), *WITHIN.values())), *OF_GIVING, TEXT, WAITS, NOT_BY_US)
COLUMNS = ("id", "framework", "what", "source", "kind", "flag", "reference", "bot", "how", "why", "missing", "cited_as")


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule or step of a framework, as the catalogue has it.

    `flag` and `reference` as a file has them under `rules`. `bot`: Y a service like this can carry it out, C a calendar
    entry or a report only, R a text, N not for a chat. `how` is one of HOW, or "" while nothing carries it out; `why`
    says why not by us, or what is waited for. `cited_as` is the id under which a file says it, where that is another's.
    """

    id: str
    framework: str
    what: str
    source: str
    kind: str
    flag: str
    reference: str
    bot: str
    how: str
    why: str
    missing: tuple[str, ...]
    cited_as: str

    @property
    def cited(self) -> str:
        """The id that a file cites for it."""
        return self.cited_as or self.id

    @property
    def by_us(self) -> bool:
        """Whether it is said to be carried out."""
        return self.how not in ("", WAITS, NOT_BY_US)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a file carries out. `ways` are those in which it cites each rule, by the id that it cites.

    `council` is the framework of the catalogue that most of its rules come from, "" of a file of its own; `unknown` are
    the places that cite a rule which looks like a known framework's, and which the catalogue does not have.
    """

    council: str
    entries: tuple[Entry, ...]
    ways: dict[str, tuple[str, ...]]
    unknown: tuple[tuple[KeyPath, str], ...]

    @property
    def by_nothing(self) -> tuple[Entry, ...]:
        """What could be carried out, and is not; also what is said to be, and is not in that way."""
        return tuple(each for each in self.entries if self._is_owed(each) and not self._is_done(each))

    def _is_owed(self, entry: Entry) -> bool:
        return entry.by_us or (entry.bot == "Y" and entry.how != WAITS)

    def _is_done(self, entry: Entry) -> bool:
        return entry.how in self.ways.get(entry.cited, ())


def read_catalogue(folders: Sequence[Path]) -> list[Entry]:
    """Every rule, in the order of the file; the last folder that has one wins. Raises `BadFile`."""
    path = next((each / CATALOGUE for each in reversed(folders) if (each / CATALOGUE).is_file()), None)
    if path is None:
        raise BadFile([Problem(str(folders[-1] / CATALOGUE), 0, 0, "", "there is no such file")])
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise BadFile([Problem(str(path), 1, 1, "", f"expected these columns: {','.join(COLUMNS)}")])
        return [_entry({key: value or "" for key, value in row.items()}) for row in rows]


def _entry(row: dict[str, str]) -> Entry:
    missing = tuple(filter(None, row.pop("missing").split("; ")))
    return Entry(**row, missing=missing)


def covering(framework: Framework, entries: Sequence[Entry]) -> Coverage:
    """What a file carries out of the framework that most of its rules come from."""
    places = list(cited(framework))
    known = {each.cited: each.framework for each in reversed(entries)} | {each.id: each.framework for each in entries}
    sources = Counter(known[rule] for rule in {rule for _, rule in places} if rule in known)
    council = sources.most_common(1)[0][0] if sources else ""
    prefixes = {each.id.partition("-")[0] for each in entries}
    return Coverage(
        council,
        tuple(each for each in entries if each.framework == council),
        _ways(framework, places),
        tuple((path, rule) for path, rule in places if rule.partition("-")[0] in prefixes and not _has(known, rule)),
    )


def _has(known: Collection[str], rule: str) -> bool:
    """Whether the catalogue has a rule, or the one that a file says in parts, such as NEW-ESC-1.0 and NEW-ESC-1.0b."""
    return rule in known or rule.rstrip(ascii_lowercase) in known


def _ways(framework: Framework, places: Sequence[tuple[KeyPath, str]]) -> dict[str, tuple[str, ...]]:
    by_rule: dict[str, dict[str, None]] = {rule: {TEXT: None} for rule in framework.rules}
    for path, rule in places:
        by_rule.setdefault(rule, {}).update(dict.fromkeys(_how(framework, path)))
    return {rule: tuple(ways) for rule, ways in by_rule.items()}


def _how(framework: Framework, path: KeyPath) -> Iterator[str]:
    """The ways that a place stands for: a duty that promises something to those who answer is a survey too."""
    if path[0] == "duties" and framework.duties[str(path[1])].promise:
        yield "survey"
    if path[0] == "processes" and str(path[1]).startswith("nomination"):
        yield "nomination"
    yield next((WITHIN[key] for key in map(str, path[2:]) if key in WITHIN), PARTS[str(path[0])])
